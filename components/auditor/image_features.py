"""Tables of features out of images: each is what one floor reads. Pure numpy."""

from typing import Final

import numpy as np
import numpy.typing as npt

from components.explainer.area import area_means

THUMBNAIL_CELLS: Final = 8
_GRID_CELLS: Final = 48
_BINS: Final = 32

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Features = npt.NDArray[np.float32]


def border_band(image_px: int, share: float) -> Mask:
    """Mark a band along each border: bool [image_px, image_px].

    Args:
      image_px: side of the image, pixels.
      share: width of the band, share of the side, in (0, 0.5); it is at least one pixel wide.
    """
    band = max(1, round(share * image_px))
    place = np.arange(image_px)
    near = (place < band) | (place >= image_px - band)
    marked: Mask = near[:, np.newaxis] | near
    return marked


def border_ring(pixels: Pixels, share: float) -> Features:
    """Average the border over a grid; what is inside is black, and cells that are black in every image are left out.

    Args:
      pixels: uint8 [n, image_px, image_px].
      share: as in `border_band`.
    Returns:
      float32 [n, cells of the border], range [0, 255].
    """
    return visible_cells(pixels, border_band(pixels.shape[1], share))


def visible_cells(pixels: Pixels, shown: Mask) -> Features:
    """Average over a grid what is shown of the images; the rest is black.

    Args:
      pixels: uint8 [n, image_px, image_px].
      shown: bool [n, image_px, image_px]; or [image_px, image_px] for all, and then cells that are black in every image are left out.
    Returns:
      float32 [n, cells], range [0, 255].
    """
    cells = min(_GRID_CELLS, pixels.shape[1])
    grid = _flat(area_means(np.where(shown, pixels, 0), cells))
    if shown.ndim > 2:
        return grid
    return grid[:, area_means(shown[np.newaxis], cells)[0].ravel() > 0]


def thumbnail(pixels: Pixels) -> Features:
    """Average over 8 x 8 cells: float32 [n, 64], range [0, 255]."""
    return _flat(area_means(pixels, THUMBNAIL_CELLS))


def histogram(pixels: Pixels) -> Features:
    """Give the share of pixels in each of 32 ranges of intensity: float32 [n, 32], rows sum to 1."""
    flat = pixels.reshape(len(pixels), -1)
    bins = flat // (256 // _BINS) + np.arange(len(pixels))[:, np.newaxis] * _BINS
    counts = np.bincount(bins.ravel(), minlength=len(pixels) * _BINS).reshape(len(pixels), _BINS)
    return (counts / flat.shape[1]).astype(np.float32)


def _flat(means: npt.NDArray[np.float64]) -> Features:
    return means.reshape(len(means), -1).astype(np.float32)
