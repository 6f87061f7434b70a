"""Decide whether a model is blessed: thresholds on the metrics of named slices.

A check that cannot be made fails: a slice without images, with too few, or with one class where the metric needs two.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from components.base.errors import UsageError
from components.evaluator.slices import BASELINE, SliceRow, Slices, metric_names
from components.gate.config import ChangeThreshold, GateConfig, ValueThreshold
from schemas.features import LABEL

# 0.8 - 0.1 is a little more than 0.7 in binary; a bound that is met exactly is met.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Check:
    """What became of one threshold.

    Attributes:
      kind: "value" (against a bound) or "change" (against the last blessed model).
      metric: its name in the slice table.
      slice: feature to value; empty for the whole test split.
      bound: the lower bound, or the largest drop.
      value: of the candidate; None where undefined.
      baseline: of the last blessed model on the same images; None where there is none, or it is undefined.
      n: number of images in the slice.
      passed: whether the threshold is met.
      text: one plain sentence.
    """

    kind: str
    metric: str
    slice: dict[str, str]
    bound: float
    value: float | None
    baseline: float | None
    n: int
    passed: bool
    text: str


def decide(slices: Slices, config: GateConfig) -> list[Check]:
    """Check every threshold; the model is blessed where all pass.

    Raises:
      UsageError: a threshold names no metric of these classes.
    """
    validate_thresholds(config, slices.classes)
    values = [_check_value(slices, threshold) for threshold in config.value_thresholds]
    return values + [_check_change(slices, threshold) for threshold in config.change_thresholds]


def is_blessed(checks: Sequence[Check]) -> bool:
    """Tell whether every check passed."""
    return all(check.passed for check in checks)


def decision(checks: Sequence[Check]) -> dict[str, Any]:
    """Make the content of `gate.json`."""
    return {"blessed": is_blessed(checks), "checks": [asdict(check) for check in checks]}


def validate_thresholds(config: GateConfig, classes: Sequence[str]) -> None:
    """Refuse thresholds that no slice table of these classes can answer; meant for before a run.

    Raises:
      UsageError: an unknown metric, or a slice of a label that is no class.
    """
    for threshold in _thresholds(config):
        validate_metric_name(threshold.metric, classes)
        label = threshold.slice.get(LABEL)
        if label is not None and label not in classes:
            raise UsageError(f"gate: no class {label!r} for {_name(threshold.slice)}; the classes are {', '.join(classes)}")


def validate_metric_name(name: str, classes: Sequence[str]) -> None:
    """Refuse a metric that the slice table lacks.

    Raises:
      UsageError: the message names the nearest metric.
    """
    known = metric_names(classes)
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"it is one of {', '.join(known)}"
    raise UsageError(f"gate: unknown metric {name!r}; {hint}")


def threshold_slices(config: GateConfig) -> list[tuple[str, ...]]:
    """List the crossings of features that the thresholds need, so that the evaluation computes them."""
    return list(dict.fromkeys(tuple(sorted(threshold.slice)) for threshold in _thresholds(config) if threshold.slice))


def _thresholds(config: GateConfig) -> list[ValueThreshold | ChangeThreshold]:
    return [*config.value_thresholds, *config.change_thresholds]


def _check_value(slices: Slices, threshold: ValueThreshold) -> Check:
    row = slices.find(threshold.slice)
    value = row.metric(threshold.metric) if row else None
    passed = False
    if row is None:
        text = _absent(threshold.slice)
    elif row.n < threshold.min_images:
        text = f"{_name(threshold.slice, 'The')} has {_images(row.n)}, fewer than the {threshold.min_images} that the threshold asks for."
    elif value is None:
        text = _undefined(row, threshold.metric)
    else:
        passed = value >= threshold.lower_bound - _ROUNDING
        shown, bound = _figures(value, threshold.lower_bound)
        relation = "at least" if passed else "below"
        text = f"{threshold.metric} of {_name(threshold.slice)} is {shown} on {_images(row.n)}, {relation} {bound}."
    return _check("value", threshold, threshold.lower_bound, value, None, row, passed, text)


def _check_change(slices: Slices, threshold: ChangeThreshold) -> Check:
    row = slices.find(threshold.slice)
    earlier = slices.find(threshold.slice, BASELINE)
    value = row.metric(threshold.metric) if row else None
    before = earlier.metric(threshold.metric) if earlier else None
    what = f"{threshold.metric} of {_name(threshold.slice)}"
    passed = False
    if row is None:
        text = _absent(threshold.slice)
    elif BASELINE not in slices.models:
        passed = True
        text = f"{what}: no earlier blessed model to compare with."
    elif value is None:
        text = _undefined(row, threshold.metric)
    elif before is None:
        passed = True
        text = f"{what} is undefined for the earlier blessed model, so that nothing dropped."
    else:
        passed = value >= before - threshold.max_drop - _ROUNDING
        shown, reference = _figures(value, before)
        change = f"{'no more' if passed else 'more'} than {threshold.max_drop:g} lower"
        text = f"{what} is {shown} on {_images(row.n)} after {reference} of the earlier blessed model, {change}."
    return _check("change", threshold, threshold.max_drop, value, before, row, passed, text)


def _check(
    kind: str,
    threshold: ValueThreshold | ChangeThreshold,
    bound: float,
    value: float | None,
    baseline: float | None,
    row: SliceRow | None,
    passed: bool,
    text: str,
) -> Check:
    return Check(kind, threshold.metric, dict(threshold.slice), bound, value, baseline, row.n if row else 0, passed, text)


def _absent(where: Mapping[str, str]) -> str:
    return f"No test image is in {_name(where)}."


def _undefined(row: SliceRow, metric: str) -> str:
    return f"{metric} of {_name(row.slice)} is undefined ({row.why_undefined(metric)}) on {_images(row.n)}."


def _name(where: Mapping[str, str], article: str = "the") -> str:
    return (
        f"{article} slice {', '.join(f'{feature}={value}' for feature, value in where.items())}" if where else f"{article} whole test split"
    )


def _images(n: int) -> str:
    return "1 image" if n == 1 else f"{n} images"


def _figures(value: float, other: float) -> tuple[str, str]:
    """Show both with the fewest digits, from three on, that tell them apart."""
    for digits in range(3, 10):
        shown = f"{value:.{digits}f}", f"{other:.{digits}f}"
        if shown[0] != shown[1] or abs(value - other) <= _ROUNDING:
            return shown
    return repr(value), repr(other)
