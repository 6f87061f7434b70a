"""The geometry of a forest plot: differences with their intervals, as percentages of a plot's width."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from components.reporter import formats
from components.reporter.axes import Scale, nice_ticks, tick_text
from components.reporter.figures import Tick
from pipeline.experiments.comparison import Comparison
from pipeline.experiments.wording import bounds, change_value, p_value, row_name, verdict

# Keeps marks and the labels of the outermost ticks inside the plot.
_MARGIN = 4.0


@dataclass(frozen=True)
class ForestRow:
    """One difference: `low`, `point` and `high` in percent of the width, None where there is no interval."""

    name: str
    kind: str
    text: str
    description: str
    low: float | None = None
    point: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Forest:
    """The differences of one metric from one reference; `zero` and the ticks are in percent of the width."""

    title: str
    reference: str
    ticks: tuple[Tick, ...]
    zero: float
    rows: tuple[ForestRow, ...]


def forests(comparison: Comparison) -> tuple[Forest, ...]:
    """Lay out the differences of every metric that has any; one scale for all, so that they can be read side by side."""
    places = range(len(comparison.metrics))
    ends = [end for place in places for end in _ends(comparison, place)]
    if not ends:
        return ()
    reach = max(0.01, *(abs(end) for end in ends))
    outermost = nice_ticks(0, reach, count=5)[-1]
    scale = Scale(-outermost, outermost, _MARGIN, 100 - _MARGIN)
    ticks = tuple(Tick(scale(tick), _signed(tick)) for tick in (-outermost, -outermost / 2, 0.0, outermost / 2, outermost))
    return tuple(
        _forest(comparison, place, against, scale, ticks)
        for place in places
        for against in dict.fromkeys(row.against for row in comparison.rows_about(place) if row.estimates[place].change)
    )


def _ends(comparison: Comparison, place: int) -> Iterable[float]:
    for row in comparison.rows:
        change = row.estimates[place].change
        if change is not None and change.interval is not None:
            yield from (end for end in (change.interval.value, change.interval.low, change.interval.high) if end is not None)


def _forest(comparison: Comparison, place: int, against: str, scale: Scale, ticks: tuple[Tick, ...]) -> Forest:
    rows = []
    for row in comparison.rows_about(place):
        estimate, name = row.estimates[place], row_name(comparison, row)
        change = estimate.change
        if change is None or row.against != against:
            continue
        found = change.interval
        if found is None or found.value is None or found.low is None or found.high is None:
            why = change.why_none or (f"{change_value(row, estimate)}, no interval: {found.why_none}" if found else "")
            rows.append(ForestRow(name, "none", why, f"{name}: {why}", point=_point(found.value if found else None, scale)))
            continue
        text = f"{formats.signed(found.value)} ({bounds(found, signed=True)}), {p_value(change.corrected_p)}"
        kind = "real" if change.real else "chance"
        ends = (scale(found.low), scale(found.value), scale(found.high))
        rows.append(ForestRow(name, kind, text, f"{name}: {text}; {verdict(change)}", *ends))
    # Folds cut one way may be compared with folds cut the other way, so that one reference may have two rows.
    references = [row_name(comparison, row) for row in comparison.rows_about(place) if row.variant == against]
    return Forest(comparison.metrics[place].words, formats.words(references), ticks, scale(0), tuple(rows))


def _point(value: float | None, scale: Scale) -> float | None:
    return None if value is None or not math.isfinite(value) else scale(value)


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{tick_text(value)}"
