"""The measures of faithfulness as a table: a line for each measure and truth, a column for each method and control."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from components.explainer.faithfulness.measures import DROP, INCREASE, LUNGS, OF_PAIR, Measure
from components.explainer.faithfulness.summary import Row
from components.reporter import formats
from components.reporter.collect_concepts import MEASURES

# The column of what two methods share.
BOTH = "both"
# Means this near to an end of [0, 1] tell no method from another.
_SATURATED = 0.1
# Why the column of the lungs stands beside the centre and the random map.
_OF_LUNGS = (
    f"{LUNGS.capitalize()}: a map of them, which needs no model; its pointing game is what a random point in them scores. "
    "Findings lie in the lungs: a method that is not better may have found the lungs alone."
)
_PAIRS = {measure.name for measure in OF_PAIR}


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

    The agreement of two methods, whose row is named after both ("Grad-CAM, ACE"), has lines and a column of its own.
    """
    alone = [row for row in measures if row.measure not in _PAIRS]
    methods = tuple(dict.fromkeys(row.method for row in alone))
    columns = (*methods, BOTH) if len(alone) < len(measures) else methods
    lines: list[MeasureLine] = []
    for measure in MEASURES:
        of_measure = [row for row in measures if row.measure == measure.name]
        if measure.name in _PAIRS:
            lines += [MeasureLine(_agreement(measure, row), "", (*[None] * len(methods), row), str(row.images)) for row in of_measure]
            continue
        for truth in dict.fromkeys(row.truth for row in of_measure):
            rows = {row.method: row for row in of_measure if row.truth == truth}
            lines.append(MeasureLine(_words(measure, truth, rows.values()), truth, tuple(map(rows.get, columns)), _images(rows.values())))
    without = {row.method: row.without_map for row in alone if row.without_map}
    notes = [_OF_LUNGS] if LUNGS in methods else []
    notes += [
        f"{method} has no map of {formats.plural(number, 'image')}: nothing in it speaks for the class."
        for method, number in without.items()
    ]
    notes += [f"Intervals: {note}." for note in dict.fromkeys(row.note for row in measures if row.note)]
    notes += [f"No intervals: {why}." for why in dict.fromkeys(row.why_none for row in measures if row.why_none)]
    return MeasureTable(columns, tuple(lines), tuple(notes))


def _words(measure: Measure, truth: str, rows: Iterable[Row]) -> str:
    better = f"{measure.better(truth) or 'neither'} is better"
    values = [row.value for row in rows if row.value is not None]
    if measure in (DROP, INCREASE) and len(values) > 1:
        for end in (0, 1):
            if all(abs(value - end) <= _SATURATED for value in values):
                return f"{measure.words} ({better}; saturated: all are near {end}, so that it tells none from another)"
    return f"{measure.words} ({better})"


def _agreement(measure: Measure, row: Row) -> str:
    return f"{formats.words(row.method.split(', '))} agree: {measure.words}"


def _images(rows: Iterable[Row]) -> str:
    counts = [row.images for row in rows]
    return str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)} to {max(counts)}"
