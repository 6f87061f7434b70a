"""Take out what says more about the hospital than about the lungs: letters, side markers, the border.

Both functions take and give float32 [height_px, width_px, 1] of a known size, range [0, 255].
"""

from typing import Final

import tensorflow as tf

_ZONE: Final = 0.2  # marks lie within this share of the side from a border
_SATURATED: Final = 235.0
_ABOVE: Final = 90.0  # gray levels by which a mark stands out from what is left when small bright things are taken away
_STROKE: Final = 0.07  # share of the side: wider things are no marks


def mask_marks(gray: tf.Tensor) -> tf.Tensor:
    """Fill small saturated marks near the border with the mean of their surroundings.

    A mark is what a morphological opening takes away (a white top-hat, Serra 1982) and is saturated; its rim is filled with it.
    """
    window = _odd(_STROKE * min(gray.shape[:2]))
    opened = _highest(-_highest(-gray, window), window)
    marks = (gray >= _SATURATED) & (gray - opened >= _ABOVE) & _border(gray.shape, _ZONE)
    # The rim of a mark is blurred by the resampling.
    filled = _highest(tf.cast(marks, tf.float32), _odd(window / 2))
    kept = 1.0 - filled
    around = _mean(kept, 4 * window + 1)
    surroundings = _mean(gray * kept, 4 * window + 1) / tf.maximum(around, 1e-6)
    return tf.where((filled > 0.0) & (around > 0.0), surroundings, gray)


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
