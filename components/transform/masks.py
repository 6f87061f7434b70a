"""Take out what says more about the hospital than about the lungs: letters, side markers, the border.

Both functions take and give float32 [height_px, width_px, 1] of a known size, range [0, 255].
"""

from typing import Final

import tensorflow as tf

_ZONE: Final = 0.2  # marks lie within this share of the side from a border
_SATURATED: Final = 235.0
_ABOVE: Final = 60.0  # gray levels by which something stands out from what is left when small bright things are taken away
_GLARING: Final = 110.0  # as above, for the brightest part of a mark
_STROKE: Final = 0.07  # share of the side: wider things are no marks
_SIZES: Final = (0.08, 0.16)  # of a letter and of a short word, share of the side
_GAP: Final = 0.05  # share of the side around a mark in which nothing else stands out: a rib goes on


def mask_marks(gray: tf.Tensor) -> tf.Tensor:
    """Fill small isolated marks near the border with the mean of their surroundings.

    A mark stands out as what a morphological opening takes away (a white top-hat, Serra 1982), is saturated somewhere, and
    lies alone: ribs, clavicles and tubes stand out as well, but go on. Long lines of text are left where they are.
    """
    side = min(gray.shape[:2])
    window = _odd(_STROKE * side)
    opened = _highest(-_highest(-gray, window), window)
    standing = tf.cast(gray - opened >= _ABOVE, tf.float32)
    glaring = tf.cast((gray >= _SATURATED) & (gray - opened >= _GLARING), tf.float32)
    marks = standing * tf.cast(_border(gray.shape, _ZONE), tf.float32) * _alone(standing, glaring, side)
    # The rim of a mark is blurred by the resampling.
    filled = _highest(marks, _odd(window / 2))
    kept = (1.0 - filled) * (1.0 - standing)
    reach = 2 * window + 1
    around = _mean(kept, reach)
    surroundings = _mean(gray * kept, reach) / tf.maximum(around, 1e-6)
    return tf.where((filled > 0.0) & (around > 0.0), surroundings, gray)


def _alone(standing: tf.Tensor, glaring: tf.Tensor, side: int) -> tf.Tensor:
    """Mark the windows that hold something glaring and around which nothing stands out, float32 0 or 1."""
    found = tf.zeros_like(standing)
    for size in _SIZES:
        inner = _odd(size * side)
        outer = inner + 2 * max(2, round(_GAP * side))
        lonely = tf.abs(_count(standing, outer) - _count(standing, inner)) < 0.5
        centre = tf.cast(lonely & (_highest(glaring, inner) > 0.0), tf.float32)
        found = tf.maximum(found, _highest(centre, inner))
    return found


def mask_border(gray: tf.Tensor, share: float) -> tf.Tensor:
    """Black out a band along each border.

    Args:
      gray: the image.
      share: width of the band, share of the side, in [0, 0.5).
    """
    return tf.where(_border(gray.shape, share), 0.0, gray)


def _border(shape: tf.TensorShape, share: float) -> tf.Tensor:
    """Say which pixels lie in the band, bool [height_px, width_px, 1]."""
    rows, columns = (_near_an_end(shape[axis], share) for axis in (0, 1))
    return (rows[:, tf.newaxis] | columns)[..., tf.newaxis]


def _near_an_end(side_px: int, share: float) -> tf.Tensor:
    place, band = tf.range(side_px), round(share * side_px)
    return (place < band) | (place >= side_px - band)


def _odd(width: float) -> int:
    return max(3, 2 * int(width / 2) + 1)


def _highest(gray: tf.Tensor, window: int) -> tf.Tensor:
    return tf.nn.max_pool2d(gray[tf.newaxis], window, 1, "SAME")[0]


def _mean(gray: tf.Tensor, window: int) -> tf.Tensor:
    return tf.nn.avg_pool2d(gray[tf.newaxis], window, 1, "SAME")[0]


def _count(flags: tf.Tensor, window: int) -> tf.Tensor:
    padded = tf.pad(flags, [[window // 2, window // 2], [window // 2, window // 2], [0, 0]])
    return tf.nn.avg_pool2d(padded[tf.newaxis], window, 1, "VALID")[0] * float(window * window)
