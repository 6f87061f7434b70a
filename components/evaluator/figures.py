"""Figures out of draws: a value, its interval, and words where either is missing."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from components.evaluator.assessment import Figure
from components.evaluator.intervals import Resampling, Sampled, interval_of_share
from components.evaluator.slices import why_undefined


def figure(sampled: Sampled, why: str) -> Figure:
    """Take the interval of a metric over all draws.

    Args:
      sampled: the metric.
      why: in a few words, the reason if it is undefined on the images as they are, such as "one class".
    """
    found = interval_of_share(sampled)
    if found.value is None:
        return missing(why)
    return Figure(value=found.value, low=found.low, high=found.high, note=found.why_none or found.note)


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
