"""How a figure and its interval are written and drawn: the remark that replaces either is never lost."""

from dataclasses import dataclass

from components.evaluator.assessment import Figure
from components.evaluator.intervals import Interval
from components.reporter import formats
from components.reporter.axes import Scale

AnyFigure = Figure | Interval

_PLOT_WIDTH, _PLOT_EDGE = 120.0, 6.0


def remark(figure: AnyFigure) -> str:
    """Say why there is no value, or no interval, or how the interval came about; empty where nothing is to be said."""
    return figure.note if isinstance(figure, Figure) else figure.why_none or figure.note


def interval_text(figure: AnyFigure, uncertain: bool = False) -> str:
    """Write the interval as "0.850 to 0.960"; empty where there is none. `uncertain` is for what no rounding may make 0 or 1."""
    if figure.low is None or figure.high is None:
        return ""
    write = formats.uncertain if uncertain else formats.score
    return f"{write(figure.low)} to {write(figure.high)}"


def shown(figure: AnyFigure, signed: bool = False) -> str:
    """Write a figure for a sentence: "0.910 (0.850 to 0.960)", "0.910" without an interval, or why there is no value."""
    if figure.value is None:
        return remark(figure)
    value, interval = (formats.signed if signed else formats.score)(figure.value), interval_text(figure)
    return f"{value} ({interval})" if interval else value


class Remarks:
    """The remarks of one table: each is told once below it, and its cells bear a letter."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def letter(self, figure: AnyFigure) -> str:
        """Give the letter of a figure's remark, the same for the same remark; empty where a value needs none."""
        text = remark(figure)
        if figure.value is None or not text:
            return ""
        return self._letters.setdefault(text, _letter(len(self._letters)))

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """Letters and remarks, in the order of the cells. A remark on a value without an interval says so."""
        return tuple((letter, text if "bound" in text else f"no interval: {text}") for text, letter in self._letters.items())


@dataclass(frozen=True)
class IntervalPlot:
    """Positions in a view box of `width`: the dot, the ends of the interval where there is one, and a mark to compare with."""

    width: float
    dot: float
    low: float | None
    high: float | None
    mark: float | None
    text: str


def interval_plot(figure: AnyFigure, low: float = 0.0, high: float = 1.0, mark: float | None = None) -> IntervalPlot | None:
    """Lay out a dot and its interval.

    Args:
      figure: what is drawn.
      low: value at the left edge.
      high: value at the right edge.
      mark: value of the line to compare with, such as chance.
    Returns:
      The plot; None where there is no value.
    """
    if figure.value is None:
        return None
    scale = Scale(low, high, _PLOT_EDGE, _PLOT_WIDTH - _PLOT_EDGE)
    interval = interval_text(figure)
    return IntervalPlot(
        width=_PLOT_WIDTH,
        dot=scale(figure.value),
        low=scale(figure.low) if figure.low is not None and interval else None,
        high=scale(figure.high) if figure.high is not None and interval else None,
        mark=scale(mark) if mark is not None else None,
        text=f"{formats.score(figure.value)}, {f'95 % interval {interval}' if interval else 'no interval'}, drawn from {low:g} to {high:g}",
    )


def _letter(index: int) -> str:
    return chr(ord("a") + index) if index < 26 else _letter(index // 26 - 1) + _letter(index % 26)
