"""What stands in the place of removed pixels."""

from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from components.explainer.faithfulness.imputation import Imputed

Images = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Baseline(Protocol):
    """Fills what was removed."""

    def fill(self, rows: Integers, removed: Flags) -> Images:
        """Remove pixels.

        Args:
          rows: int64 [k], of the images.
          removed: bool [k, height_px, width_px].
        Returns:
          float32 [k, height_px, width_px, 1].
        """
        ...


class Replaced:
    """Takes removed pixels from other images of the same size."""

    def __init__(self, images: Images, substitutes: Images) -> None:
        """Keep images and substitutes, float32 [n, height_px, width_px, 1]; an axis of the substitutes may have length 1."""
        self._images = images
        self._substitutes = substitutes

    def fill(self, rows: Integers, removed: Flags) -> Images:
        """Remove pixels; see `Baseline`."""
        return np.where(removed[..., None], self._substitutes[rows], self._images[rows])


def make_baseline(name: str, images: Images, blur_sigma: float = 0.1, seed: int = 0) -> Baseline:
    """Make a baseline by its name.

    A blurred image keeps the look of a radiograph; what is larger than the blur stays faintly visible in it. The mean of the
    image leaves nothing, but the edges of what was removed are no part of any radiograph, and a network may answer to them.
    ROAD's imputation shows least of the shape of what was removed.

    Args:
      name: blur (Gaussian; Petsiuk et al. 2018, arXiv:1806.07421; the width is ours), mean (of each image), or
        road (noisy linear imputation; Rong et al. 2022, arXiv:2202.00449).
      images: float32 [n, height_px, width_px, 1].
      blur_sigma: of the Gaussian, share of the shorter side.
      seed: of ROAD's noise.
    Raises:
      ValueError: there is no such baseline.
    """
    if name == "blur":
        sigma = blur_sigma * min(images.shape[1:3])
        return Replaced(images, ndimage.gaussian_filter(images, (0, sigma, sigma, 0), mode="nearest"))
    if name == "mean":
        return Replaced(images, images.mean(axis=(1, 2), keepdims=True, dtype=np.float64).astype(np.float32))
    if name == "road":
        return Imputed(images, seed)
    raise ValueError(f"there is no baseline {name!r}; take blur, mean or road")
