"""The AUC of two classes within sources: what of it is left when the source cannot give the class away."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.evaluator.drawn_counts import share
from components.evaluator.drawn_ranking import drawn_ranking
from components.evaluator.intervals import Resampling, Sampled
from components.evaluator.slices import NOT_IDENTIFIABLE as NOT_IDENTIFIABLE

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StratifiedAuc:
    """The AUC of two classes inside the sources that hold both.

    Attributes:
      pooled: over those sources; its groups are the sum of those of the sources, since pairs of two sources are not compared.
      by_source: source to its own.
    """

    pooled: Sampled
    by_source: dict[int, Sampled]


def stratified_auc(
    label_index: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    pair: tuple[int, int],
    source: npt.ArrayLike,
    resampling: Resampling,
    least: int = 1,
) -> StratifiedAuc | None:
    """Rank images only against images of the same source.

    Sources are pooled by their number of pairs: the figure is the share of all pairs of one source, one image of each class, in
    which the image of the first class scores higher, which is the AUC's own definition less the pairs that cross sources. Janes
    and Pepe (2009, Biometrika 96:371-382) weigh by the images of the first class instead; weights by pairs treat both alike.

    Args:
      label_index: int [n], the true class.
      probabilities: float [n, classes].
      pair: the two classes; the first is the one that should score higher.
      source: int [n].
      resampling: the draws of these n images.
      least: images of each class that a source must hold to take part.
    Returns:
      The AUCs over all draws; None where no source holds both classes, and nothing can be said.
    """
    labels, sources = np.asarray(label_index, np.int64), np.asarray(source, np.int64)
    scores = pair_score(np.asarray(probabilities, np.float64), pair)
    first, inside_any = labels == pair[0], identifiable(labels, pair, sources, least)
    ordered, pairs = np.zeros(resampling.counts.shape[1]), np.zeros(resampling.counts.shape[1])
    by_source = {}
    for name in np.unique(sources[inside_any]):
        inside = inside_any & (sources == name)
        its = drawn_ranking(scores[inside], first[inside], resampling.index[inside], resampling.counts)
        by_source[int(name)] = Sampled(its.auc, scarcer_groups(first[inside], resampling.index[inside]), "score")
        ordered += its.ordered
        pairs += its.pairs
    if not by_source:
        return None
    return StratifiedAuc(Sampled(share(ordered, pairs), sum(its.groups for its in by_source.values()), "score"), by_source)


def identifiable(
    labels: npt.NDArray[np.int64], pair: tuple[int, int], sources: npt.NDArray[np.int64], least: int = 1
) -> npt.NDArray[np.bool_]:
    """Mark the images of two classes at the sources that hold at least so many of each: bool [n]."""
    first, second = (_names_held(sources[labels == place], least) for place in pair)
    holders = np.intersect1d(first, second)
    return np.isin(labels, pair) & np.isin(sources, holders)


def pair_score(probabilities: Floats, pair: tuple[int, int]) -> Floats:
    """Score the first of two classes against the second alone: its share of their two probabilities, 0.5 where both are 0.

    Args:
      probabilities: float64 [n, classes], not negative.
      pair: the two classes.
    """
    first, second = probabilities[:, pair[0]], probabilities[:, pair[1]]
    result = np.full(len(first), 0.5)
    np.divide(first, first + second, out=result, where=first + second > 0)
    return result


def scarcer_groups(positive: npt.NDArray[np.bool_], index: npt.NDArray[np.int64]) -> int:
    """Count the groups of the side that has fewer."""
    return min(len(np.unique(index[positive])), len(np.unique(index[~positive])))


def _names_held(sources: npt.NDArray[np.int64], least: int) -> npt.NDArray[np.int64]:
    names, images = np.unique(sources, return_counts=True)
    return np.asarray(names[images >= least])
