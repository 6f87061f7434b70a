"""Figures out of draws: a value, its interval, and words where either is missing."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from components.evaluator.assessment import Figure
from components.evaluator.intervals import LEVEL, Resampling, Sampled, interval
from components.evaluator.slices import why_undefined

NO_SPREAD = "the same in every draw; exact bound"


def figure(sampled: Sampled, why: str) -> Figure:
    """Take the interval of a metric over all draws.

    Args:
      sampled: the metric.
      why: in a few words, the reason if it is undefined on the images as they are, such as "one class".
    Returns:
      The figure. Where it is 0 or 1 in every draw, the draws say nothing of how far off it may be, and the exact bound of
      Clopper and Pearson (1934, Biometrika 26:404-413) for as many patients takes their place. That bound holds for a share of
      images, since a patient's images are all right at most as often as each, and for an AUC, of which disjoint pairs are such
      a share.
    """
    found = interval(sampled)
    if found.value is None:
        return missing(why)
    if found.low == found.high == found.value and found.value in (0, 1):
        slack = 1 - ((1 - LEVEL) / 2) ** (1 / found.groups)
        low, high = (1 - slack, 1.0) if found.value else (0.0, slack)
        return Figure(value=found.value, low=low, high=high, note=NO_SPREAD)
    return Figure(value=found.value, low=found.low, high=found.high, note=found.why_none)


def missing(why: str) -> Figure:
    """Say why there is no value."""
    return Figure(value=None, low=None, high=None, note=f"n/a ({why})")


def figures(measured: Mapping[str, Sampled], class_counts: Mapping[str, int]) -> dict[str, Figure]:
    """Take the intervals of the metrics of one slice, as `components.evaluator.intervals.measure` names them."""
    return {name: figure(sampled, why_undefined(name, class_counts)) for name, sampled in measured.items()}


def weighted(values: npt.NDArray[np.float64], index: npt.NDArray[np.int64], resampling: Resampling) -> npt.NDArray[np.float64]:
    """Sum something of the images in each draw.

    Args:
      values: float64 [k, n], k quantities of the images.
      index: int64 [n], the row of `resampling.counts` of each image.
      resampling: the draws.
    Returns:
      float64 [k, draws].
    """
    size = len(resampling.counts)
    by_group = np.stack([np.bincount(index, row, size) for row in values])
    used = np.unique(index)
    return np.asarray(by_group[:, used] @ resampling.counts[used].astype(np.float64))
