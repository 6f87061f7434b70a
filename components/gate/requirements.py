"""What the evidence itself must be worth before any blessing: an excess over the floors, enough images, narrow intervals.

A check that cannot be made fails: without an audit, without an interval, or where nothing is identifiable.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from components.auditor.audit import Audit
from components.evaluator.intervals import Interval
from components.evaluator.slices import Slices
from components.gate.check import ROUNDING, Check, figures, images, slice_name
from components.gate.config import GateConfig, ValueThreshold

_NO_AUDIT = "no audit was made; wire the auditor before the gate"


class _Compared(NamedTuple):
    """A floor beside the model: what it reads, the model's excess over it, and its own figure."""

    sees: str
    excess: Interval
    own: Interval


def check_requirements(slices: Slices, config: GateConfig, audit: Audit | None) -> list[Check]:
    """Check what the configuration requires; by default the gap over the floors that do not see the lungs.

    Args:
      slices: of the test split.
      config: the thresholds.
      audit: of the same model on the same images; None where none was made.
    """
    whole = slices.find({})
    n = whole.n if whole else 0
    checks = []
    if config.min_images is not None:
        checks.append(_check_images(n, config.min_images))
    if config.min_gap_over_blind_floors is not None:
        checks.append(_check_gap(audit, config.min_gap_over_blind_floors, n))
    if config.min_excess_over_floor is not None:
        checks.append(_check_excess(audit, config.min_excess_over_floor, n))
    if config.min_excess_within_source is not None:
        checks.append(_check_excess_within(audit, config.min_excess_within_source, n))
    if config.max_interval_width is not None:
        distinct = {(each.metric, tuple(sorted(each.slice.items()))): each for each in config.value_thresholds}
        checks += [_check_width(audit, each, config.max_interval_width) for each in distinct.values()]
    return checks


def _check_images(n: int, least: int) -> Check:
    relation = "at least" if n >= least else "fewer than"
    text = f"The whole test split has {images(n)}, {relation} the {least} of gate.min_images."
    return Check("images", "images", {}, least, n, None, n, n >= least, text)


def _check_gap(audit: Audit | None, bound: float, n: int) -> Check:
    """Compare with the nearest floor, by the figures as they are: on few patients too, a model must leave the blind ones behind."""
    kind, metric, name = "gap_over_blind_floors", "macro_recall", "gate.min_gap_over_blind_floors"
    what = f"The gap in macro_recall of {slice_name({})} over what does not see the lungs"
    if audit is None:
        return Check(kind, metric, {}, bound, None, None, n, False, f"{what}: {_NO_AUDIT}.")
    n = audit.images["test"]
    gaps = [(floor.excess.macro_recall.value, floor) for floor in audit.floors if not floor.sees_lungs]
    known = [(gap, floor) for gap, floor in gaps if gap is not None]
    if not gaps or len(known) < len(gaps):
        why = audit.model.macro_recall.why_none if gaps else "the audit has no such floor"
        text = f"{what} is undefined ({why}), and {name} asks for {bound:g}."
        return Check(kind, metric, {}, bound, None, None, n, False, text)
    gap, nearest = min(known, key=lambda each: each[0])
    passed = gap >= bound - ROUNDING
    shown, limit = figures(gap, bound)
    relation = "at least" if passed else "less than"
    measured = f"macro_recall {_value(audit.model.macro_recall)} against {_value(nearest.measures.macro_recall)}"
    text = f"{what} ({nearest.sees}) is {shown}, {relation} the {limit} of {name}: {measured}."
    return Check(kind, metric, {}, bound, gap, None, n, passed, text)


def _check_excess(audit: Audit | None, bound: float, n: int) -> Check:
    kind, metric, name = "excess", "macro_recall", "gate.min_excess_over_floor"
    what = f"The excess in macro_recall of {slice_name({})} over the nearest floor"
    if audit is None:
        return Check(kind, metric, {}, bound, None, None, n, False, f"{what}: {_NO_AUDIT}.")
    compared = [_Compared(floor.sees, floor.excess.macro_recall, floor.measures.macro_recall) for floor in audit.floors]
    low, passed, text = _judge(compared, bound, name, what, f"macro_recall {_value(audit.model.macro_recall)}")
    return Check(kind, metric, {}, bound, low, None, audit.images["test"], passed, text)


def _check_excess_within(audit: Audit | None, bound: float, n: int) -> Check:
    kind, metric, name = "excess_within_source", "within_source", "gate.min_excess_within_source"
    what = f"The excess in AUC within the sources of {slice_name({})} over the nearest floor there"
    if audit is None:
        return Check(kind, metric, {}, bound, None, None, n, False, f"{what}: {_NO_AUDIT}.")
    n = audit.images["test"]
    if audit.model.within_source.value is None:
        text = f"{what} is {audit.model.within_source.why_none}, and {name} asks for {bound:g}."
        return Check(kind, metric, {}, bound, None, None, n, False, text)
    compared = [_Compared(floor.sees, floor.excess.within_source, floor.measures.within_source) for floor in audit.floors]
    low, passed, text = _judge(compared, bound, name, what, f"AUC {_value(audit.model.within_source)}")
    return Check(kind, metric, {}, bound, low, None, n, passed, text)


def _judge(compared: Sequence[_Compared], bound: float, name: str, what: str, measured: str) -> tuple[float | None, bool, str]:
    """Let the floor decide whose excess has the least lower end, of equals the first, or the first whose excess has none.

    Returns:
      The lower end; whether every floor is exceeded by enough; the sentence, which names every floor that is not.
    """
    if not compared:
        return None, False, f"{what}: the audit has no floor."
    nearest = min(compared, key=lambda each: -math.inf if each.excess.low is None else each.excess.low)
    excess, low = nearest.excess, nearest.excess.low
    what, measured = f"{what} ({nearest.sees})", f"{measured} against {_value(nearest.own)}"
    more = [each.sees for each in compared if each is not nearest and not _exceeded(each.excess, bound)]
    also = f" It is not shown either over: {'; '.join(more)}." if more else ""
    if low is None:
        text = f"{what} is {_value(excess)} without an interval ({excess.why_none}), and {name} asks for {bound:g}: {measured}.{also}"
        return None, False, text
    shown, limit = figures(low, bound)
    passed = _exceeded(excess, bound)
    relation = "at least" if passed else "below"
    text = f"{what} is {_value(excess)}, and the lower end of its interval {shown}, {relation} the {limit} of {name}: {measured}.{also}"
    return low, passed, text


def _exceeded(excess: Interval, bound: float) -> bool:
    return excess.low is not None and excess.low >= bound - ROUNDING


def _check_width(audit: Audit | None, threshold: ValueThreshold, most: float) -> Check:
    what = f"The 95 % interval of {threshold.metric} of {slice_name(threshold.slice)}"
    row = audit.find(threshold.slice) if audit else None
    found = row.metrics[threshold.metric] if row else None
    n, width, passed = row.n if row else 0, None, False
    if audit is None:
        text = f"{what}: {_NO_AUDIT}."
    elif found is None:
        text = f"{what}: no test image is in the slice."
    elif found.low is None or found.high is None:
        text = f"{what} does not exist ({found.why_none}) on {images(n)}, and gate.max_interval_width asks for {most:g}."
    else:
        width = found.high - found.low
        passed = width <= most + ROUNDING
        shown, limit = figures(width, most)
        relation = "at most" if passed else "more than"
        ends = f"[{found.low:.3f}, {found.high:.3f}]"
        text = f"{what} is {shown} wide, {ends}, on {images(n)}, {relation} the {limit} of gate.max_interval_width."
    return Check("interval", threshold.metric, dict(threshold.slice), most, width, None, n, passed, text)


def _value(figure: Interval) -> str:
    return "undefined" if figure.value is None else f"{figure.value:.3f}"
