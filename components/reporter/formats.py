"""How numbers are written on the page."""

import math
import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_FLOOR, Context, Decimal

import numpy as np
from markupsafe import Markup, escape

from components.base.plural import plural as plural
from components.evaluator.intervals import Interval

_ABBREVIATIONS = {"auc": "AUC", "f1": "F1"}


def score(value: float | None, otherwise: str = "n/a") -> str:
    """Write a metric with three decimals, and what is undefined in words."""
    return f"{value:.3f}" if value is not None and math.isfinite(value) else otherwise


def uncertain(value: float | None, otherwise: str = "n/a") -> str:
    """Write a probability with three decimals, and with up to six where fewer would make it 0 or 1, which it is not."""
    if value is None or not math.isfinite(value):
        return otherwise
    if value in (0, 1):
        return f"{value:.3f}"
    written = (f"{value:.{decimals}f}" for decimals in range(3, 7))
    return next((text for text in written if 0 < float(text) < 1), "< 0.000001" if value < 0.5 else "> 0.999999")


def threshold(value: float | None, otherwise: str = "none") -> str:
    """Write a threshold so that it calls the same images positive: those whose float32 score is at least it.

    That is the least float32 from the threshold on, rounded down to the fewest digits that give it back. Read as float64 too, no score
    lies between what is written and what was meant. A threshold is often the score of an image: rounded up, that image would be lost.
    """
    if value is None or not math.isfinite(value):
        return otherwise
    least = np.float32(value)
    if float(least) < value:
        least = np.nextafter(least, np.float32(np.inf))
    # Nine digits are enough: what rounding down takes off is then less than half the distance to the next float32.
    written = (f"{float(Context(prec=digits, rounding=ROUND_FLOOR).create_decimal(Decimal(float(least)))):.9g}" for digits in range(1, 10))
    return next(text for text in written if np.float32(float(text)) == least)


def percent(share: float | None) -> str:
    """Write a share in [0, 1] as a percentage."""
    return f"{100 * share:.1f} %" if share is not None and math.isfinite(share) else "n/a"


def whole_percent(share: float | None) -> str:
    """Write a share in [0, 1] as a percentage without decimals, for a sentence or where few things are counted."""
    return f"{100 * share:.0f} %" if share is not None and math.isfinite(share) else "n/a"


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


def times(figure: Interval) -> str:
    """Write how many times as frequent something is, with its interval where there is one, as in "2.6 (1.9 to 3.4)"."""
    if figure.value is None:
        return "n/a"
    ends = "" if figure.low is None or figure.high is None else f" ({figure.low:.1f} to {figure.high:.1f})"
    return f"{figure.value:.1f}{ends}"


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


def words(names: Iterable[str]) -> str:
    """Join names as in "a, b and c"."""
    listed = list(names)
    return listed[0] if len(listed) == 1 else ", ".join(listed[:-1]) + f" and {listed[-1]}" if listed else ""


def breakable(name: str) -> Markup:
    """Let a name break after underscores, and after dots within it, where a line of its table ends: HTML, escaped."""
    return Markup(re.sub(r"_|\.(?=[A-Za-z])", r"\g<0><wbr>", str(escape(name))))  # noqa: S704


def slice_name(features: Mapping[str, str]) -> str:
    """Name a slice as in "source = a, label = b"; no feature is the whole test split."""
    return ", ".join(f"{feature} = {value}" for feature, value in features.items()) or "whole test split"


def metric_name(metric: str) -> str:
    """Name a metric as people write it, such as "macro recall", "recall of covid19" and "AUC of normal or covid19 within sources"."""
    if metric == "within_source":
        return "AUC within sources"
    kind, slash, label = metric.partition("/")
    if kind == "within_source_auc":
        return f"AUC of {label.replace('/', ' or ')} within sources"
    name = " ".join(_ABBREVIATIONS.get(word, word) for word in kind.split("_"))
    return f"{name} of {label}" if slash else name


def sentence(text: str) -> str:
    """Begin a text with a capital letter and leave the rest alone."""
    return text[:1].upper() + text[1:]


def check_kind(kind: str) -> str:
    """Name what a check of the gate compares."""
    return {
        "value": "threshold",
        "change": "against the last blessed model",
        "images": "size of the test split",
        "gap_over_blind_floors": "gap over what does not see the lungs",
        "excess": "excess over every floor",
        "excess_within_source": "excess over every floor, within sources",
        "interval": "width of the interval",
    }.get(kind, kind.replace("_", " "))


def check_bound(kind: str, bound: float) -> str:
    """Write what a check of the gate asks for."""
    return {
        "change": f"drop of at most {score(bound)}",
        "images": f"at least {bound:,.0f} images",
        "gap_over_blind_floors": f"at least {score(bound)}",
        "excess": f"lower end at least {score(bound)}",
        "excess_within_source": f"lower end at least {score(bound)}",
        "interval": f"at most {score(bound)} wide",
    }.get(kind, f"at least {score(bound)}")


def check_value(kind: str, value: float | None) -> str:
    """Write what a check of the gate found."""
    if value is None:
        return "undefined"
    return f"{value:,.0f}" if kind == "images" else score(value)
