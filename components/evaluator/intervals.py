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

from components.evaluator.drawn_counts import Confusion, drawn_share
from components.evaluator.drawn_ranking import drawn_ranking
from components.evaluator.exact_bounds import Patients, clopper_pearson, count_patients, flawless

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
      trials: groups on which the exact bound stands, by their effective number (`exact_bounds.count_patients`): they must all be right
        where the metric is 1, and all be wrong where it is 0. None where these are `groups`, all of one size.
    """

    values: Floats
    groups: int
    kind: Kind = "other"
    trials: float | None = None


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

    @property
    def one_point(self) -> bool:
        """Whether both ends are one value: draws that all agree say nothing of how far off it may be."""
        return self.low is not None and self.low == self.high


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
    places = range(len(classes))
    holders = [count_patients(index[labels == place]) for place in places]
    present = [place for place in places if holders[place].number]
    alone = _of_one_class(labels, index)
    only = min((count_patients(index[alone & (labels == place)]).effective for place in present), default=0.0)

    result = {"accuracy": on_patients(confusion.accuracy(), "share", count_patients(index))}
    recalls = [confusion.recall(place) for place in places]
    nothing = np.full(resampling.counts.shape[1], np.nan)
    f1s = [confusion.f1(place) if len(present) > 1 else nothing for place in places]
    rankings = [drawn_ranking(scores[:, place], labels == place, index, resampling.counts) for place in places]
    areas = [ranking.auc for ranking in rankings]
    kinds: tuple[tuple[str, list[Floats], Kind], ...] = (("recall", recalls, "score"), ("f1", f1s, "f1"), ("auc", areas, "score"))
    for name, by_class, kind in kinds:
        macro = _macro([by_class[place] for place in present], nothing)
        result[f"macro_{name}"] = on_patients(macro, kind, *(holders[place] for place in present))
    # If the recalls of c classes average to 1 - d, n patients of each alone are all right in at most (1 - d)^(c n) of the cases (Jensen).
    recall = result["macro_recall"]
    result["macro_recall"] = replace(recall, trials=max(recall.trials or 0.0, len(present) * only))
    for place, name in enumerate(classes):
        rest, called = count_patients(index[labels != place]), count_patients(index[answers == place])
        result[f"recall/{name}"] = on_patients(recalls[place], "share", holders[place])
        result[f"precision/{name}"] = on_patients(confusion.precision(place) if len(present) > 1 else nothing, "share", called)
        result[f"specificity/{name}"] = on_patients(confusion.specificity(place), "share", rest)
        result[f"f1/{name}"] = on_patients(f1s[place], "f1", holders[place])
        result[f"auc/{name}"] = on_patients(areas[place], "score", holders[place], rest)
        result[f"average_precision/{name}"] = on_patients(rankings[place].average_precision, "other", holders[place], rest)
        for other, answer in enumerate(classes):
            result[f"confusion/{name}/{answer}"] = on_patients(confusion.answered(place, other), "share", holders[place])
    return result


def on_patients(values: Floats, kind: Kind, *patients: Patients) -> Sampled:
    """Put values together with the patients that they need: of several sides, the fewest.

    Args:
      values: float64 [1 + draws].
      kind: of the metric.
      patients: those of each side, as `exact_bounds.count_patients` counts them.
    """
    fewest = Patients(*(min(numbers) for numbers in zip(*patients, strict=True))) if patients else Patients(0, 0.0)
    return Sampled(values, fewest.number, kind, fewest.effective)


def sampled_share(holds: npt.NDArray[np.bool_], index: Integers, resampling: Resampling) -> Sampled:
    """Compute the share of images of which something holds, over all draws.

    Args:
      holds: bool [n].
      index: int64 [n], the row of `resampling.counts` of each image.
      resampling: the draws.
    """
    return on_patients(drawn_share(holds, index, resampling.counts), "share", count_patients(index))


def mean_of(metrics: Sequence[Sampled]) -> Sampled:
    """Average metrics of one kind over the same draws; the mean has the fewest groups and trials of them.

    Args:
      metrics: at least one.
    """
    trials = min((sampled.trials for sampled in metrics if sampled.trials is not None), default=None)
    values = np.stack([sampled.values for sampled in metrics]).mean(axis=0)
    return Sampled(values, min(sampled.groups for sampled in metrics), metrics[0].kind, trials)


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
      of Clopper and Pearson for the effective number of patients.
    - A score: it never reaches less far than the exact bound of a flawless one, of 1 or of 0, on as many patients. For an AUC of
      1 - d, disjoint pairs of a patient of either class, of which there are as many as patients of the scarcer, are all in order in at
      most (1 - d)^n of the cases. An F1 is 2 j / (1 + j), with j the share of right ones among the images of the class or called so.
    - A share or a score between 0 and 1 that is the same in every draw: a share as one of few wrong ones; a score as far to both sides as
      a flawless one to its side, since n patients (or pairs) who are all worth v had the mean v - d, or v + d, in at most (1 - d)^n of the
      cases.
    - Anything else has no such bound: where it is the same in every draw it has no interval.

    So the lower end of a flawless figure is never below that of one with an error on the same images.

    Args:
      sampled: a metric over all draws; in [0, 1] unless its kind is "other".
      level: share of the draws inside, (0, 1).
    """
    found = interval(sampled, level)
    if found.value is None or found.low is None or found.high is None:
        return found
    if sampled.kind == "other":
        return replace(found, low=None, high=None, why_none=NO_BOUND) if found.one_point else found
    exact = _exact(sampled, found.value, found.one_point, level)
    low, high = min(found.low, exact[0]), max(found.high, exact[1])
    if (low, high) == (found.low, found.high):
        return found
    return replace(found, low=low, high=high, note=NO_SPREAD if found.one_point else NEAR_END)


def _exact(sampled: Sampled, value: float, one_point: bool, level: float) -> tuple[float, float]:
    """Give how far the interval must reach at least, (1, 0) where that is nowhere."""
    patients = sampled.trials or sampled.groups
    if sampled.kind == "share":
        few = one_point or patients * min(value, 1 - value) < FEW_PATIENTS
        return clopper_pearson(value, patients, level) if few else (1.0, 0.0)
    reach = 1 - flawless(patients, level)
    if sampled.kind == "f1":
        value = value / (2 - value)
    low, high = (max(0.0, value - reach), min(1.0, value + reach)) if one_point else (1 - reach, reach)
    return (2 * low / (1 + low), 2 * high / (1 + high)) if sampled.kind == "f1" else (low, high)


def _of_one_class(labels: Integers, index: Integers) -> npt.NDArray[np.bool_]:
    """Mark the images of patients whose images are all of one class: bool [n]."""
    held = np.unique(np.stack([index, labels]), axis=1)[0]
    patients, classes = np.unique(held, return_counts=True)
    return np.isin(index, patients[classes == 1])


def _macro(by_class: Sequence[Floats], nothing: Floats) -> Floats:
    # A draw that lost a class has no macro figure: the mean of the others would be another figure.
    return nothing if len(by_class) < 2 else np.asarray(np.mean(np.stack(by_class), axis=0))
