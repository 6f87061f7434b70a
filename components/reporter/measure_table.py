"""The measures of faithfulness as a table: a line for each measure and truth, a column for each method and control."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.explainer.faithfulness.measures import OF_PAIR
from components.explainer.faithfulness.summary import Row
from components.reporter import formats
from components.reporter.collect_concepts import MEASURES


@dataclass(frozen=True)
class MeasureLine:
    """One measure, held against one truth or against none; `cells` has None where a method has no such figure."""

    words: str
    truth: str
    cells: tuple[Row | None, ...]
    images: str


@dataclass(frozen=True)
class MeasureTable:
    """The table, and what must be said below it."""

    methods: tuple[str, ...]
    lines: tuple[MeasureLine, ...]
    notes: tuple[str, ...]


def measure_table(measures: Sequence[Row]) -> MeasureTable:
    """Lay out the measures; methods stand in the order in which they are named first.

    The agreement of two methods is a method of its own name there, such as "Grad-CAM, ACE", and stands in the first column.
    """
    pairs = {row.method for row in measures if row.measure in {measure.name for measure in OF_PAIR}}
    methods = tuple(dict.fromkeys(row.method for row in measures if row.method not in pairs))
    lines = []
    for measure in MEASURES:
        for truth in dict.fromkeys(row.truth for row in measures if row.measure == measure.name):
            rows = {row.method: row for row in measures if row.measure == measure.name and row.truth == truth}
            agreement = [row for method, row in rows.items() if method in pairs]
            cells = tuple(rows.get(method) for method in methods) if not agreement else (agreement[0], *[None] * (len(methods) - 1))
            counts = [row.images for row in rows.values()]
            images = str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)} to {max(counts)}"
            lines.append(MeasureLine(f"{measure.words} ({measure.better(truth) or 'neither'} is better)", truth, cells, images))
    without = {row.method: row.without_map for row in measures if row.without_map and row.method not in pairs}
    notes = [
        f"{method} has no map of {formats.plural(number, 'image')}: nothing in it speaks for the class."
        for method, number in without.items()
    ]
    notes += [f"Intervals: {note}." for note in dict.fromkeys(row.note for row in measures if row.note)]
    notes += [f"No intervals: {why}." for why in dict.fromkeys(row.why_none for row in measures if row.why_none)]
    return MeasureTable(methods, tuple(lines), tuple(notes))
