"""Draw the segments that stand for a concept, where they lie in their images."""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from components.explainer.superpixels import Segments

_TILE_PX = 112
_GAP_PX = 4
_DIMMED = 0.35
_OUTLINE = (249, 201, 50)


def examples_png(images: npt.NDArray[np.uint8], segments: Segments, rows: Sequence[int] | npt.NDArray[np.int64]) -> bytes:
    """Draw segments side by side, each in its image: the rest of the image is dimmed, and the segment outlined.

    Args:
      images: uint8 [n, height_px, width_px], those that were cut.
      segments: of these images.
      rows: which segments, one or more.
    Returns:
      A PNG file, RGB; the same bytes for the same arrays.
    """
    strip = Image.new("RGB", (len(rows) * (_TILE_PX + _GAP_PX) - _GAP_PX, _TILE_PX), "white")
    for place, row in enumerate(rows):
        mask = Image.fromarray(segments.full_mask(row).astype(np.uint8) * 255).resize((_TILE_PX, _TILE_PX), Image.Resampling.NEAREST)
        inside = np.asarray(mask) > 0
        gray = np.asarray(Image.fromarray(images[segments.image[row]]).resize((_TILE_PX, _TILE_PX), Image.Resampling.BICUBIC), np.float32)
        shown = np.repeat(np.where(inside, gray, gray * _DIMMED)[..., None], 3, axis=2)
        shown[_outline(inside)] = _OUTLINE
        strip.paste(Image.fromarray(np.rint(shown).astype(np.uint8)), (place * (_TILE_PX + _GAP_PX), 0))
    buffer = io.BytesIO()
    strip.save(buffer, "PNG")
    return buffer.getvalue()


def _outline(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the pixels of a mask that have a neighbour outside it, or lie at the image's edge."""
    padded = np.pad(inside, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    outline: npt.NDArray[np.bool_] = inside & ~inner
    return outline
