"""Insertion and deletion (Petsiuk et al. 2018, RISE, arXiv:1806.07421): pixels come or go in the order of the map."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.explainer.faithfulness.baselines import Baseline
from components.explainer.faithfulness.evidence import checked_maps, has_map
from components.explainer.faithfulness.explained import Explained, Images

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Curves:
    """Probability of the explained class while pixels go and while they come; NaN for an image without a map.

    Attributes:
      shares: float64 [steps + 1], share of the pixels that are gone, or there: 0 to 1.
      deletion: float64 [n, steps + 1], the first pixels gone.
      insertion: float64 [n, steps + 1], the first pixels there.
    """

    shares: Floats
    deletion: Floats
    insertion: Floats

    @property
    def deletion_auc(self) -> Floats:
        """float64 [n], in [0, 1]: small where the map's first pixels carry the answer."""
        return _area(self.deletion)

    @property
    def insertion_auc(self) -> Floats:
        """float64 [n], in [0, 1]: large where the map's first pixels suffice for the answer."""
        return _area(self.insertion)


def perturb(explained: Explained, maps: npt.ArrayLike, baseline: Baseline, steps: int = 20, seed: int = 0) -> Curves:
    """Remove the pixels of each map from the highest to the lowest in equal steps, and show them in the same order.

    Negative values come last: they speak against the class. Pixels of equal value, such as those of one superpixel, follow each
    other at random. The area is that of the trapezoid rule over steps + 1 points, as in the authors' code; its probability
    includes what the baseline alone is answered with, so areas compare maps of the same images, and are no scale of their own.

    Args:
      explained: images and model.
      maps: float [n, height_px, width_px], any sign.
      baseline: what stands in the place of pixels that are gone.
      steps: number of equal steps, at least 1 and at most one for each pixel.
      seed: decides the order of equal pixels.
    Raises:
      UsageError: the maps do not fit the images.
      ValueError: the number of steps is not possible.
    """
    values = checked_maps(maps, explained.map_shape)
    pixels = values[0].size if len(values) else 0
    if len(values) and not 1 <= steps <= pixels:
        raise ValueError(f"{steps} steps for {pixels} pixels")
    known = np.flatnonzero(has_map(values))
    ranks = _ranks(values, seed)
    counts = np.rint(np.linspace(0, pixels, steps + 1)).astype(np.int64)
    deletion = np.full((len(values), steps + 1), np.nan)
    insertion = deletion.copy()
    inner = counts[1:-1]

    # Both curves run between the same two images: the unaltered one, and the one of which nothing is left.
    emptied = explained.scores(known, lambda places: baseline.fill(known[places], np.ones((len(places), *values.shape[1:]), np.bool_)))
    for curve, first, last in ((deletion, explained.unaltered[known], emptied), (insertion, emptied, explained.unaltered[known])):
        curve[known, 0], curve[known, -1] = first, last
    rows = np.repeat(known, len(inner))
    limits = np.tile(inner, len(known))[:, None, None]

    def deleted(places: Integers) -> Images:
        return baseline.fill(rows[places], ranks[rows[places]] < limits[places])

    def inserted(places: Integers) -> Images:
        return baseline.fill(rows[places], ranks[rows[places]] >= limits[places])

    deletion[known, 1:-1] = explained.scores(rows, deleted).reshape(len(known), len(inner))
    insertion[known, 1:-1] = explained.scores(rows, inserted).reshape(len(known), len(inner))
    return Curves(np.linspace(0, 1, steps + 1), deletion, insertion)


def _ranks(maps: Floats, seed: int) -> npt.NDArray[np.int32]:
    """Number the pixels of each map from the highest value: int32 [n, height_px, width_px]."""
    ranks = np.empty((len(maps), maps[0].size if len(maps) else 0), np.int32)
    for row, flat in enumerate(maps.reshape(ranks.shape)):
        chance = np.random.default_rng([seed, row]).permutation(flat.size)
        ranks[row, np.lexsort((chance, -flat))] = np.arange(flat.size)
    return ranks.reshape(maps.shape)


def _area(curve: Floats) -> Floats:
    area: Floats = ((curve[:, 1:] + curve[:, :-1]) / 2).mean(axis=1)
    return area
