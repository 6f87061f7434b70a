"""The AUC within parts of the images: sources, or the folds of several networks, whose scores have no common scale."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.evaluator.drawn_counts import share
from components.evaluator.drawn_ranking import drawn_ranking
from components.evaluator.exact_bounds import count_patients
from components.evaluator.intervals import Resampling, Sampled, on_patients

Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class AucWithin:
    """The AUC inside the parts that hold both sides.

    Attributes:
      pooled: over those parts. Its groups are the least, over the parts, of the groups of the scarcer side divided by the part's share of
        the pairs, rounded down: the sum over parts where each part's pairs are in proportion to them, fewer where one part has most pairs
        and few groups. See `_as_weighed`.
      by_part: part to its own.
    """

    pooled: Sampled
    by_part: dict[int, Sampled]


def auc_within(
    scores: npt.NDArray[np.float64], positive: Bools, part: Integers, inside: Bools, resampling: Resampling, least: int = 1
) -> AucWithin | None:
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
      least: images of each side that a part must hold to take part.
    Returns:
      The AUCs over all draws; None where no part holds so many of both.
    """
    held = inside & holding_both(positive, part, inside, least)
    if not held.any():
        return None
    ordered, pairs = np.zeros(resampling.counts.shape[1]), np.zeros(resampling.counts.shape[1])
    by_part, weights = {}, {}
    for name in np.unique(part[held]):
        here = held & (part == name)
        its = drawn_ranking(scores[here], positive[here], resampling.index[here], resampling.counts, precision=False)
        by_part[int(name)] = on_patients(
            its.auc, "score", *(count_patients(resampling.index[here & side]) for side in (positive, ~positive))
        )
        ordered += its.ordered
        pairs += its.pairs
        weights[int(name)] = float(its.pairs[0])
    # Whole numbers, as long as rounding does not take one off.
    groups = math.floor(_as_weighed({name: its.groups for name, its in by_part.items()}, weights) + 1e-9)
    trials = _as_weighed({name: its.trials or its.groups for name, its in by_part.items()}, weights)
    return AucWithin(Sampled(share(ordered, pairs), groups, "score", trials), by_part)


def holding_both(positive: Bools, part: Integers, inside: Bools, least: int = 1) -> Bools:
    """Mark the images of the parts that hold at least so many positives and as many negatives among those inside: bool [n]."""
    ones, others = (_names_held(part[inside & side], least) for side in (positive, ~positive))
    return np.asarray(np.isin(part, np.intersect1d(ones, others)), np.bool_)


def _names_held(part: Integers, least: int) -> Integers:
    names, images = np.unique(part, return_counts=True)
    return np.asarray(names[images >= least])


def _as_weighed(groups: Mapping[int, float], pairs: Mapping[int, float]) -> float:
    """Count the groups that the pooled AUC stands on, out of those of each part.

    In a part of AUC a, n disjoint pairs are all in order in at most a^n of the cases. Let the parts' AUCs, weighed by their shares w of the
    pairs, have the mean 1 - d. If every part holds at least m w disjoint pairs, all of them are in order in at most (1 - d)^m of the cases
    (inequality of the weighted means). So m, the least n / w, takes the place of the groups of one AUC; their sum would be more than that
    where a small part, whose AUC hardly counts, brings most of the groups.
    """
    whole = sum(pairs.values())
    return min(groups[part] * whole / pairs[part] for part in pairs)
