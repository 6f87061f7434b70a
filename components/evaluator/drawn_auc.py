"""The exact area under the ROC curve for all draws of a bootstrap at once."""

import numpy as np
import numpy.typing as npt

from components.evaluator.drawn_counts import share

# So many images times draws at once stay in the processor's cache, which takes half the time of all draws at once.
_CHUNK_CELLS = 120_000

Floats = npt.NDArray[np.float64]


def drawn_auc(scores: Floats, positive: npt.NDArray[np.bool_], index: npt.NDArray[np.int64], counts: npt.NDArray[np.float32]) -> Floats:
    """Compute the AUC of each draw; `ordered_pairs` over the number of pairs.

    Args:
      scores: float64 [n].
      positive: bool [n].
      index: int64 [n], the row of `counts` of each image.
      counts: float32 [groups, draws], how often each group was drawn.
    Returns:
      float64 [draws] in [0, 1]; NaN where a draw has no positive or no negative.
    """
    return share(*ordered_pairs(scores, positive, index, counts))


def ordered_pairs(
    scores: Floats, positive: npt.NDArray[np.bool_], index: npt.NDArray[np.int64], counts: npt.NDArray[np.float32]
) -> tuple[Floats, Floats]:
    """Count the pairs of a positive and a negative in which the positive scores higher, ties as half (Mann and Whitney 1947).

    The images are sorted once; a draw only changes how often each of them counts.

    Args:
      scores: float64 [n].
      positive: bool [n].
      index: int64 [n], the row of `counts` of each image.
      counts: float32 [groups, draws], how often each group was drawn.
    Returns:
      float64 [draws], [draws]: ordered pairs, and pairs in all.
    """
    few, many = np.flatnonzero(positive), np.flatnonzero(~positive)
    swapped = len(few) > len(many)
    if swapped:
        # Summing up the many and looking up the few is cheaper than the reverse; the areas of both add up to the pairs.
        few, many = many, few
    few, many = few[np.argsort(scores[few], kind="stable")], many[np.argsort(scores[many], kind="stable")]
    below = np.searchsorted(scores[many], scores[few], side="left")
    not_above = np.searchsorted(scores[many], scores[few], side="right")
    ties = bool((below != not_above).any())
    ordered, pairs = np.zeros(counts.shape[1]), np.zeros(counts.shape[1])
    step = max(32, _CHUNK_CELLS // len(scores)) if len(scores) else 1
    for start in range(0, counts.shape[1], step):
        part = counts[:, start : start + step]
        drawn = part[index[few]].astype(np.float64)
        heap = np.zeros((len(many) + 1, part.shape[1]))
        np.cumsum(part[index[many]], axis=0, out=heap[1:])
        lower = heap[below]
        if ties:
            lower += heap[not_above]
            lower /= 2
        ordered[start : start + step] = np.einsum("id,id->d", drawn, lower)
        pairs[start : start + step] = drawn.sum(axis=0) * heap[-1]
    return (pairs - ordered if swapped else ordered), pairs
