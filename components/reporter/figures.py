"""The geometry of the charts: numbers to positions in an SVG view box. The markup is in templates/charts.html.jinja."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from components.base.plural import plural
from components.reporter.axes import Scale, nice_ticks, tick_text, whole_ticks

WIDTH, HEIGHT = 340.0, 210.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 16.0, 12.0, 38.0

_SCORE_KINDS = (("scored", "s0"), ("best", "best"), ("without score", "failed"))

Values = Sequence[float | None]


@dataclass(frozen=True)
class Tick:
    """A labelled position on an axis, in view box units."""

    position: float
    text: str


@dataclass(frozen=True)
class Dot:
    """A point with the text of its tooltip; `kind` is the CSS class."""

    x: float
    y: float
    kind: str
    text: str


@dataclass(frozen=True)
class Line:
    """A curve: SVG path data; `kind` is the CSS class."""

    name: str
    kind: str
    path: str


@dataclass(frozen=True)
class Bar:
    """A rectangle with the text of its tooltip; `kind` is the CSS class."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    text: str


@dataclass(frozen=True)
class Chart:
    """What the template draws; `description` is read out in place of the picture, and `bands` are areas that the lines lie on."""

    title: str
    description: str
    x_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[Line, ...] = ()
    bands: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    bars: tuple[Bar, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    mark: Tick | None = None
    width: float = WIDTH
    height: float = HEIGHT
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    top: float = _TOP
    bottom: float = HEIGHT - _BOTTOM


def line_chart(
    title: str,
    curves: Mapping[str, Values],
    y_range: tuple[float, float] | None = None,
    mark: int | None = None,
    emphasis: str | None = None,
    first: int = 1,
    x_label: str = "epoch",
    bands: Mapping[str, tuple[Sequence[float], Sequence[float]]] | None = None,
) -> Chart:
    """Lay out curves over the epochs 1, 2, ..., or over other steps.

    Args:
      title: of the chart.
      curves: name to a value an epoch; None and non-finite values leave a gap.
      y_range: of the vertical axis; by default from 0 to above the largest value.
      mark: epoch to mark with a vertical line.
      emphasis: the curve that stands out, where all others are alike; by default each has its own colour.
      first: number of the first step.
      x_label: what the steps are.
      bands: name of a curve to the lower and upper ends of the range around it, one of each for each of its values.
    Returns:
      The chart.
    """
    epochs = max((len(values) for values in curves.values()), default=0)
    low, high, y_ticks = _vertical(curves, y_range)
    last = first + epochs - 1
    x_scale, y_scale = _x_scale(first, max(first + 1, last)), _y_scale(low, high)
    kinds = {name: f"s{index}" if emphasis is None else "best" if name == emphasis else "other" for index, name in enumerate(curves)}
    lines = [Line(name, kinds[name], _path(values, x_scale, y_scale, first)) for name, values in curves.items()]
    # A curve of one epoch has no length, and is drawn as a dot.
    dots = tuple(
        Dot(x_scale(first), y_scale(values[0] or 0.0), kinds[name], f"{name}: {values[0]:.4g}")
        for name, values in curves.items()
        if len(values) == 1 and _finite(values[0])
    )
    ranges = bands or {}
    drawn_bands = tuple(Line(name, kinds[name], _band(*ends, x_scale, y_scale, first)) for name, ends in ranges.items())
    # What is drawn last lies on top.
    lines.sort(key=lambda line: line.kind == "best")
    if emphasis is None:
        legend = tuple((line.name, line.kind) for line in lines) if len(lines) > 1 else ()
    else:
        legend = ((emphasis, "best"), ("others", "other")) if len(lines) > 1 else ((emphasis, "best"),)
    return Chart(
        title=title,
        description=describe_curves(title, curves, mark, "epochs" if x_label == "epoch" else "steps") + _describe_bands(ranges),
        x_label=x_label,
        x_ticks=tuple(Tick(x_scale(tick), str(tick)) for tick in ([0] if first == 0 else []) + list(whole_ticks(last))),
        y_ticks=tuple(Tick(y_scale(tick), tick_text(tick)) for tick in y_ticks),
        lines=tuple(lines),
        bands=drawn_bands,
        dots=dots,
        legend=legend,
        mark=Tick(x_scale(mark), f"best: {mark}") if mark and mark <= epochs else None,
    )


def score_chart(title: str, scores: dict[int, float | None], best: int | None) -> Chart:
    """Lay out the scores of trials, in [0, 1], in the order in which they were tried; one without a score lies on the axis."""
    x_scale, y_scale = _x_scale(0.5, max(scores, default=1) + 0.5), _y_scale(0, 1)
    dots = [
        Dot(
            x_scale(order),
            y_scale(score if score is not None else 0.0),
            "failed" if score is None else "best" if order == best else "s0",
            f"trial {order}: " + ("no score" if score is None else f"{score:.3f}"),
        )
        for order, score in scores.items()
    ]
    known = {order: score for order, score in scores.items() if score is not None}
    text = f"{title}: {plural(len(scores), 'trial')}, {len(scores) - len(known)} without a score."
    if best in known:
        text += f" The best is trial {best} with {known[best]:.3f}."
    return Chart(
        title=title,
        description=text,
        x_label="trial",
        x_ticks=tuple(Tick(x_scale(tick), str(tick)) for tick in whole_ticks(max(scores, default=1))),
        y_ticks=tuple(Tick(y_scale(tick), tick_text(tick)) for tick in nice_ticks(0, 1)),
        dots=tuple(dots),
        legend=tuple((name, kind) for name, kind in _SCORE_KINDS if any(dot.kind == kind for dot in dots)),
    )


def stacked_bars(title: str, edges: Sequence[float], stacks: dict[str, Sequence[int]], x_label: str) -> Chart:
    """Lay out a histogram of counts, one on the other.

    Args:
      title: of the chart.
      edges: of the bins, one more than counts.
      stacks: CSS class (which is the name too) to counts, from the bottom up.
      x_label: of the horizontal axis.
    Returns:
      The chart.
    """
    totals = [sum(counts[index] for counts in stacks.values()) for index in range(len(edges) - 1)]
    ticks = nice_ticks(0, max([1, *totals]), whole=True)
    x_scale, y_scale = _x_scale(edges[0], edges[-1]), _y_scale(0, ticks[-1])
    bars = []
    for index, (left, right) in enumerate(itertools.pairwise(edges)):
        base = 0
        for name, counts in stacks.items():
            top = base + counts[index]
            if counts[index]:
                text = f"{left:.2f} to {right:.2f}: {counts[index]} {name}"
                width, height = x_scale(right) - x_scale(left) - 1.5, y_scale(base) - y_scale(top)
                bars.append(Bar(x_scale(left) + 0.75, y_scale(top), round(width, 2), round(height, 2), name, text))
            base = top
    sums = ", ".join(f"{sum(counts)} {name}" for name, counts in stacks.items())
    return Chart(
        title=title,
        description=f"{title}: {sums}, in {len(totals)} bins from {edges[0]:.2f} to {edges[-1]:.2f}.",
        x_label=x_label,
        x_ticks=tuple(Tick(x_scale(edge), f"{edge:.2f}") for edge in edges[:: max(1, len(totals) // 5)]),
        y_ticks=tuple(Tick(y_scale(tick), tick_text(tick)) for tick in ticks),
        bars=tuple(bars),
        legend=tuple((name, name) for name in stacks),
    )


def shares(counts: Sequence[int]) -> tuple[tuple[float, float], ...]:
    """Turn counts into the segments of one bar: start and width of each, in percent; empty where all are zero."""
    total = sum(counts)
    if not total:
        return ()
    starts = [100 * sum(counts[:index]) / total for index in range(len(counts))]
    return tuple((round(start, 3), round(100 * count / total, 3)) for start, count in zip(starts, counts, strict=True))


def describe_curves(title: str, curves: Mapping[str, Values], mark: int | None, steps: str = "epochs") -> str:
    """Say in words how curves begin and end."""
    parts = []
    for name, values in curves.items():
        known = [value for value in values if _finite(value)]
        parts.append(f"{name} from {known[0]:.4g} to {known[-1]:.4g}" if known else f"{name} without values")
    text = f"{title} over {max((len(values) for values in curves.values()), default=0)} {steps}: {'; '.join(parts)}."
    return text + (f" Epoch {mark} was kept." if mark else "")


def _vertical(curves: Mapping[str, Values], y_range: tuple[float, float] | None) -> tuple[float, float, list[float]]:
    if y_range is None:
        largest = max((value for values in curves.values() for value in values if _finite(value)), default=1.0)
        y_range = (0.0, largest if largest > 0 else 1.0)
    ticks = nice_ticks(*y_range)
    return ticks[0], ticks[-1], ticks


def _x_scale(low: float, high: float) -> Scale:
    return Scale(low, high, _LEFT, WIDTH - _RIGHT)


def _y_scale(low: float, high: float) -> Scale:
    return Scale(low, high, HEIGHT - _BOTTOM, _TOP)


def _path(values: Values, x_scale: Scale, y_scale: Scale, first: int) -> str:
    parts, pen_down = [], False
    for epoch, value in enumerate(values, start=first):
        if _finite(value):
            parts.append(f"{'L' if pen_down else 'M'}{x_scale(epoch):g} {y_scale(value):g}")
            pen_down = True
        else:
            pen_down = False
    return "".join(parts)


def _band(low: Sequence[float], high: Sequence[float], x_scale: Scale, y_scale: Scale, first: int) -> str:
    """Go along the lower ends and back along the upper ones."""
    there = [(x_scale(step), y_scale(value)) for step, value in enumerate(low, start=first)]
    back = [(x_scale(step), y_scale(value)) for step, value in enumerate(high, start=first)][::-1]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in (*there, *back)) + "Z"


def _describe_bands(bands: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> str:
    widest = {name: max(zip(*ends, strict=True), key=lambda pair: pair[1] - pair[0]) for name, ends in bands.items()}
    return "".join(f" Band, {name}: at its widest from {low:.4g} to {high:.4g}." for name, (low, high) in widest.items())


def _finite(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
