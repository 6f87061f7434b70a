"""What the model says of an image of which only the map is left (Chattopadhay et al. 2018, Grad-CAM++, arXiv:1710.11063)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.explainer.faithfulness.evidence import checked_maps, has_map, positive, without
from components.explainer.faithfulness.explained import Explained, Images

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Confidence:
    """Both measures of each image; NaN for an image without a map.

    Attributes:
      drop: float64 [n], [0, 1]: share of the unaltered image's probability that is lost. The mean times 100 is "average drop %".
      increase: float64 [n], 1 where the probability rises, else 0. The mean times 100 is "increase in confidence %".
    """

    drop: Floats
    increase: Floats


def confidence(explained: Explained, maps: npt.ArrayLike) -> Confidence:
    """Multiply each image by its map and ask the model again.

    With Y the probability of the explained class in the unaltered image and O in the product, the drop is max(0, Y - O) / Y and
    the increase is Y < O. Before that a map is divided by its highest value; negative values count as 0. What the map leaves out
    becomes black, which is no image that the model was trained on, and a map that covers everything loses nothing: read both
    beside the curves and the controls.

    Args:
      explained: images and model.
      maps: float [n, height_px, width_px], any sign.
    Raises:
      UsageError: the maps do not fit the images.
    """
    values = positive(checked_maps(maps, explained.map_shape))
    known = np.flatnonzero(has_map(values))

    def products(places: npt.NDArray[np.int64]) -> Images:
        shown = values[known[places]]
        scaled = shown / shown.max(axis=(1, 2), keepdims=True)
        product: Images = explained.images[known[places]] * scaled[..., None].astype(np.float32)
        return product

    left = np.full(len(explained), np.nan)
    left[known] = explained.scores(known, products)
    full = explained.unaltered
    # A probability of 0 can lose nothing.
    drop = np.maximum(0, full - left) / np.where(full > 0, full, 1)
    return Confidence(drop, without((left > full).astype(np.float64), np.isnan(left)))
