"""The AUC within parts of the images whose scores have no common scale, such as the folds of several networks."""

import numpy as np
import numpy.typing as npt

from components.evaluator.drawn_counts import share
from components.evaluator.drawn_ranking import drawn_ranking
from components.evaluator.intervals import Resampling, Sampled
from components.evaluator.stratified_auc import scarcer_groups

Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


def auc_within(scores: npt.NDArray[np.float64], positive: Bools, part: Integers, inside: Bools, resampling: Resampling) -> Sampled | None:
    """Rank images only against images of the same part.

    It is the mean of the parts' AUCs, each weighed by its pairs: the share of the pairs of a positive and a negative of one part in which
    the positive scores higher. Over folds this is the AUC that a network of this kind has; to rank images of several networks
    together measures their common scale too (Forman and Scholz 2010, SIGKDD Explorations 12:49-57).

    Args:
      scores: float64 [n].
      positive: bool [n].
      part: int64 [n].
      inside: bool [n], the images that count.
      resampling: the draws of these n images.
    Returns:
      The AUC over all draws; None where no part holds a positive and a negative.
    """
    held = inside & holding_both(positive, part, inside)
    if not held.any():
        return None
    ordered, pairs = np.zeros(resampling.counts.shape[1]), np.zeros(resampling.counts.shape[1])
    groups = 0
    for name in np.unique(part[held]):
        here = held & (part == name)
        its = drawn_ranking(scores[here], positive[here], resampling.index[here], resampling.counts)
        ordered += its.ordered
        pairs += its.pairs
        groups += scarcer_groups(positive[here], resampling.index[here])
    return Sampled(share(ordered, pairs), groups, "score")


def holding_both(positive: Bools, part: Integers, inside: Bools) -> Bools:
    """Mark the images of the parts that hold a positive and a negative among those inside: bool [n]."""
    both = np.intersect1d(part[inside & positive], part[inside & ~positive])
    return np.asarray(np.isin(part, both), np.bool_)
