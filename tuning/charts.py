"""The figures of a search that have two axes: the history, the learning curves and the importances."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Final, TypeGuard

from components.reporter import formats
from components.reporter.axes import Scale, nice_ticks, tick_text, whole_ticks
from components.reporter.figures import Bar, Chart, Dot, Line, Tick, line_chart
from tuning.importance import Importance
from tuning.summary import best_trial, goodness, one_line
from tuning.trials import Search, Trial

WIDE: Final = 720.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 20.0, 14.0, 38.0
_HISTORY_HEIGHT: Final = 250.0
_BARS_WIDTH, _NAMES_WIDTH, _ROW_HEIGHT = 420.0, 190.0, 26.0
# A value of the loss this many times above nearly all others would leave the rest a line on the axis.
_OUTLIER: Final = 3.0
_NEARLY_ALL: Final = 0.9

Curve = Sequence[float | None]


def history_chart(search: Search) -> Chart | None:
    """Lay out the score of each trial in the order of start, and the best so far as a step line.

    A trial without a score lies on the axis. None where no trial has begun.
    """
    if not search.trials:
        return None
    scores = [trial.score for trial in search.trials if trial.score is not None]
    ticks = _ticks(scores)
    x_scale = Scale(0.5, len(search.trials) + 0.5, _LEFT, WIDE - _RIGHT)
    y_scale = Scale(ticks[0], ticks[-1], _HISTORY_HEIGHT - _BOTTOM, _TOP)
    best = best_trial(search)
    dots = []
    for place, trial in enumerate(search.trials, start=1):
        kind = "failed" if trial.score is None else "best" if trial is best else "s0"
        height = y_scale(ticks[0] if trial.score is None else trial.score)
        dots.append(Dot(x_scale(place), height, kind, _told(trial)))
    legend = [("score", "s0 round"), ("best so far", "best")] if scores else []
    if len(scores) < len(search.trials):
        legend.append(("no score", "failed round"))
    return Chart(
        title="Score of each trial",
        description=_history_in_words(search, best),
        x_label="trial, in the order of start",
        x_ticks=tuple(Tick(x_scale(place), search.trials[place - 1].trial_id) for place in whole_ticks(len(search.trials), most=16)),
        y_ticks=tuple(Tick(y_scale(tick), tick_text(tick)) for tick in ticks),
        lines=(Line("best so far", "best", _steps(search, x_scale, y_scale)),) if scores else (),
        dots=tuple(dots),
        legend=tuple(legend),
        width=WIDE,
        height=_HISTORY_HEIGHT,
        left=_LEFT,
        right=WIDE - _RIGHT,
        bottom=_HISTORY_HEIGHT - _BOTTOM,
    )


def curve_charts(search: Search) -> tuple[Chart, ...]:
    """Lay out the objective, macro recall and loss over the epochs, of every trial and on both splits, the best trial on top.

    A metric that no trial has on record has no chart. The two splits of a metric share their range.
    """
    charts: list[Chart] = []
    for metric in dict.fromkeys((search.objective.removeprefix("val_"), "macro_recall", "loss")):
        splits = {"train": curves_of(search, metric), "eval": curves_of(search, f"val_{metric}")}
        known = sorted(value for curves in splits.values() for curve in curves.values() for value in curve if _finite(value))
        if not known:
            continue
        limit = range_of(known)
        charts += [_curves_chart(search, metric, split, curves, limit) for split, curves in splits.items() if curves]
    return tuple(charts)


def importance_chart(found: Importance) -> Chart:
    """Lay out the shares as horizontal bars, the rest last."""
    rows = {**{name.replace("_", " "): share for name, share in found.shares.items()}, "combinations": found.joint}
    bottom = _TOP + _ROW_HEIGHT * len(rows)
    scale = Scale(0, 1, _NAMES_WIDTH, _BARS_WIDTH - _RIGHT)
    names, bars = [], []
    for place, (name, share) in enumerate(rows.items()):
        middle = _TOP + _ROW_HEIGHT * (place + 0.5)
        text = f"{name}: {formats.percent(share)}"
        names.append(Tick(middle, text))
        bars.append(Bar(scale(0), middle - 8, round(scale(share) - scale(0), 2), 16, "rest" if place == len(rows) - 1 else "s0", text))
    return Chart(
        title="Share of the score's variance",
        description="Share of the score's variance: " + "; ".join(tick.text for tick in names) + ".",
        x_label="share of the variance",
        x_ticks=tuple(Tick(scale(tick), tick_text(tick)) for tick in nice_ticks(0, 1)),
        y_ticks=tuple(names),
        bars=tuple(bars),
        width=_BARS_WIDTH,
        height=bottom + _BOTTOM,
        left=_NAMES_WIDTH,
        right=_BARS_WIDTH - _RIGHT,
        bottom=bottom,
    )


def curves_of(search: Search, metric: str) -> dict[str, Curve]:
    """Map the name of each trial to its curve of a metric; trials without one are left out."""
    found = {f"trial {trial.trial_id}": trial.curves.get(metric, []) for trial in search.trials}
    return {name: curve for name, curve in found.items() if any(_finite(value) for value in curve)}


def range_of(known: Sequence[float]) -> tuple[float, float]:
    """Choose the vertical range for sorted values: 0 to 1 where they fit, else from 0 or the least to the largest that is no outlier."""
    typical = known[math.ceil(_NEARLY_ALL * len(known)) - 1]
    largest = max(value for value in known if value <= _OUTLIER * typical or typical <= 0)
    return (min(0.0, known[0]), 1.0 if known[0] >= 0 and largest <= 1 else largest)


def _curves_chart(search: Search, metric: str, split: str, curves: Mapping[str, Curve], limit: tuple[float, float]) -> Chart:
    best = best_trial(search)
    emphasis = f"trial {best.trial_id}" if best else ""
    top = nice_ticks(*limit)[-1]
    drawn = {name: [value if _finite(value) and value <= top else None for value in curve] for name, curve in curves.items()}
    above = sum(_finite(value) and value > top for curve in curves.values() for value in curve)
    title = f"{formats.sentence(formats.metric_name(metric))}, {split}"
    if above:
        title += f" ({formats.plural(above, 'value')} above {tick_text(top)} not drawn)"
    text = f"{title}: {formats.plural(len(curves), 'trial')} over at most {max(len(curve) for curve in curves.values())} epochs."
    if emphasis in curves:
        known = [value for value in curves[emphasis] if _finite(value)]
        text += f" The best, {emphasis}, goes from {known[0]:.4g} to {known[-1]:.4g}."
    chart = line_chart(title, drawn, limit, emphasis=emphasis)
    return dataclasses.replace(chart, description=text, legend=chart.legend if emphasis in curves else ())


def _ticks(scores: Sequence[float]) -> list[float]:
    if not scores:
        return nice_ticks(0, 1)
    low, high = min(scores), max(scores)
    # Equal scores need a range too.
    margin = 0.05 * ((high - low) or abs(high) or 1.0)
    return nice_ticks(low - margin, high + margin)


def _steps(search: Search, x_scale: Scale, y_scale: Scale) -> str:
    path, best = "", float("-inf")
    for place, trial in enumerate(search.trials, start=1):
        if trial.score is not None and goodness(search, trial) > best:
            best = goodness(search, trial)
            x, y = x_scale(place), y_scale(trial.score)
            path += f"H{x:g}V{y:g}" if path else f"M{x:g} {y:g}"
    return f"{path}H{WIDE - _RIGHT:g}"


def _told(trial: Trial) -> str:
    if trial.score is not None:
        return f"trial {trial.trial_id}: {trial.score:.4f}"
    return f"trial {trial.trial_id}: {trial.status}"


def _history_in_words(search: Search, best: Trial | None) -> str:
    without = sum(trial.score is None for trial in search.trials)
    text = f"Score of each trial in the order of start: {formats.plural(len(search.trials), 'trial')}, {without} without a score."
    if best is None:
        return text
    first = next(trial for trial in search.trials if trial.score is not None)
    return text + f" The first score is {first.score:.4f}, the best is {best.score:.4f} of trial {one_line(best.trial_id)}."


def _finite(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
