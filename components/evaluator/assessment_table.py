"""The slices of an assessment for people: as a table of text, as csv, as JSON. Imports neither numpy nor TensorFlow."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.evaluator.assessment import Assessment, Figure, SliceFigures
from components.evaluator.blocks import blocks
from components.evaluator.slice_table import NO_IMAGE, OVERALL, choose, name_of, write_csv
from components.evaluator.slices import BY_CLASS, NOT_IDENTIFIABLE, SCALARS
from schemas.features import SOURCE

_WITHIN = "within_source_auc/"
_IN_TABLE = (_WITHIN, *SCALARS, "recall/")
_IN_SUMMARY = (_WITHIN, "macro_recall", "accuracy")

Line = SliceFigures | dict[str, str]


def select(assessment: Assessment, by: str | None, known: Mapping[str, Sequence[str]]) -> list[Line]:
    """Choose the slices to show, as `components.evaluator.slice_table.select` does."""
    return choose(assessment.slices, assessment.classes, by, known)


def render(lines: Sequence[Line], classes: Sequence[str], form: str) -> str:
    """Write the slices as "table", "csv" or "json", without a newline at the end; pairs within sources come first."""
    if form == "json":
        return json.dumps(
            [_as_json(line, classes) if isinstance(line, SliceFigures) else {"slice": line, "n": 0} for line in lines], indent=1
        )
    names = next((list(line.metrics) for line in lines if isinstance(line, SliceFigures)), [])
    if form == "csv":
        return write_csv(_csv_rows(lines, classes, names))
    return _table(lines, classes, [name for name in names if name.startswith(_IN_TABLE)])


def summary(assessment: Assessment, known: Mapping[str, Sequence[str]]) -> str:
    """Write the whole test split and its sources in few columns: counts, pairs within sources, then macro recall and accuracy.

    Args:
      assessment: of a run.
      known: every source, so that one without test images has its line too.
    Returns:
      Lines of at most `blocks.WIDTH` characters where names are short, without a newline at the end.
    """
    lines = select(assessment, OVERALL, known)
    if any(tuple(row.slice) == (SOURCE,) for row in assessment.slices):
        lines += select(assessment, SOURCE, known)
    names = next(list(line.metrics) for line in lines if isinstance(line, SliceFigures))
    return _table(lines, assessment.classes, [name for name in names if name.startswith(_IN_SUMMARY)], counts_first=True)


def show(figure: Figure) -> str:
    """Write a figure with three decimals and its interval, or why it has no value."""
    if figure.value is None:
        return figure.note
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f} (no interval)"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _table(lines: Sequence[Line], classes: Sequence[str], names: Sequence[str], counts_first: bool = False) -> str:
    def row(slice_name: str, n: str, patients: str, counts: Sequence[str], shown: Sequence[str]) -> list[str]:
        return [slice_name, n, *counts, *shown] if counts_first else [slice_name, n, patients, *shown, *counts]

    rows = [row("slice", "images", "patients", classes, [name.replace(_WITHIN, "within ") for name in names])]
    for line in lines:
        if isinstance(line, SliceFigures):
            counts, shown = [str(line.class_counts[name]) for name in classes], [_short(line.metrics[name]) for name in names]
            rows.append(row(name_of(line.slice), str(line.n), str(line.patients), counts, shown))
        else:
            blank = [NO_IMAGE] * min(1, len(names)) + [""] * (len(names) - 1)
            rows.append(row(name_of(line), "0", "0", ["0"] * len(classes), blank))
    notes = {
        line.metrics[name].note for line in lines if isinstance(line, SliceFigures) for name in names if line.metrics[name].low is None
    }
    reasons = sorted(note for note in notes if not note.startswith("n/a"))
    return blocks(rows) + (f"\n\nno interval: {'; '.join(reasons)}" if reasons else "")


def _short(figure: Figure) -> str:
    # That a slice lacks a class stands in its counts; the reason would only make the table wider.
    text = show(figure)
    if NOT_IDENTIFIABLE in text:
        return "not identifiable"
    return "n/a" if text.startswith("n/a (no ") else text


def _csv_rows(lines: Sequence[Line], classes: Sequence[str], names: Sequence[str]) -> list[list[str]]:
    features = list(dict.fromkeys(name for line in lines for name in (line.slice if isinstance(line, SliceFigures) else line)))
    rows = [[*features, "images", "patients", *classes, *(f"{name}{end}" for name in names for end in ("", ".low", ".high"))]]
    for line in lines:
        if not isinstance(line, SliceFigures):
            blank = [NO_IMAGE, *[""] * (3 * len(names) - 1)] if names else []
            rows.append([*(line.get(name, "") for name in features), *["0"] * (2 + len(classes)), *blank])
            continue
        counts = [line.n, line.patients, *(line.class_counts[name] for name in classes)]
        cells = [cell for name in names for cell in _csv_cells(line.metrics[name])]
        rows.append([*(line.slice.get(name, "") for name in features), *map(str, counts), *cells])
    return rows


def _csv_cells(figure: Figure) -> list[str]:
    ends = ["" if end is None else f"{end:.3f}" for end in (figure.low, figure.high)]
    return [figure.note if figure.value is None else f"{figure.value:.3f}", *ends]


def _as_json(line: SliceFigures, classes: Sequence[str]) -> dict[str, Any]:
    """Lay the values out as those of `slices.json` are, with the intervals and the reasons beside them."""
    values = {name: figure.value for name, figure in line.metrics.items()}
    kinds = dict.fromkeys([*BY_CLASS, "specificity", "average_precision"])
    return {
        "slice": line.slice,
        "n": line.n,
        "patients": line.patients,
        "class_counts": line.class_counts,
        "within_source_auc": {name.removeprefix(_WITHIN): value for name, value in values.items() if name.startswith(_WITHIN)},
        **{name: values[name] for name in SCALARS},
        **{kind: {name: values[f"{kind}/{name}"] for name in classes} for kind in kinds},
        "confusion": line.confusion,
        "intervals": {name: None if figure.low is None else [figure.low, figure.high] for name, figure in line.metrics.items()},
        "notes": {name: figure.note for name, figure in line.metrics.items() if figure.note},
    }
