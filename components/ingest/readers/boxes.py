"""Boxes that radiologists drew, from pixels to fractions of the image."""

import math

from components.ingest.records import Box


def box_from_pixels(label: str, sides: tuple[str, str, str, str], image_px: int) -> Box | None:
    """Read a box; what reaches over the edge of the image is cut off.

    Args:
      label: what the box marks.
      sides: left, top, width and height as the table writes them, pixels.
      image_px: width and height of the image that the box was drawn on, pixels.
    Returns:
      None where a number is none, or nothing of the box lies in the image.
    """
    try:
        left, top, width, height = (float(side) for side in sides)
    except ValueError:
        return None
    if not all(math.isfinite(side) for side in (left, top, width, height)):
        return None
    x, right = _fraction(left, image_px), _fraction(left + width, image_px)
    y, bottom = _fraction(top, image_px), _fraction(top + height, image_px)
    if right <= x or bottom <= y:
        return None
    return Box(label, x, y, right - x, bottom - y)


def _fraction(position_px: float, image_px: int) -> float:
    return min(max(position_px / image_px, 0.0), 1.0)
