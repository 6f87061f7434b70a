"""Two models side by side on the same images: the difference of every metric on every slice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy.typing as npt

from components.evaluator.intervals import Resampling, Sampled, measure
from components.evaluator.paired import Difference, holm, paired_difference
from components.evaluator.slicing import Slice

_SHARES = "confusion/"


@dataclass(frozen=True)
class SliceDifference:
    """One metric of two models on one slice.

    Attributes:
      slice: feature to value; empty for all images.
      metric: as `components.evaluator.intervals.measure` names it.
      first: of the first model; None where it is undefined.
      second: of the second.
      difference: the first less the second, with interval and p.
      corrected_p: p corrected by Holm for all slices of this metric; None where there is no p.
    """

    slice: dict[str, str]
    metric: str
    first: float | None
    second: float | None
    difference: Difference
    corrected_p: float | None


def compare_slices(
    label_index: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    classes: Sequence[str],
    resampling: Resampling,
    slices: Sequence[Slice],
    metrics: Sequence[str] | None = None,
) -> list[SliceDifference]:
    """Compare two models over one set of draws.

    Args:
      label_index: int [n], the true class.
      first: float [n, classes], probabilities of one model.
      second: float [n, classes], those of the other, of the same images in the same order.
      classes: their names.
      resampling: the draws of these n images.
      slices: of these n images.
      metrics: which ones; all but the cells of the confusion matrix by default.
    Returns:
      By metric, then by slice in the order given.
    """
    both = [[measure(label_index, probabilities, classes, resampling, part.mask) for part in slices] for probabilities in (first, second)]
    names = metrics if metrics is not None else [name for name in both[0][0] if not name.startswith(_SHARES)] if slices else []
    result = []
    for name in names:
        pairs = [(one[name], other[name]) for one, other in zip(*both, strict=True)]
        differences = [paired_difference([one], [other]) for one, other in pairs]
        corrected = holm([difference.p for difference in differences])
        result += [
            SliceDifference(part.where, name, _value(one), _value(other), difference, p)
            for part, (one, other), difference, p in zip(slices, pairs, differences, corrected, strict=True)
        ]
    return result


def _value(sampled: Sampled) -> float | None:
    value = float(sampled.values[0])
    return None if value != value else value
