"""The verdict: what the gate decided, on which checks, and whether the model was pushed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.gate.check import Check


@dataclass(frozen=True)
class Verdict:
    """The decision of the gate, and what followed from it."""

    blessed: bool
    checks: tuple[Check, ...]
    pushed: bool
    pushed_version: str

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that refuse the model."""
        return tuple(check for check in self.checks if check.failed)


def read_verdict(blessing_folder: Path, pushed_version: str = "") -> Verdict:
    """Read `gate.json` and the marker file beside it.

    Args:
      blessing_folder: the ModelBlessing artifact of the gate.
      pushed_version: name of the version that Pusher made; empty where nothing was pushed.
    Returns:
      The verdict.
    Raises:
      ValueError: the marker file and `gate.json` say different things.
    """
    content = json.loads((blessing_folder / "gate.json").read_text())
    blessed = bool(content["blessed"])
    marker = "BLESSED" if blessed else "NOT_BLESSED"
    if not (blessing_folder / marker).exists():
        raise ValueError(f"gate.json says blessed={blessed}, but the blessing holds no file {marker}")
    checks = tuple(_check(entry) for entry in content["checks"])
    return Verdict(blessed=blessed, checks=checks, pushed=bool(pushed_version), pushed_version=pushed_version)


def _check(entry: dict[str, Any]) -> Check:
    return Check(
        kind=str(entry["kind"]),
        metric=str(entry["metric"]),
        slice={str(feature): str(value) for feature, value in entry["slice"].items()},
        bound=float(entry["bound"]),
        value=entry.get("value"),
        baseline=entry.get("baseline"),
        n=int(entry["n"]),
        passed=bool(entry["passed"]),
        text=str(entry["text"]),
        not_compared=str(entry.get("not_compared", "")),
    )
