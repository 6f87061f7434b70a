"""Parallel coordinates (Inselberg 1985, The Visual Computer 1:69): one axis a hyperparameter, the last one the score."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.reporter import formats
from components.reporter.axes import Scale, nice_ticks, tick_text
from components.reporter.figures import Line, Tick
from tuning.summary import best_trial, goodness, one_line, parameter_names
from tuning.trials import Search, Trial

SHADES: Final = 5
_TOP, _BOTTOM, _HEIGHT = 40.0, 300.0, 318.0
_LEFT, _RIGHT = 56.0, 64.0
_SPACING: Final = 100.0
_LEAST_WIDTH: Final = 720.0
# With more values than these an axis is a scale, not a list.
_MOST_LEVELS: Final = 8
_LOGARITHMIC: Final = 50.0
# Share of the distance between two values over which the lines of one value are spread.
_SPREAD: Final = 0.4
_LONGEST: Final = 15


@dataclass(frozen=True)
class Axis:
    """A vertical axis at `x` with its labelled positions."""

    name: str
    x: float
    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class Parallel:
    """What the template draws; the last axis is the score, and what lies on top comes last in `lines`."""

    description: str
    axes: tuple[Axis, ...]
    lines: tuple[Line, ...]
    legend: tuple[tuple[str, str], ...]
    width: float
    height: float = _HEIGHT
    top: float = _TOP
    bottom: float = _BOTTOM


def parallel_coordinates(search: Search) -> Parallel | None:
    """Lay out the trials as lines across the axes; None where no trial has a score or none has hyperparameters.

    The colour is the score in five equal steps, q0 (worst) to q4. A trial without a score ends before the last axis.
    """
    trials = sorted((trial for trial in search.trials if trial.hyperparameters), key=lambda trial: goodness(search, trial))
    best = best_trial(search)
    names = parameter_names(trials)
    scores = [trial.score for trial in trials if trial.score is not None]
    if best is None or not scores:
        return None
    width = max(_LEAST_WIDTH, _LEFT + _RIGHT + _SPACING * len(names))
    x_scale = Scale(0, len(names), _LEFT, width - _RIGHT)
    axes, heights = [], []
    for place, name in enumerate(names):
        ticks, column = _place_values([trial.hyperparameters.get(name) for trial in trials])
        axes.append(Axis(name.replace("_", " "), x_scale(place), ticks))
        heights.append(column)
    score_ticks, score_heights = _place_scores([trial.score for trial in trials])
    axes.append(Axis("score", x_scale(len(names)), score_ticks))
    heights.append(score_heights)
    low, high = min(scores), max(scores)
    lines = [
        Line(_told(trial), _kind(search, trial, best, low, high), _path(axes, [column[row] for column in heights]))
        for row, trial in enumerate(trials)
    ]
    legend = [("worst score", "q0"), ("best scores", f"q{SHADES - 1}"), (f"the best, trial {best.trial_id}", "best")]
    if len(scores) < len(trials):
        legend.append(("no score", "fallen"))
    return Parallel(
        description=f"{formats.plural(len(trials), 'trial')} as lines across {formats.words(axis.name for axis in axes)}. "
        f"The scores go from {low:.4f} to {high:.4f}; {len(trials) - len(scores)} trials have none. The best is {_told(best)}.",
        axes=tuple(axes),
        lines=tuple(sorted(lines, key=lambda line: line.kind == "best")),
        legend=tuple(legend),
        width=width,
    )


def _place_values(values: Sequence[Any]) -> tuple[tuple[Tick, ...], list[float | None]]:
    known = [value for value in values if value is not None]
    if all(isinstance(value, (int, float)) for value in known) and len(set(known)) > _MOST_LEVELS:
        return _place_numbers(values)
    levels = sorted(set(values), key=lambda value: (value is None, isinstance(value, str), value if value is not None else 0))
    if len(levels) == 1:
        middle = (_TOP + _BOTTOM) / 2
        scale, step = Scale(0, 1, middle, middle), 0.0
    else:
        scale = Scale(0, len(levels) - 1, _BOTTOM - 14, _TOP + 14)
        step = (_BOTTOM - _TOP - 28) / (len(levels) - 1)
    # Lines of one value lie side by side, the better above, where they would hide each other.
    heights: list[float | None] = []
    for row, value in enumerate(values):
        alike = [other for other, shared in enumerate(values) if shared == value]
        offset = (alike.index(row) + 0.5) / len(alike) - 0.5
        heights.append(round(scale(levels.index(value)) - offset * min(step or 40.0, 40.0) * _SPREAD, 2))
    return tuple(Tick(scale(place), _short(formats.plain(level))) for place, level in enumerate(levels)), heights


def _place_numbers(values: Sequence[float | None]) -> tuple[tuple[Tick, ...], list[float | None]]:
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    if low > 0 and high / low >= _LOGARITHMIC:
        logarithms = Scale(math.log(low), math.log(high), _BOTTOM, _TOP)
        marks = (low, math.sqrt(low * high), high)
        return (
            tuple(Tick(logarithms(math.log(mark)), f"{mark:.2g}") for mark in marks),
            [None if value is None else logarithms(math.log(value)) for value in values],
        )
    scale = Scale(low, high, _BOTTOM, _TOP)
    marks = (low, (low + high) / 2, high)
    return tuple(Tick(scale(mark), f"{mark:.4g}") for mark in marks), [None if value is None else scale(value) for value in values]


def _place_scores(scores: Sequence[float | None]) -> tuple[tuple[Tick, ...], list[float | None]]:
    known = [score for score in scores if score is not None]
    margin = 0.0 if min(known) < max(known) else 0.05
    ticks = nice_ticks(min(known) - margin, max(known) + margin)
    scale = Scale(ticks[0], ticks[-1], _BOTTOM, _TOP)
    return tuple(Tick(scale(tick), tick_text(tick)) for tick in ticks), [None if score is None else scale(score) for score in scores]


def _kind(search: Search, trial: Trial, best: Trial, low: float, high: float) -> str:
    if trial is best:
        return "best"
    if trial.score is None:
        return "fallen"
    share = (trial.score - low) / (high - low) if high > low else 1.0
    return f"q{min(SHADES - 1, int(SHADES * (1 - share if search.direction == 'min' else share)))}"


def _path(axes: Sequence[Axis], heights: Sequence[float | None]) -> str:
    parts, pen_down = [], False
    for axis, height in zip(axes, heights, strict=True):
        if height is not None:
            parts.append(f"{'L' if pen_down else 'M'}{axis.x:g} {height:g}")
        pen_down = height is not None
    return "".join(parts)


def _told(trial: Trial) -> str:
    values = ", ".join(f"{name.replace('_', ' ')} {formats.plain(value)}" for name, value in trial.hyperparameters.items())
    return one_line(f"trial {trial.trial_id}, {trial.status if trial.score is None else f'score {trial.score:.4f}'}: {values}")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
