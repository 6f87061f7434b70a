"""The slices for people: as a table of text, as csv, as JSON. Imports no TensorFlow, so that it answers at once."""

import csv
import io
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Protocol, TypeVar

from components.base.errors import UsageError
from components.evaluator.blocks import blocks
from components.evaluator.slices import CANDIDATE, SCALARS, SliceRow, Slices, metric_names
from schemas.features import LABEL

FORMATS = ("table", "csv", "json")
OVERALL = "overall"
NO_IMAGE = "no test image"


class Sliced(Protocol):
    """Whatever is about one slice."""

    @property
    def slice(self) -> dict[str, str]:
        """Feature to value."""


Row = TypeVar("Row", bound=Sliced)

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
    return choose(slices.models[model], slices.classes, by, known or {})


def choose(rows: Sequence[Row], classes: Sequence[str], by: str | None, known: Mapping[str, Sequence[str]]) -> list[Row | dict[str, str]]:
    """Choose among rows of any kind; the arguments are those of `select`."""
    crossings = list(dict.fromkeys(tuple(row.slice) for row in rows))
    if by is None:
        return [line for crossing in crossings for line in _complete(classes, rows, crossing, known)]
    wanted = () if by == OVERALL else tuple(name.strip() for name in by.split(","))
    if frozenset(wanted) not in {frozenset(crossing) for crossing in crossings}:
        there = ", ".join(repr(",".join(crossing) or OVERALL) for crossing in crossings)
        raise UsageError(f"there are no slices by {by!r}, only by {there}; evaluator.slices of the configuration adds others")
    return _complete(classes, rows, wanted, known)


def render(lines: Sequence[Line], classes: Sequence[str], form: str) -> str:
    """Write the lines as "table", "csv" or "json", without a newline at the end."""
    if form == "json":
        return json.dumps([asdict(line) if isinstance(line, SliceRow) else {"slice": line, "n": 0} for line in lines], indent=1)
    if form == "csv":
        names = metric_names(classes)
        features = list(dict.fromkeys(name for line in lines for name in _slice(line)))
        head = [*features, "images", *classes, *names]
        return write_csv([head, *([*(_slice(line).get(name, "") for name in features), *_cells(line, classes, names)] for line in lines)])
    names = [*SCALARS, *(f"recall/{name}" for name in classes)]
    head = ["slice", "images", *classes, *names]
    # That a slice lacks a class stands in its counts beside; the reason would only make the table wider.
    body = [
        [name_of(_slice(line)), *("n/a" if cell.startswith("n/a (no ") else cell for cell in _cells(line, classes, names))]
        for line in lines
    ]
    return blocks([head, *body])


def show(row: SliceRow, metric: str) -> str:
    """Write a metric with three decimals, or why it is undefined, such as "n/a (one class)"."""
    value = row.metric(metric)
    return f"n/a ({row.why_undefined(metric)})" if value is None else f"{value:.3f}"


def _complete(
    classes: Sequence[str], rows: Sequence[Row], crossing: Sequence[str], known: Mapping[str, Sequence[str]]
) -> list[Row | dict[str, str]]:
    found = {tuple(row.slice[name] for name in crossing): row for row in rows if set(row.slice) == set(crossing)}
    values = [_values(classes, rows, name, known) for name in crossing]
    return [found.get(cell, dict(zip(crossing, cell, strict=True))) for cell in itertools.product(*values)]


def _values(classes: Sequence[str], rows: Sequence[Row], name: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    if name == LABEL:
        return list(classes)
    return sorted({row.slice[name] for row in rows if name in row.slice} | set(known.get(name, ())))


def _slice(line: Line) -> dict[str, str]:
    return line.slice if isinstance(line, SliceRow) else line


def name_of(where: Mapping[str, str]) -> str:
    """Name a slice, such as "source=nih, label=normal"."""
    return ", ".join(f"{name}={value}" for name, value in where.items()) or OVERALL


def _cells(line: Line, classes: Sequence[str], names: Sequence[str]) -> list[str]:
    if isinstance(line, SliceRow):
        return [str(line.n), *(str(line.class_counts[name]) for name in classes), *(show(line, name) for name in names)]
    return ["0", *("0" for _ in classes), NO_IMAGE, *("" for _ in names[1:])]


def write_csv(rows: Sequence[Sequence[str]]) -> str:
    """Write rows as csv, without a newline at the end."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().rstrip("\n")
