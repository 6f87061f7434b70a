"""The metrics by slice of the test split, arranged by kind of slice, and beside those of the last blessed model."""

from dataclasses import dataclass
from pathlib import Path

from components.evaluator.slices import BASELINE, CANDIDATE, SliceRow, Slices
from schemas.features import LABEL, SOURCE

CROSSING = f"{SOURCE} and {LABEL}"


@dataclass(frozen=True)
class Change:
    """A metric of the candidate beside the last blessed model's."""

    slice: dict[str, str]
    n: int
    metric: str
    candidate: float | None
    baseline: float | None
    difference: float | None


@dataclass(frozen=True)
class SliceTables:
    """`overall` is the whole test split; `tables` holds the other slices by the features that define them.

    `confusion_shares` is the confusion matrix of the whole test split over its row sums; None in rows without images.
    """

    classes: tuple[str, ...]
    overall: SliceRow
    confusion_shares: tuple[tuple[float | None, ...], ...]
    tables: dict[str, tuple[SliceRow, ...]]
    changes: tuple[Change, ...]

    def cell(self, source: str, label: str) -> SliceRow | None:
        """Find the slice of one class at one source; None where the test split has no such image."""
        return next((row for row in self.tables.get(CROSSING, ()) if row.slice == {SOURCE: source, LABEL: label}), None)


def read_slices(folder: Path) -> SliceTables:
    """Read `slices.json`.

    Args:
      folder: the SliceMetrics artifact.
    Returns:
      The rows by kind of slice.
    Raises:
      ValueError: the whole test split is not among the rows.
    """
    slices = Slices.load(folder)
    overall = slices.find({})
    if overall is None:
        raise ValueError("slices.json has no row for the whole test split")
    tables: dict[str, list[SliceRow]] = {}
    for row in slices.models[CANDIDATE]:
        if row.slice:
            tables.setdefault(_kind(row), []).append(row)
    return SliceTables(
        classes=slices.classes,
        overall=overall,
        confusion_shares=tuple(tuple(images / sum(row) if sum(row) else None for images in row) for row in overall.confusion),
        tables={kind: tuple(sorted(rows, key=lambda row: _order(row, slices.classes))) for kind, rows in tables.items()},
        changes=tuple(_change(row, other) for row in slices.models[CANDIDATE] if (other := slices.find(row.slice, BASELINE))),
    )


def _kind(row: SliceRow) -> str:
    # Whatever the order of the features in the configuration, source and class make one and the same table.
    return CROSSING if set(row.slice) == {SOURCE, LABEL} else " and ".join(row.slice)


def _order(row: SliceRow, classes: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    return tuple((classes.index(value) if value in classes else len(classes), value) for value in row.slice.values())


def _change(row: SliceRow, other: SliceRow) -> Change:
    metric = "accuracy" if row.macro_recall is None else "macro_recall"
    value, before = row.metric(metric), other.metric(metric)
    difference = value - before if value is not None and before is not None else None
    return Change(row.slice, row.n, metric, value, before, difference)
