"""The slices of an assessment as tables: one a kind of slice, within sources before pooled, without columns that say nothing."""

from dataclasses import dataclass

from components.evaluator.assessment import Assessment, SliceFigures
from components.evaluator.slice_table import Sliced
from components.reporter.wording import TEST
from schemas.features import LABEL, QUALITY_PREFIX, SOURCE

CROSSING = frozenset((SOURCE, LABEL))
WITHIN, POOLED = "within_source_auc/", ("macro_recall", "accuracy", "macro_f1", "macro_auc")
BY_CLASS = ("recall", "precision", "specificity", "f1", "auc", "average_precision")


@dataclass(frozen=True)
class SliceTable:
    """One table.

    Attributes:
      kind: the features that define its slices, as in "source" or "view and sex"; "quality flag" for all flags together.
      rows: its slices.
      within: columns of pairs of classes inside sources, of which at least one row has a value.
      pooled: columns over all classes, the same way.
      drawn: the column that is drawn beside, macro recall where every row has it.
      silent: columns left out, since no row has a value.
    """

    kind: str
    rows: tuple[SliceFigures, ...]
    within: tuple[str, ...]
    pooled: tuple[str, ...]
    drawn: str
    silent: tuple[str, ...]


def slice_tables(assessment: Assessment) -> tuple[SliceTable, ...]:
    """Arrange the slices, the whole test split first.

    A slice of one class has no other figure than its recall, which the table by class holds, and the crossing of source and class
    is a matrix of its own (`source_matrix`): neither makes a table here, and nor does what is the same for all (`undivided`).
    """
    same = undivided(assessment)
    return tuple(_table(kind, rows) for kind, rows in _kinds(assessment).items() if kind not in same)


def undivided(assessment: Assessment) -> dict[str, str]:
    """Find the kinds of slices that hold all test images in one slice, which would repeat the whole: kind to its value."""
    n = whole(assessment).n
    return {kind: row_name(rows[0]) for kind, rows in _kinds(assessment).items() if kind and len(rows) == 1 and rows[0].n == n}


def source_matrix(assessment: Assessment) -> dict[str, dict[str, SliceFigures]]:
    """Find the slices of one class at one source: source to class to slice; empty where they were not asked for."""
    matrix: dict[str, dict[str, SliceFigures]] = {}
    for row in assessment.slices:
        if set(row.slice) == CROSSING:
            matrix.setdefault(row.slice[SOURCE], {})[row.slice[LABEL]] = row
    return matrix


def by_source(assessment: Assessment) -> tuple[SliceFigures, ...]:
    """Find the slices of single sources."""
    return tuple(row for row in assessment.slices if set(row.slice) == {SOURCE})


def whole(assessment: Assessment) -> SliceFigures:
    """Find the whole test split.

    Raises:
      ValueError: the assessment lacks it.
    """
    found = next((row for row in assessment.slices if not row.slice), None)
    if found is None:
        raise ValueError("assessment.json has no slice of the whole test split")
    return found


def row_name(row: Sliced, whole: str = TEST.whole) -> str:
    """Name a slice inside the table of its kind; `whole` is the name of the one of all images."""
    if len(row.slice) == 1 and next(iter(row.slice)).startswith(QUALITY_PREFIX):
        (flag, value) = next(iter(row.slice.items()))
        return f"{flag.removeprefix(QUALITY_PREFIX).replace('_', ' ')}: {'yes' if value == '1' else 'no'}"
    return ", ".join(row.slice.values()) or whole


def _kinds(assessment: Assessment) -> dict[str, list[SliceFigures]]:
    kinds: dict[str, list[SliceFigures]] = {}
    for row in assessment.slices:
        if set(row.slice) != {LABEL} and set(row.slice) != CROSSING:
            kinds.setdefault(kind_of(row), []).append(row)
    return kinds


def kind_of(row: Sliced) -> str:
    """Name the features that define a slice, as `SliceTable.kind` does; empty for the whole test split."""
    names = list(row.slice)
    if len(names) == 1 and names[0].startswith(QUALITY_PREFIX):
        return "quality flag"
    return " and ".join(name.replace("_", " ") for name in names)


def _table(kind: str, rows: list[SliceFigures]) -> SliceTable:
    within = [name for name in rows[0].metrics if name.startswith(WITHIN)]
    telling = {name for name in (*within, *POOLED) if any(row.metrics[name].value is not None for row in rows)}
    return SliceTable(
        kind=kind,
        rows=tuple(rows),
        within=tuple(name for name in within if name in telling),
        pooled=tuple(name for name in POOLED if name in telling),
        drawn="macro_recall" if all(row.metrics["macro_recall"].value is not None for row in rows) else "accuracy",
        silent=tuple(name for name in (*within, *POOLED) if name not in telling),
    )
