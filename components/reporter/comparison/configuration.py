"""What differs in two trees of plain values: facts of two runs side by side, as text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.reporter.redact import without_paths

ABSENT = "not there"


@dataclass(frozen=True)
class Both:
    """One fact of both runs, as text."""

    name: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        """Whether the runs differ in it."""
        return self.first != self.second


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Write a tree as dotted keys to texts, such as "trainer.epochs" to "12"; lists of mappings are numbered from 1, paths taken out."""
    found: dict[str, str] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            value = {str(number): item for number, item in enumerate(value, start=1)}
        if isinstance(value, Mapping) and value:
            found |= flatten(value, f"{name}.")
        else:
            found[name] = without_paths(value if isinstance(value, str) and value else json.dumps(value))
    return found


def both(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[Both, ...]:
    """Lay facts side by side, in the order of the first run and then of what the second alone has."""
    return tuple(Both(name, first.get(name, ABSENT), second.get(name, ABSENT)) for name in dict.fromkeys((*first, *second)))
