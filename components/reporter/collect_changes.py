"""The metrics by slice beside those of the last blessed model, as TFMA measured both."""

from dataclasses import dataclass
from pathlib import Path

from components.evaluator.slices import BASELINE, CANDIDATE, SliceRow, Slices


@dataclass(frozen=True)
class Change:
    """A metric of the candidate beside the last blessed model's."""

    slice: dict[str, str]
    n: int
    metric: str
    candidate: float | None
    baseline: float | None
    difference: float | None


def read_changes(folder: Path) -> tuple[Change, ...]:
    """Read `slices.json`.

    Args:
      folder: the SliceMetrics artifact.
    Returns:
      A change a slice that both models have; empty where there is no earlier model.
    """
    slices = Slices.load(folder)
    return tuple(_change(row, other) for row in slices.models[CANDIDATE] if (other := slices.find(row.slice, BASELINE)))


def _change(row: SliceRow, other: SliceRow) -> Change:
    metric = "accuracy" if row.macro_recall is None else "macro_recall"
    value, before = row.metric(metric), other.metric(metric)
    difference = value - before if value is not None and before is not None else None
    return Change(row.slice, row.n, metric, value, before, difference)
