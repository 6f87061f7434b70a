"""Thresholds for a wanted sensitivity or specificity: chosen on eval, applied to test; predictive values at a given prevalence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from components.evaluator.assessment import Figure, OperatingPoint
from components.evaluator.config import OperatingPointConfig
from components.evaluator.drawn_counts import share
from components.evaluator.figures import figure, missing
from components.evaluator.intervals import NEAR_END, NO_SPREAD, Resampling, Sampled, sampled_share

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# A share times a number of images may miss the whole number by rounding.
_ROUNDING = 1e-9
_NO_ENDS = "sensitivity or specificity has no interval"
_OF_ENDS = "of the ends of sensitivity and specificity"


@dataclass(frozen=True)
class Judged:
    """Images of a split: label_index int64 [n], probabilities float32 [n, classes]."""

    label_index: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]


@dataclass(frozen=True)
class ChosenPoint:
    """A threshold as it was chosen.

    Attributes:
      label: the class.
      aim: "sensitivity" or "specificity".
      wanted: how much of it.
      threshold: None where there is none, and `why` says why.
      on_eval: sensitivity and specificity that were attained there.
    """

    label: str
    aim: Literal["sensitivity", "specificity"]
    wanted: float
    threshold: float | None
    on_eval: dict[str, float]
    why: str = ""


def choose_operating_point(point: OperatingPointConfig, classes: Sequence[str], chosen_on: Judged) -> ChosenPoint:
    """Choose the threshold.

    Args:
      point: what is wanted.
      classes: names in the order of the probabilities.
      chosen_on: the eval split.
    """
    place = classes.index(point.label)
    known, scores = chosen_on.label_index == place, chosen_on.probabilities[:, place].astype(np.float64)
    threshold = choose_threshold(scores, known, *point.aim)
    if threshold is None:
        why = f"eval holds no {point.label} image" if not known.any() else f"eval holds {point.label} images alone"
        return ChosenPoint(point.label, *point.aim, threshold=None, on_eval={}, why=why)
    called = scores >= threshold
    attained = {"sensitivity": float(called[known].mean()), "specificity": float((~called[~known]).mean())}
    return ChosenPoint(point.label, *point.aim, threshold=threshold, on_eval=attained)


def apply_operating_point(
    chosen: ChosenPoint, classes: Sequence[str], prevalence: float | None, applied_to: Judged, resampling: Resampling
) -> OperatingPoint:
    """Judge a threshold on images that did not choose it.

    Args:
      chosen: the threshold.
      classes: names in the order of the probabilities.
      prevalence: of the class where the model would be used, (0, 1).
      applied_to: the test split.
      resampling: draws of the test images.
    """
    place = classes.index(chosen.label)
    found = [missing(chosen.why)] * 4
    if chosen.threshold is not None:
        answered = applied_to.probabilities[:, place].astype(np.float64) >= chosen.threshold
        found = _on_test(answered, applied_to.label_index == place, chosen.label, prevalence, resampling)
    return OperatingPoint(
        label=chosen.label,
        aim=chosen.aim,
        wanted=chosen.wanted,
        threshold=chosen.threshold,
        on_eval=chosen.on_eval,
        sensitivity=found[0],
        specificity=found[1],
        prevalence=prevalence,
        positive_predictive_value=found[2],
        negative_predictive_value=found[3],
    )


def choose_threshold(scores: Floats, positive: Flags, aim: str, wanted: float) -> float | None:
    """Choose the threshold that gives what is wanted and as much as it can of the other.

    Args:
      scores: float64 [n], probabilities of the class.
      positive: bool [n].
      aim: "sensitivity" or "specificity", of calling the images whose score is at least the threshold.
      wanted: how much of it, (0, 1].
    Returns:
      For a sensitivity the largest such threshold, for a specificity the smallest; None without a positive or a negative.
    """
    if positive.all() or not positive.any():
        return None
    if aim == "sensitivity":
        downwards = -np.sort(-scores[positive])
        return float(downwards[_count(wanted, len(downwards)) - 1])
    upwards = np.sort(scores[~positive])
    return float(np.nextafter(upwards[_count(wanted, len(upwards)) - 1], np.inf))


def predictive_values(sensitivity: Floats, specificity: Floats, prevalence: float) -> tuple[Floats, Floats]:
    """Compute the predictive values at a prevalence, by Bayes (Altman and Bland 1994, BMJ 309:102).

    Args:
      sensitivity: float64 [draws].
      specificity: float64 [draws].
      prevalence: share of the class, (0, 1).
    Returns:
      Positive and negative predictive value, float64 [draws]; NaN where nobody would be called so.
    """
    caught, missed = prevalence * sensitivity, prevalence * (1 - sensitivity)
    spared, alarmed = (1 - prevalence) * specificity, (1 - prevalence) * (1 - specificity)
    return share(caught, caught + alarmed), share(spared, spared + missed)


def _on_test(answered: Flags, positive: Flags, label: str, prevalence: float | None, resampling: Resampling) -> list[Figure]:
    sensitivity, specificity = _share(answered, positive, resampling), _share(~answered, ~positive, resampling)
    both = [figure(sensitivity, f"no {label} image"), figure(specificity, "one class")]
    if prevalence is None:
        return [*both, *[missing("no prevalence given")] * 2]
    one_class = positive.all() or not positive.any()
    reasons = ["one class"] * 2 if one_class else ["no image called positive", "no image called negative"]
    groups = min(sensitivity.groups, specificity.groups)
    values = predictive_values(sensitivity.values, specificity.values, prevalence)
    predictive = [figure(Sampled(value, groups), why) for value, why in zip(values, reasons, strict=True)]
    if any(each.note in (NEAR_END, NO_SPREAD) for each in both):
        predictive = _between(predictive, both[0], both[1], prevalence)
    return both + [_withheld(each) if each.value in (0, 1) and each.low is None else each for each in predictive]


def _withheld(figure: Figure) -> Figure:
    """Withhold a certainty that stands on no interval: that no image was called wrongly makes no call certain."""
    return missing(f"{figure.value:.0f} on these images alone: {figure.note}")


def _between(predictive: list[Figure], sensitivity: Figure, specificity: Figure, prevalence: float) -> list[Figure]:
    """Replace intervals of draws that say too little of an end; both predictive values grow with sensitivity and with specificity."""
    if sensitivity.low is None or specificity.low is None:
        return [each.model_copy(update={"low": None, "high": None, "note": each.note or _NO_ENDS}) for each in predictive]
    first, second = (np.array([each.low, each.high], np.float64) for each in (sensitivity, specificity))
    ends = predictive_values(first, second, prevalence)
    return [
        each if each.value is None else Figure(value=each.value, low=float(low), high=float(high), note=_OF_ENDS)
        for each, (low, high) in zip(predictive, ends, strict=True)
    ]


def _count(wanted: float, images: int) -> int:
    return max(1, math.ceil(wanted * images - _ROUNDING))


def _share(holds: Flags, inside: Flags, resampling: Resampling) -> Sampled:
    return sampled_share(holds[inside], resampling.index[inside], resampling)
