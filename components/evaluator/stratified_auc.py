"""The AUC of two classes within sources: what of it is left when the source cannot give the class away."""

import numpy as np
import numpy.typing as npt

from components.evaluator.auc_within import AucWithin, auc_within
from components.evaluator.intervals import Resampling
from components.evaluator.slices import NOT_IDENTIFIABLE as NOT_IDENTIFIABLE

Floats = npt.NDArray[np.float64]


def stratified_auc(
    label_index: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    pair: tuple[int, int],
    source: npt.ArrayLike,
    resampling: Resampling,
    least: int = 1,
) -> AucWithin | None:
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
      The AUCs over all draws, by source and pooled; None where no source holds both classes, and nothing can be said.
    """
    labels, sources = np.asarray(label_index, np.int64), np.asarray(source, np.int64)
    scores = pair_score(np.asarray(probabilities, np.float64), pair)
    return auc_within(scores, labels == pair[0], sources, np.isin(labels, pair), resampling, least)


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
