"""Reduce every colour mode to upright 8-bit gray."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_ORIENTATION_TAG = 0x0112
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
# Pillow keeps the upper 8 of 16 bits of a colour channel; less than this much of them used means that the rest held the image.
_MIN_UPPER_BYTE = 0x40
# Converted at once; indices of 8 bytes each are made of them.
_PIXELS_AT_ONCE = 1 << 18
# Colour is looked for on a grid of about so many pixels a side.
_COLOUR_GRID_PX = 512
# Distance from the image's median colour in the plane of Cb and Cr, of 255 levels; a scanner's tint varies by less.
_COLOUR_DISTANCE = 40


def is_deep_colour(image: Image.Image) -> bool:
    """Tell whether an image that is not loaded yet stores 16 bits a colour channel."""
    return any(";16" in str(tile[3]) and ("RGB" in str(tile[3]) or "LA" in str(tile[3])) for tile in image.tile)  # type: ignore[attr-defined]


def to_gray(image: Image.Image, deep_colour: bool) -> npt.NDArray[np.uint8]:
    """Convert a loaded image.

    Args:
      image: any mode that Pillow decodes to.
      deep_colour: what `is_deep_colour` said before it was loaded.
    Returns:
      uint8 [height_px, width_px], as stored, before any orientation.
    Raises:
      Refusal: unsupported_format, where the conversion would lose the image.
    """
    if image.mode in _DEEP_MODES:
        return _scale(np.asarray(image))
    if image.mode == "1" or (image.mode == "L" and "transparency" not in image.info):
        return np.asarray(image.convert("L"))
    if has_transparency(image):
        pixels = _on_black(image.convert("RGBA"))
    else:
        pixels = np.asarray((image if image.mode == "RGB" else image.convert("RGB")).convert("L"))
    if deep_colour and 0 < int(pixels.max()) < _MIN_UPPER_BYTE:
        raise Refusal(Reason.UNSUPPORTED_FORMAT, "16 bits a colour channel, of which the upper 8 hold too little")
    return pixels


def colourfulness(image: Image.Image) -> float:
    """Measure how much of a loaded image is coloured otherwise than the rest.

    A colour is judged by its distance from the median colour, so that a scan on blue film, or a sepia print, has none.

    Returns:
      Share of the pixels, 0 to 1, on a grid of at most 1,024 a side, that lie 40 levels or more from the median Cb and Cr.
    """
    if image.mode in (*_DEEP_MODES, "1", "L", "LA", "La"):
        return 0.0
    step = max(1, max(image.size) // _COLOUR_GRID_PX)
    grid = image.resize((-(-image.width // step), -(-image.height // step)), Image.Resampling.NEAREST) if step > 1 else image
    if has_transparency(grid):
        grid = Image.alpha_composite(Image.new("RGBA", grid.size, (0, 0, 0, 255)), grid.convert("RGBA"))
    ycc = grid.convert("RGB").convert("YCbCr")
    _, *ranges = ycc.getextrema()
    # No two colours lie further apart than this: it spares nearly every radiograph the medians.
    if math.hypot(*(high - low for low, high in ranges)) < _COLOUR_DISTANCE:
        return 0.0
    chroma = np.asarray(ycc)[:, :, 1:].astype(np.int16)
    blue, red = (chroma[:, :, channel] - np.median(chroma[:, :, channel]) for channel in (0, 1))
    return float(np.mean(np.hypot(blue, red) >= _COLOUR_DISTANCE))


def swaps_sides(image: Image.Image) -> bool:
    """Tell whether the EXIF orientation makes a portrait of a landscape."""
    return _orientation(image) in (5, 6, 7, 8)


def look_up(table: npt.NDArray[np.uint8], values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Replace every value by its entry in a table, without an index of 8 bytes for every pixel at once.

    Args:
      table: uint8 [entries].
      values: unsigned integers [height_px, width_px], each less than `entries`.
    Returns:
      uint8 [height_px, width_px].
    """
    found = np.empty(values.shape, np.uint8)
    rows = max(1, _PIXELS_AT_ONCE // max(1, values.shape[1]))
    for first in range(0, len(values), rows):
        found[first : first + rows] = table[values[first : first + rows]]
    return found


def upright(pixels: npt.NDArray[np.uint8], image: Image.Image) -> npt.NDArray[np.uint8]:
    """Apply the EXIF orientation (EXIF 2.32, tag 0x0112) of a loaded image to its pixels."""
    orientation = _orientation(image)
    if orientation in (5, 6, 7, 8):
        pixels = pixels.T
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _scale(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    # By the range of the data: 12-bit data in 16 bits would turn black if the lower 8 bits were cut off.
    if not np.isfinite(values).all():
        raise Refusal(Reason.UNSUPPORTED_FORMAT, "pixels that are not numbers")
    low, high = float(values.min()), float(values.max())
    if high == low:
        raise Refusal(Reason.NO_CONTRAST, "every pixel has the same value")
    if values.dtype.kind == "u":  # a table takes an eighth of the memory
        table: npt.NDArray[np.uint8] = np.rint((np.arange(high + 1) - low).clip(0) * (255.0 / (high - low))).astype(np.uint8)
        return look_up(table, values)
    gray: npt.NDArray[np.uint8] = np.rint((values.astype(np.float64) - low) * (255.0 / (high - low))).astype(np.uint8)
    return gray


def has_transparency(image: Image.Image) -> bool:
    """Tell whether an image has an alpha channel or a transparent colour."""
    return image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info


def _on_black(image: Image.Image) -> npt.NDArray[np.uint8]:
    if image.getextrema()[3] == (255, 255):
        return np.asarray(image.convert("RGB").convert("L"))
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    return np.asarray(Image.alpha_composite(black, image).convert("RGB").convert("L"))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:
        # Damaged EXIF says nothing about the pixels: they stay as they lie.
        return 1
