"""Means over images or their segments, in every draw of patients."""

import numpy as np
import numpy.typing as npt

from components.evaluator.intervals import Floats, Integers, Resampling


def drawn_means(values: npt.ArrayLike, index: Integers, resampling: Resampling) -> Floats:
    """Take the mean of what comes along with the patients of each draw; clusters, vectors and random sets are held fixed.

    Args:
      values: float [n, d], one row an image or a segment.
      index: int64 [n], the row of `resampling.counts` that holds the patient of each.
      resampling: the draws.
    Returns:
      float64 [1 + draws, d], the first as the data are; NaN where a draw holds none of the rows.
    """
    rows, counts = np.asarray(values, np.float64), resampling.counts.astype(np.float64)
    totals = np.zeros((len(counts), rows.shape[1]))
    np.add.at(totals, index, rows)
    sizes = np.bincount(index, minlength=len(counts)) @ counts
    return np.divide(counts.T @ totals, sizes[:, None], out=np.full((len(sizes), rows.shape[1]), np.nan), where=sizes[:, None] > 0)
