"""How numbers are written on the page."""

import math
from collections.abc import Iterable, Mapping

from components.evaluator.slices import SliceRow

_ABBREVIATIONS = {"auc": "AUC", "f1": "F1"}


def score(value: float | None, otherwise: str = "n/a") -> str:
    """Write a metric with three decimals, and what is undefined in words."""
    return f"{value:.3f}" if value is not None and math.isfinite(value) else otherwise


def percent(share: float | None) -> str:
    """Write a share in [0, 1] as a percentage."""
    return f"{100 * share:.1f}%" if share is not None and math.isfinite(share) else "n/a"


def count(value: int | None) -> str:
    """Write a number of things, with thousands apart."""
    return "n/a" if value is None else f"{value:,}"


def signed(value: float | None) -> str:
    """Write a difference of metrics with its sign."""
    return "n/a" if value is None else f"{value:+.3f}"


def plain(value: object) -> str:
    """Write a parameter as a person would: short floats, and "n/a" for what is missing or not finite."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "n/a"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def duration(seconds: float | None) -> str:
    """Write a time as 0.4 s, 42 s, 3 min 12 s or 2 h 5 min."""
    if seconds is None or not math.isfinite(seconds):
        return "n/a"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def plural(number: int, noun: str, several: str = "") -> str:
    """Write a number with its noun, as in "1 image" and "1,204 images"."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def words(names: Iterable[str]) -> str:
    """Join names as in "a, b and c"."""
    listed = list(names)
    return listed[0] if len(listed) == 1 else ", ".join(listed[:-1]) + f" and {listed[-1]}" if listed else ""


def slice_name(features: Mapping[str, str]) -> str:
    """Name a slice as in "source = a, label = b"; no feature is the whole test split."""
    return ", ".join(f"{feature} = {value}" for feature, value in features.items()) or "whole test split"


def metric_name(metric: str) -> str:
    """Name a metric as people write it, such as "macro recall" and "recall of covid19"."""
    kind, slash, label = metric.partition("/")
    name = " ".join(_ABBREVIATIONS.get(word, word) for word in kind.split("_"))
    return f"{name} of {label}" if slash else name


def sentence(text: str) -> str:
    """Begin a text with a capital letter and leave the rest alone."""
    return text[:1].upper() + text[1:]


def metric(row: SliceRow, name: str) -> str:
    """Write a metric of a slice, such as "macro_recall" or "recall/covid19", and why where it is undefined."""
    value = row.metric(name)
    if value is not None:
        return score(value)
    # A macro metric has no class that could be missing.
    return f"n/a ({row.why_undefined(name)})" if "/" in name or row.why_undefined(name) == "one class" else "n/a"
