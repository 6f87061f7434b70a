"""Where the truth lies in the square that the network reads: from boxes and masks of the original image to masks.

The way of an image to the network keeps fractions of its width and height: it is stored smaller with the same aspect, and then
squashed to a square (components/transform/preprocess.py), so a fraction of the original is the same fraction of the square. Of
the crops only the one to the centre is the same for every image; body and lungs are found in the pixels, and cannot be followed
from here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from components.base.errors import UsageError
from components.explainer.area import area_weights
from components.ingest.records import Box
from components.transform.config import HarmoniseConfig

Mask = npt.NDArray[np.bool_]

# What `components/transform/crop.py` keeps; it rounds to whole stored pixels, so that truth lies within half of one.
_CENTRE = 0.1


@dataclass(frozen=True)
class Window:
    """The part of the original that the network sees, as fractions of its width (left, right) and height (top, bottom)."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0


def seen_window(harmonise: HarmoniseConfig) -> Window:
    """Say which part of the original the network sees.

    Raises:
      UsageError: the crop depends on the pixels.
    """
    if harmonise.crop == "none":
        return Window()
    if harmonise.crop == "centre":
        return Window(_CENTRE, _CENTRE, 1 - _CENTRE, 1 - _CENTRE)
    raise UsageError(
        f"truth cannot be mapped through the crop {harmonise.crop!r}, which differs from image to image; "
        "set transform.harmonise.crop to none or centre"
    )


def box_mask(boxes: Iterable[Box], image_px: int, window: Window | None = None) -> Mask:
    """Draw boxes as the network's square sees them.

    A pixel belongs to a box that covers half of it or more; of a box that covers half of none, the pixel of which it covers
    most. So no box is lost that lies in the window, and none grows by more than half a pixel otherwise.

    Args:
      boxes: fractions of the original's sides, as `Box` says.
      image_px: side of the square, pixels.
      window: what the network sees; None for all.
    Returns:
      bool [image_px, image_px]; all False where nothing of the boxes lies in the window.
    """
    seen = window or Window()
    mask = np.zeros((image_px, image_px), np.bool_)
    for box in boxes:
        rows = _covered(box.y, box.y + box.height, seen.top, seen.bottom, image_px)
        columns = _covered(box.x, box.x + box.width, seen.left, seen.right, image_px)
        mask |= _half_covered(np.outer(rows, columns))
    return mask


def shrunk_mask(mask: npt.ArrayLike, image_px: int, window: Window | None = None) -> Mask:
    """Bring a mask of the original's size to the network's square; each connected piece follows the rule of `box_mask`.

    Args:
      mask: bool [height_px, width_px], of the original or of the same aspect.
      image_px: side of the square, pixels.
      window: what the network sees; None for all.
    Returns:
      bool [image_px, image_px].
    """
    seen = window or Window()
    given = np.asarray(mask, np.bool_)
    rows = area_weights(given.shape[0], image_px, seen.top, seen.bottom)
    columns = area_weights(given.shape[1], image_px, seen.left, seen.right)
    pieces, count = ndimage.label(given, np.ones((3, 3)))
    shrunk = np.zeros((image_px, image_px), np.bool_)
    for piece in range(1, count + 1):
        shrunk |= _half_covered(rows @ (pieces == piece) @ columns.T)
    return shrunk


def _covered(start: float, stop: float, first: float, last: float, cells: int) -> npt.NDArray[np.float64]:
    """Say how much of each cell between `first` and `last` lies between `start` and `stop`: float64 [cells], [0, 1]."""
    low, high = ((edge - first) / (last - first) * cells for edge in (start, stop))
    cell = np.arange(cells)
    covered: npt.NDArray[np.float64] = np.clip(np.minimum(high, cell + 1) - np.maximum(low, cell), 0, 1)
    return covered


def _half_covered(coverage: npt.NDArray[np.float64]) -> Mask:
    # Sums of shares of a half may fall short of it in the last bits.
    mask: Mask = coverage >= 0.5 - 1e-9
    return mask if mask.any() else (coverage > 1e-9) & (coverage == coverage.max())
