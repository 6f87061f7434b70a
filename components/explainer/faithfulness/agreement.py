"""Do two maps of an image say the same? For two methods, or for a trained model and one of random weights."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from components.explainer.area import area_means
from components.explainer.faithfulness.evidence import checked_maps, has_map, positive, without

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Agreement:
    """Two measures of each image; NaN where one of the two has no map.

    Attributes:
      correlation: float64 [n], [-1, 1], Spearman's; NaN also where a map is the same everywhere.
      overlap: float64 [n], [0, 1], intersection over union of the highest pixels. Two sets drawn at random, of a share s of the
        pixels each, overlap by about s / (2 - s).
    """

    correlation: Floats
    overlap: Floats


def agree(first: npt.ArrayLike, second: npt.ArrayLike, grid_px: int = 16, top_share: float = 0.2) -> Agreement:
    """Compare maps image by image; negative values count as 0 in both.

    Ranks are correlated on a coarse grid, of which each cell is the mean of its area: neighbours in an enlarged map say nothing
    new. A model whose weights are drawn anew should give other maps (Adebayo et al. 2018, arXiv:1810.03292).

    Args:
      first: float [n, height_px, width_px], any sign.
      second: the same of the other method, of the same images.
      grid_px: side of the grid; the pixels themselves where an image is smaller.
      top_share: share of the pixels that are highest; pixels as high as the last of them are added, those without evidence left out.
    Raises:
      UsageError: the shapes differ, or a value is not finite.
    """
    one = checked_maps(first)
    other = checked_maps(second, one.shape)
    silent = ~(has_map(one) & has_map(other))
    one, other = positive(one), positive(other)
    cells = min(grid_px, *one.shape[1:])
    return Agreement(
        without(spearman(area_means(one, cells), area_means(other, cells)), silent),
        without(_overlap(_highest(one, top_share), _highest(other, top_share)), silent),
    )


def spearman(first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """Correlate the ranks of two arrays [n, ...] within each row; equal values share their mean rank.

    Returns:
      float64 [n], [-1, 1]; NaN where a row of either is constant.
    """
    return correlated(centred_ranks(first), centred_ranks(second))


def centred_ranks(values: npt.ArrayLike) -> Floats:
    """Rank values [n, ...] within each row, equal ones by their mean rank, less the mean: float64 [n, values of a row]."""
    given = np.asarray(values)
    ranks: Floats = rankdata(given.reshape(len(given), -1), axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    return ranks


def correlated(first: Floats, second: Floats) -> Floats:
    """Correlate what `centred_ranks` gives, for ranks that are compared more than once; returns what `spearman` does."""
    spread = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    shared = (first * second).sum(axis=1)
    return without(np.clip(shared / np.where(spread > 0, spread, 1), -1, 1), spread == 0)


def _highest(maps: Floats, share: float) -> Flags:
    flat = maps.reshape(len(maps), -1)
    count = max(1, round(share * flat.shape[1]))
    last = np.partition(flat, -count, axis=1)[:, -count, None]
    return (flat >= last) & (flat > 0)


def _overlap(first: Flags, second: Flags) -> Floats:
    union = (first | second).sum(axis=1)
    overlap: Floats = (first & second).sum(axis=1) / np.maximum(union, 1)
    return overlap
