"""Shrink gray pixels to their stored size, and encode them."""

import cv2
import numpy as np

from components.ingest.decoded import GrayPixels

# Beam's threads already use every core; OpenCV's own would take turns with them.
cv2.setNumThreads(1)

# Without a level, OpenCV takes zlib's fastest and the difference to the left neighbour: as small on radiographs as level 3
# with a filter chosen for each line (102 to 104 kB for 512 pixels), in a quarter of its time.
_PNG_OPTIONS = (cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)


def shrink(pixels: GrayPixels, max_side_px: int) -> GrayPixels:
    """Shrink an image whose longer side is longer than the limit, by averaging areas, so that no aliases arise.

    Args:
      pixels: uint8 [height_px, width_px].
      max_side_px: longer side afterwards, at most.
    Returns:
      uint8 [height_px, width_px]; the argument itself where it is short enough.
    """
    height_px, width_px = pixels.shape
    longer_px = max(height_px, width_px)
    if longer_px <= max_side_px:
        return pixels
    height_px, width_px = (max(1, round(side * max_side_px / longer_px)) for side in (height_px, width_px))
    shrunk: GrayPixels = cv2.resize(pixels, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return shrunk


def encode_png(pixels: GrayPixels) -> bytes:
    """Encode gray pixels as PNG.

    Args:
      pixels: uint8 [height_px, width_px].
    Returns:
      The same bytes for the same pixels; nothing of the original file's metadata.
    """
    encoded: tuple[bool, np.ndarray] = cv2.imencode(".png", pixels, _PNG_OPTIONS)  # type: ignore[type-arg]
    return encoded[1].tobytes()
