"""The metrics by slice of the test split, of the candidate and of the last blessed model."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Metric = float | None


@dataclass(frozen=True)
class SliceRow:
    """Metrics of one slice, in [0, 1]; None is undefined. Rows of `confusion` are the truth, columns the answer."""

    slice: dict[str, str]
    n: int
    class_counts: dict[str, int]
    accuracy: Metric
    macro_recall: Metric
    macro_f1: Metric
    macro_auc: Metric
    precision: dict[str, Metric]
    recall: dict[str, Metric]
    f1: dict[str, Metric]
    auc: dict[str, Metric]
    confusion: tuple[tuple[int, ...], ...]

    @property
    def classes_present(self) -> int:
        """Number of classes with an image in the slice."""
        return sum(count > 0 for count in self.class_counts.values())


@dataclass(frozen=True)
class Change:
    """A metric of the candidate beside the last blessed model's."""

    slice: dict[str, str]
    n: int
    metric: str
    candidate: Metric
    baseline: Metric


@dataclass(frozen=True)
class Slices:
    """`overall` is the whole test split; `tables` holds the other slices by the features that define them."""

    classes: tuple[str, ...]
    overall: SliceRow
    tables: dict[str, tuple[SliceRow, ...]]
    changes: tuple[Change, ...]

    def cell(self, source: str, label: str) -> SliceRow | None:
        """Find the slice of one class at one source; None where there is none."""
        rows = (row for table in self.tables.values() for row in table)
        return next((row for row in rows if row.slice == {"source": source, "label": label}), None)


def read_slices(folder: Path) -> Slices:
    """Read `slices.json`.

    Args:
      folder: the SliceMetrics artifact.
    Returns:
      The rows by kind of slice.
    Raises:
      ValueError: the whole test split is not among the rows.
    """
    content = json.loads((folder / "slices.json").read_text())
    rows = [_row(entry) for entry in content["models"]["candidate"]]
    overall = next((row for row in rows if not row.slice), None)
    if overall is None:
        raise ValueError("slices.json has no row for the whole test split")
    tables: dict[str, list[SliceRow]] = {}
    for row in rows:
        if row.slice:
            tables.setdefault(" and ".join(row.slice), []).append(row)
    baseline = [_row(entry) for entry in content["models"].get("baseline", [])]
    return Slices(
        classes=tuple(content["classes"]),
        overall=overall,
        tables={kind: tuple(sorted(table, key=lambda row: tuple(row.slice.values()))) for kind, table in tables.items()},
        changes=tuple(_changes(rows, baseline)),
    )


def _row(entry: dict[str, Any]) -> SliceRow:
    return SliceRow(
        slice={str(feature): str(value) for feature, value in entry["slice"].items()},
        n=int(entry["n"]),
        class_counts={str(label): int(count) for label, count in entry["class_counts"].items()},
        accuracy=entry["accuracy"],
        macro_recall=entry["macro_recall"],
        macro_f1=entry["macro_f1"],
        macro_auc=entry["macro_auc"],
        precision=dict(entry["precision"]),
        recall=dict(entry["recall"]),
        f1=dict(entry["f1"]),
        auc=dict(entry["auc"]),
        confusion=tuple(tuple(int(count) for count in row) for row in entry["confusion"]),
    )


def _changes(candidate: Iterable[SliceRow], baseline: list[SliceRow]) -> Iterable[Change]:
    for row in candidate:
        other = next((old for old in baseline if old.slice == row.slice), None)
        if other is not None:
            metric = "macro_recall" if row.classes_present > 1 else "accuracy"
            yield Change(row.slice, row.n, metric, getattr(row, metric), getattr(other, metric))
