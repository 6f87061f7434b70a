"""The budget of a search: candidates that are too large or too costly are refused before anything is built."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.trainer.candidate import LEARNING_RATE, TRAINING

# What changes neither the weights nor the operations of a network.
_WITHOUT_COST: Final = ("dropout", LEARNING_RATE, *TRAINING)


@dataclass(frozen=True)
class Limit:
    """The most that a candidate may have of something.

    Attributes:
      most: the largest count that is trained.
      unit: what is counted, for messages.
      count: maps a candidate's values to the count; called once for each architecture.
    """

    most: int
    unit: str
    count: Callable[[dict[str, Any]], int]


class Budget:
    """Says why a candidate is too large, and remembers what each architecture takes.

    Args:
      limits: each under its key in the section `tuning`, such as "max_parameters"; none admits everything.
    """

    def __init__(self, limits: Mapping[str, Limit]) -> None:
        self._limits = dict(limits)
        self._known: dict[str, dict[str, int]] = {}
        self._least: dict[str, int] = {}

    def refusal(self, values: Mapping[str, Any]) -> str | None:
        """Return the key of the first limit that a candidate exceeds; None where it is within the budget."""
        for key, count in self._counts(values).items():
            if count > self._limits[key].most:
                self._least[key] = min(count, self._least.get(key, count))
                return key
        return None

    def why_none(self) -> str:
        """Say, for a search all of whose candidates were refused, what the limits are and what the smallest candidate had."""
        found = [
            f"tuning.{key}={self._limits[key].most:,} {self._limits[key].unit} (the smallest drawn has {least:,})"
            for key, least in self._least.items()
        ]
        return "no candidate has at most " + " and ".join(found) if found else "the space holds no candidate"

    def _counts(self, values: Mapping[str, Any]) -> dict[str, int]:
        shape = {name: value for name, value in values.items() if name not in _WITHOUT_COST and not name.startswith("tuner/")}
        known = json.dumps(shape, sort_keys=True)
        if known not in self._known:
            self._known[known] = {key: limit.count(shape) for key, limit in self._limits.items()}
        return self._known[known]
