"""Intervals of metrics by a bootstrap over patients. Pure numpy, for a notebook as well as for the pipeline.

Images of one patient are not independent, so whole groups are drawn with replacement and every image of a drawn group comes
along (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapters 6 and 13; for clusters Field and Welsh 2007,
J. R. Statist. Soc. B 69:369-390). All metrics and all slices read one set of draws, and differences of them are paired for free.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from components.evaluator.drawn_counts import Confusion
from components.evaluator.drawn_ranking import drawn_ranking
from components.evaluator.exact_bounds import clopper_pearson, flawless

LEVEL = 0.95
# Below this number of groups a percentile interval is too narrow to be shown.
LEAST_GROUPS = 10
# Above this share of draws without a value what is left of them no longer stands for the data.
MOST_UNDEFINED = 0.05
NO_SPREAD = "the same in every draw; exact bound"
NEAR_END = "few errors or few patients; widened to an exact bound"
NO_BOUND = "the same in every draw"
# Below this number of patients that are right, or that are wrong, the draws of a share are too few values for an interval.
FEW_PATIENTS = 10

# What a metric is where it comes near 0 or 1: a share of images; a score that is 1 only where every image (or pair) is right and 0 only
# where every one is wrong, such as an AUC; the F1, which is such a score of another scale; or anything else.
Kind = Literal["share", "score", "f1", "other"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Resampling:
    """The draws, as how often each group was drawn.

    Attributes:
      index: int64 [n], the row of `counts` that holds an image's group.
      counts: float32 [groups, 1 + draws], whole numbers; column 0 is the data as they are, all ones.
    """

    index: Integers
    counts: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sampled:
    """One metric over all draws.

    Attributes:
      values: float64 [1 + draws]; the first is that of the data as they are, NaN where a draw leaves the metric undefined.
      groups: groups of the class of which there are fewest, among those that the metric needs.
      kind: decides the interval near 0 and 1, see `interval_of_share`.
      trials: groups that must all be right where the metric is 1, and all be wrong where it is 0; None where these are `groups`.
    """

    values: Floats
    groups: int
    kind: Kind = "other"
    trials: int | None = None


@dataclass(frozen=True)
class Interval:
    """A metric with its interval.

    Attributes:
      value: on the data as they are; None where it is undefined.
      low: lower end of the 95 % interval; None where there is none, and `why_none` says why.
      high: upper end.
      groups: as in `Sampled`.
      undefined: share of the draws without a value, [0, 1]; they are left out.
      why_none: empty where there is an interval.
      note: how the interval came about where it is not that of the draws; else empty.
    """

    value: float | None
    low: float | None
    high: float | None
    groups: int
    undefined: float
    why_none: str = ""
    note: str = ""


def resample(group: npt.ArrayLike, draws: int = 1000, seed: int = 0) -> Resampling:
    """Draw as many groups as there are, with replacement.

    Args:
      group: [n], the group of each image, of any type that sorts.
      draws: number of draws.
      seed: decides the draws, together with the sorted groups.
    """
    names, index = np.unique(np.asarray(group), return_inverse=True)
    generator = np.random.default_rng(seed)
    counts = np.ones((1 + draws, len(names)), np.float32)
    for draw in counts[1:]:
        draw[:] = np.bincount(generator.integers(0, len(names), len(names)), minlength=len(names))
    # Rows are gathered by image, so an image's counts lie together.
    return Resampling(index.astype(np.int64), np.ascontiguousarray(counts.T))


def bootstrap(
    label_index: npt.ArrayLike, probabilities: npt.ArrayLike, group: npt.ArrayLike, draws: int = 1000, seed: int = 0
) -> dict[str, Sampled]:
    """Draw groups and measure everything in each draw; `measure` does the same for slices of one set of draws.

    Args:
      label_index: int [n], the true class.
      probabilities: float [n, classes].
      group: [n], the patient, or whatever else is drawn as one.
      draws: number of draws.
      seed: decides the draws.
    Returns:
      Metric to its values, named as `measure` does; the classes are "0", "1", ...
    """
    scores = np.asarray(probabilities, np.float64)
    return measure(label_index, scores, [str(index) for index in range(scores.shape[1])], resample(group, draws, seed))


def measure(
    label_index: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    classes: Sequence[str],
    resampling: Resampling,
    where: npt.NDArray[np.bool_] | None = None,
) -> dict[str, Sampled]:
    """Compute every metric for all draws at once.

    Args:
      label_index: int [n], the true class.
      probabilities: float [n, classes]; the answer is the largest, the first of equal ones.
      classes: their names.
      resampling: the draws of these n images.
      where: bool [n], the images of a slice; by default all.
    Returns:
      "accuracy", "macro_recall", "macro_f1", "macro_auc", and by class "recall/covid19", "precision/", "specificity/", "f1/",
      "auc/" (against the rest), "average_precision/"; and "confusion/normal/covid19", the share of the images of the first class
      that are answered with the second. Macro metrics are means over the classes that the images hold. With fewer than two of them the
      macro metrics, precision and F1 are undefined: they would only repeat that there is one class.
    """
    labels, scores, index = np.asarray(label_index, np.int64), np.asarray(probabilities, np.float64), resampling.index
    if where is not None:
        labels, scores, index = labels[where], scores[where], index[where]
    answers = scores.argmax(axis=1)
    confusion = Confusion.count(labels, answers, index, resampling.counts, len(classes))
    held, group = np.unique(index * len(classes) + labels), np.unique(index)
    everyone, several = len(group), np.bincount(np.searchsorted(group, held // len(classes))) > 1
    holders = np.bincount(held % len(classes), minlength=len(classes)).tolist()
    alone = held[~several[np.searchsorted(group, held // len(classes))]]
    only = np.bincount(alone % len(classes), minlength=len(classes)).tolist()
    present = [place for place, groups in enumerate(holders) if groups]
    scarcest = min((holders[place] for place in present), default=0)

    result = {"accuracy": Sampled(confusion.accuracy(), everyone, "share")}
    recalls = [confusion.recall(place) for place in range(len(classes))]
    nothing = np.full(resampling.counts.shape[1], np.nan)
    f1s = [confusion.f1(place) if len(present) > 1 else nothing for place in range(len(classes))]
    rankings = [drawn_ranking(scores[:, place], labels == place, index, resampling.counts) for place in range(len(classes))]
    areas = [ranking.auc for ranking in rankings]
    # If the recalls of c classes average to 1 - d, n patients of each alone are all right in at most (1 - d)^(c n) of the cases (Jensen).
    trials = {"recall": max(scarcest, len(present) * min((only[place] for place in present), default=0))}
    kinds: tuple[tuple[str, list[Floats], Kind], ...] = (("recall", recalls, "score"), ("f1", f1s, "f1"), ("auc", areas, "score"))
    for name, by_class, kind in kinds:
        macro = _macro([by_class[place] for place in present], nothing)
        result[f"macro_{name}"] = Sampled(macro, scarcest, kind, trials.get(name))
    for place, name in enumerate(classes):
        rest = len(np.unique(index[labels != place]))
        result[f"recall/{name}"] = Sampled(recalls[place], holders[place], "share")
        precision = confusion.precision(place) if len(present) > 1 else nothing
        result[f"precision/{name}"] = Sampled(precision, len(np.unique(index[answers == place])), "share")
        result[f"specificity/{name}"] = Sampled(confusion.specificity(place), rest, "share")
        result[f"f1/{name}"] = Sampled(f1s[place], holders[place], "f1")
        result[f"auc/{name}"] = Sampled(areas[place], min(holders[place], rest), "score")
        result[f"average_precision/{name}"] = Sampled(rankings[place].average_precision, min(holders[place], rest))
        for other, answer in enumerate(classes):
            result[f"confusion/{name}/{answer}"] = Sampled(confusion.answered(place, other), holders[place], "share")
    return result


def interval(sampled: Sampled, level: float = LEVEL) -> Interval:
    """Take the percentile interval (Efron and Tibshirani 1993, section 13.3), or say why there is none.

    Args:
      sampled: a metric over all draws.
      level: share of the draws inside, (0, 1).
    """
    first, drawn = float(sampled.values[0]), sampled.values[1:]
    defined = drawn[~np.isnan(drawn)]
    undefined = (len(drawn) - len(defined)) / len(drawn) if len(drawn) else 0.0
    if np.isnan(first):
        return Interval(None, None, None, sampled.groups, undefined, "undefined on these images")
    why = ""
    if sampled.groups < LEAST_GROUPS:
        why = f"fewer than {LEAST_GROUPS} patients"
    elif not len(defined):
        why = "no draws"
    elif undefined > MOST_UNDEFINED:
        why = f"undefined in {100 * undefined:.0f} % of the draws"
    if why:
        return Interval(first, None, None, sampled.groups, undefined, why)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(first, float(low), float(high), sampled.groups, undefined)


def interval_of_share(sampled: Sampled, level: float = LEVEL) -> Interval:
    """Take the interval of a metric that may come near 0 or 1, where draws of patients say too little; a difference of two has no such end.

    Drawn again, patients without an error stay without one, though the next might have one, and few errors make few different draws.

    - A share of images of which fewer than `FEW_PATIENTS` patients' worth are wrong, or right: the wider of the draws and the exact bound
      of Clopper and Pearson for as many patients.
    - A score: it never reaches less far than the exact bound of a flawless one, of 1 or of 0, on as many patients. For an AUC of
      1 - d, disjoint pairs of a patient of either class, of which there are as many as patients of the scarcer, are all in order in at
      most (1 - d)^n of the cases. An F1 is 2 j / (1 + j), with j the share of right ones among the images of the class or called so.
    - Anything else has no such bound: where it is the same in every draw it has no interval.

    So the lower end of a flawless figure is never below that of one with an error on the same images.

    Args:
      sampled: a metric over all draws; in [0, 1] unless its kind is "other".
      level: share of the draws inside, (0, 1).
    """
    found = interval(sampled, level)
    if found.value is None or found.low is None or found.high is None:
        return found
    spread = not found.low == found.high == found.value
    if sampled.kind == "other":
        return found if spread else replace(found, low=None, high=None, why_none=NO_BOUND)
    exact = _exact(sampled, found.value, level)
    low, high = min(found.low, exact[0]), max(found.high, exact[1])
    if (low, high) == (found.low, found.high):
        return found
    return replace(found, low=low, high=high, note=NEAR_END if spread else NO_SPREAD)


def _exact(sampled: Sampled, value: float, level: float) -> tuple[float, float]:
    """Give how far the interval must reach at least, (1, 0) where that is nowhere."""
    if sampled.kind == "share":
        few = sampled.groups * min(value, 1 - value) < FEW_PATIENTS
        return clopper_pearson(value, sampled.groups, level) if few else (1.0, 0.0)
    least = flawless(sampled.trials or sampled.groups, level)
    if sampled.kind == "f1":
        return 2 * least / (1 + least), 2 * (1 - least) / (2 - least)
    return least, 1 - least


def _macro(by_class: Sequence[Floats], nothing: Floats) -> Floats:
    # A draw that lost a class has no macro figure: the mean of the others would be another figure.
    return nothing if len(by_class) < 2 else np.asarray(np.mean(np.stack(by_class), axis=0))
