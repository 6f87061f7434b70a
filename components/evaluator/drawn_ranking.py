"""Metrics of a ranking, the exact AUC and the average precision, for all draws of a bootstrap at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.evaluator.drawn_counts import share

# Positives that are worked on at once: their rows of all draws stay in the processor's cache.
_BLOCK = 64

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DrawnRanking:
    """What a ranking comes to in each draw.

    Attributes:
      ordered: float64 [draws], pairs of a positive and a negative in which the positive scores higher, ties as half (Mann and
        Whitney 1947).
      pairs: float64 [draws], pairs in all.
      precisions: float64 [draws], the precision at each positive's own score, summed over the positives; NaN where it was not wanted.
      positives: float64 [draws], how many there are.
    All are 0 where the images are all positive or all negative.
    """

    ordered: Floats
    pairs: Floats
    precisions: Floats
    positives: Floats

    @property
    def auc(self) -> Floats:
        """float64 [draws] in [0, 1]; NaN where a draw has no positive or no negative."""
        return share(self.ordered, self.pairs)

    @property
    def average_precision(self) -> Floats:
        """float64 [draws] in [0, 1], without interpolation; NaN where a draw has no positive or no negative.

        Without a negative every ranking has 1, which says nothing.
        """
        return share(np.where(self.pairs > 0, self.precisions, 0), np.where(self.pairs > 0, self.positives, 0))


def drawn_ranking(
    scores: Floats, positive: npt.NDArray[np.bool_], index: Integers, counts: npt.NDArray[np.float32], precision: bool = True
) -> DrawnRanking:
    """Rank the images once; a draw only changes how often each of them counts.

    The images are walked through from the highest score down, and sums of rows of `counts` kept on the way: adding a row of
    all draws at once takes a sixth of the time of a cumulative sum over the whole table.

    Args:
      scores: float64 [n].
      positive: bool [n].
      index: int64 [n], the row of `counts` of each image.
      counts: float32 [groups, draws], how often each group was drawn; float32 adds whole numbers up to 16.7 million exactly.
      precision: whether the average precision is wanted beside the AUC; it takes about a third of the time.
    """
    draws = counts.shape[1]
    if positive.all() or not positive.any():
        return DrawnRanking(*np.zeros((4, draws)))
    ones, others = (places[np.argsort(-scores[places], kind="stable")] for places in (np.flatnonzero(positive), np.flatnonzero(~positive)))
    # Negatives above a score, and negatives and positives not below it, as positions in the two sorted lists.
    above = np.searchsorted(-scores[others], -scores[ones], side="left")
    not_below = np.searchsorted(-scores[others], -scores[ones], side="right")
    level = np.searchsorted(-scores[ones], -scores[ones], side="right")
    ties = bool((above != not_below).any())
    strict = _Heap(index[others], counts)
    wide = _Heap(index[others], counts) if ties else strict
    own = _Heap(index[ones], counts)
    beaten, precisions = np.zeros(draws), np.full(draws, 0.0 if precision else np.nan)
    rows = np.empty((3, _BLOCK, draws))
    for start in range(0, len(ones), _BLOCK):
        block = slice(start, min(start + _BLOCK, len(ones)))
        higher, answered, part = rows[:, : block.stop - start]
        weights = counts[index[ones[block]]].astype(np.float64)
        strict.fill(above[block], higher)
        if ties:
            wide.fill(not_below[block], part)
            beaten += np.einsum("id,id->d", weights, higher + part) / 2
        else:
            part = higher
            beaten += np.einsum("id,id->d", weights, higher)
        if precision:
            own.fill(level[block], answered)
            total = answered + part
            # A draw in which nobody down to here was drawn has no weight here either.
            np.divide(answered, total, out=answered, where=total > 0)
            precisions += np.einsum("id,id->d", weights, answered)
    positives = own.total()
    pairs = positives * strict.total()
    return DrawnRanking(pairs - beaten, pairs, precisions, positives)


class _Heap:
    """The sums of the first rows of a list of images, asked for in growing order."""

    def __init__(self, rows: Integers, counts: npt.NDArray[np.float32]):
        self._rows = (counts[row] for row in rows.tolist())
        self._sum = np.zeros(counts.shape[1], np.float32)
        self._taken = 0

    def fill(self, lengths: Integers, out: Floats) -> None:
        """Write the sum of the first `lengths[i]` rows to `out[i]`; lengths never shrink, from call to call either."""
        for place, length in enumerate(lengths.tolist()):
            while self._taken < length:
                self._sum += next(self._rows)
                self._taken += 1
            out[place] = self._sum

    def total(self) -> Floats:
        """Sum all rows: float64 [draws]; nothing can be filled afterwards."""
        for row in self._rows:
            self._sum += row
        return self._sum.astype(np.float64)
