"""Decide whether a model is blessed: thresholds on the metrics of named slices.

A check of the model that cannot be made fails: a slice without images, with too few, or with one class where the metric needs two.
Where there is no earlier figure to compare with, the check neither passes nor fails, and says so.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from components.auditor.audit import Audit
from components.base.errors import UsageError
from components.evaluator.slice_names import AGE_BAND, QUALITY
from components.evaluator.slices import BASELINE, SliceRow, Slices, metric_names
from components.gate.check import ROUNDING, Check, figures, images, slice_name
from components.gate.config import ChangeThreshold, GateConfig, ValueThreshold
from components.gate.requirements import check_requirements
from schemas import features


def decide(slices: Slices, config: GateConfig, audit: Audit | None = None) -> list[Check]:
    """Check every threshold; see `is_blessed`.

    Args:
      slices: metrics of the test split.
      config: the thresholds.
      audit: of the same model on the same images; None where none was made, and then what needs it fails.
    Raises:
      UsageError: a threshold names no metric of these classes.
    """
    validate_thresholds(config, slices.classes)
    values = [_check_value(slices, threshold) for threshold in config.value_thresholds]
    changes = [_check_change(slices, threshold) for threshold in config.change_thresholds]
    return values + changes + check_requirements(slices, config, audit)


def is_blessed(checks: Sequence[Check]) -> bool:
    """Tell whether no check failed and one was passed: a model of which nothing could be checked is not blessed."""
    return any(check.passed for check in checks) and not any(check.failed for check in checks)


def decision(checks: Sequence[Check]) -> dict[str, Any]:
    """Make the content of `gate.json`."""
    return {"blessed": is_blessed(checks), "checks": [asdict(check) for check in checks]}


def validate_thresholds(config: GateConfig, classes: Sequence[str]) -> None:
    """Refuse thresholds that no slice table of these classes can answer; meant for before a run.

    Raises:
      UsageError: an unknown metric, a slice of a label that is no class, by age bands or by every flag of quality at once.
    """
    for threshold in _thresholds(config):
        validate_metric_name(threshold.metric, classes)
        if AGE_BAND in threshold.slice:
            raise UsageError(f"gate: thresholds by {AGE_BAND} cannot be set; take another slice")
        if QUALITY in threshold.slice:
            flags = ", ".join(features.quality(flag) for flag in features.QUALITY_FLAGS)
            raise UsageError(f"gate: a threshold by {QUALITY!r} must name the flag; it is one of {flags}")
        label = threshold.slice.get(features.LABEL)
        if label is not None and label not in classes:
            raise UsageError(f"gate: no class {label!r} for {slice_name(threshold.slice)}; the classes are {', '.join(classes)}")


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
        text = (
            f"{slice_name(threshold.slice, 'The')} has {images(row.n)}, fewer than the {threshold.min_images} that the threshold asks for."
        )
    elif value is None:
        text = _undefined(row, threshold.metric)
    else:
        passed = value >= threshold.lower_bound - ROUNDING
        shown, bound = figures(value, threshold.lower_bound)
        relation = "at least" if passed else "below"
        text = f"{threshold.metric} of {slice_name(threshold.slice)} is {shown} on {_judged(row, threshold.metric)}, {relation} {bound}."
    return _check("value", threshold, threshold.lower_bound, value, None, row, passed, text)


def _check_change(slices: Slices, threshold: ChangeThreshold) -> Check:
    row = slices.find(threshold.slice)
    earlier = slices.find(threshold.slice, BASELINE)
    value = row.metric(threshold.metric) if row else None
    before = earlier.metric(threshold.metric) if earlier else None
    what = f"{threshold.metric} of {slice_name(threshold.slice)}"
    passed, not_compared = False, ""
    if row is None:
        text = _absent(threshold.slice)
    elif BASELINE not in slices.models:
        not_compared = "no earlier model was blessed on these data"
        text = f"{what}: {not_compared}."
    elif value is None:
        text = _undefined(row, threshold.metric)
    elif before is None:
        not_compared = f"{what} is undefined for the earlier blessed model"
        text = f"{not_compared}: there is nothing to compare with."
    else:
        passed = value >= before - threshold.max_drop - ROUNDING
        shown, reference = figures(value, before)
        change = f"{'no more' if passed else 'more'} than {threshold.max_drop:g} lower"
        text = f"{what} is {shown} on {_judged(row, threshold.metric)} after {reference} of the earlier blessed model, {change}."
    return _check("change", threshold, threshold.max_drop, value, before, row, passed, text, not_compared)


def _check(
    kind: str,
    threshold: ValueThreshold | ChangeThreshold,
    bound: float,
    value: float | None,
    baseline: float | None,
    row: SliceRow | None,
    passed: bool,
    text: str,
    not_compared: str = "",
) -> Check:
    return Check(kind, threshold.metric, dict(threshold.slice), bound, value, baseline, row.n if row else 0, passed, text, not_compared)


def _absent(where: Mapping[str, str]) -> str:
    return f"No test image is in {slice_name(where)}."


def _judged(row: SliceRow, metric: str) -> str:
    label = metric.partition("/")[2]
    of_class = row.class_counts[label] if label else row.n
    return f"{images(row.n)}, {of_class} of them {label}" if of_class < row.n else images(row.n)


def _undefined(row: SliceRow, metric: str) -> str:
    return f"{metric} of {slice_name(row.slice)} is undefined ({row.why_undefined(metric)}) on {images(row.n)}."
