"""The slices for people: as a table of text, as csv, as JSON. Imports no TensorFlow, so that it answers at once."""

import csv
import io
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from components.base.errors import UsageError
from components.evaluator.slices import CANDIDATE, SCALARS, SliceRow, Slices, metric_names
from schemas.features import LABEL

FORMATS = ("table", "csv", "json")
OVERALL = "overall"
NO_IMAGE = "no test image"

# A cell of a crossing that has no test image is its slice alone.
Line = SliceRow | dict[str, str]


def select(slices: Slices, by: str | None, known: Mapping[str, Sequence[str]] | None = None, model: str = CANDIDATE) -> list[Line]:
    """Choose the lines to show.

    Args:
      slices: the metrics.
      by: "overall", or feature names with commas between them; None for all slices.
      known: feature to values that exist besides those of the test split, such as the sources of the training images.
      model: "candidate" or "baseline".
    Returns:
      One line a slice. A crossing is complete: its cells without test images are there too.
    Raises:
      UsageError: the model or the slices were not evaluated; the message names those that were.
    """
    if model not in slices.models:
        raise UsageError(f"there is no {model} in this evaluation, only {', '.join(slices.models)}")
    rows = slices.models[model]
    crossings = list(dict.fromkeys(tuple(row.slice) for row in rows))
    if by is None:
        return [line for crossing in crossings for line in _complete(slices, rows, crossing, known or {})]
    wanted = () if by == OVERALL else tuple(name.strip() for name in by.split(","))
    if frozenset(wanted) not in {frozenset(crossing) for crossing in crossings}:
        there = ", ".join(repr(",".join(crossing) or OVERALL) for crossing in crossings)
        raise UsageError(f"there are no slices by {by!r}, only by {there}; evaluator.slices of the configuration adds others")
    return _complete(slices, rows, wanted, known or {})


def render(lines: Sequence[Line], classes: Sequence[str], form: str) -> str:
    """Write the lines as "table", "csv" or "json", without a newline at the end."""
    if form == "json":
        return json.dumps([asdict(line) if isinstance(line, SliceRow) else {"slice": line, "n": 0} for line in lines], indent=1)
    if form == "csv":
        names = metric_names(classes)
        features = list(dict.fromkeys(name for line in lines for name in _slice(line)))
        head = [*features, "images", *classes, *names]
        return _csv([head, *([*(_slice(line).get(name, "") for name in features), *_cells(line, classes, names)] for line in lines)])
    names = [*SCALARS, *(f"recall/{name}" for name in classes)]
    head = ["slice", "images", *classes, *names]
    # That a slice lacks a class stands in its counts beside; the reason would only make the table wider.
    body = [
        [_name(_slice(line)), *("n/a" if cell.startswith("n/a (no ") else cell for cell in _cells(line, classes, names))] for line in lines
    ]
    return _table([head, *body])


def show(row: SliceRow, metric: str) -> str:
    """Write a metric with three decimals, or why it is undefined, such as "n/a (one class)"."""
    value = row.metric(metric)
    return f"n/a ({row.why_undefined(metric)})" if value is None else f"{value:.3f}"


def _complete(slices: Slices, rows: Sequence[SliceRow], crossing: Sequence[str], known: Mapping[str, Sequence[str]]) -> list[Line]:
    found = {tuple(row.slice[name] for name in crossing): row for row in rows if set(row.slice) == set(crossing)}
    values = [_values(slices, rows, name, known) for name in crossing]
    return [found.get(cell, dict(zip(crossing, cell, strict=True))) for cell in itertools.product(*values)]


def _values(slices: Slices, rows: Sequence[SliceRow], name: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    if name == LABEL:
        return list(slices.classes)
    return sorted({row.slice[name] for row in rows if name in row.slice} | set(known.get(name, ())))


def _slice(line: Line) -> dict[str, str]:
    return line.slice if isinstance(line, SliceRow) else line


def _name(where: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in where.items()) or OVERALL


def _cells(line: Line, classes: Sequence[str], names: Sequence[str]) -> list[str]:
    if isinstance(line, SliceRow):
        return [str(line.n), *(str(line.class_counts[name]) for name in classes), *(show(line, name) for name in names)]
    return ["0", *("0" for _ in classes), NO_IMAGE, *("" for _ in names[1:])]


def _csv(rows: Sequence[Sequence[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().rstrip("\n")


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        first, *others = (
            cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join([first, *others]).rstrip())
    return "\n".join(lines)
