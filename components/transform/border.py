"""Erase rectangles along the borders of an image: a collimator, a label, the edge of a cassette."""

from typing import Final

import tensorflow as tf

_RECTANGLES: Final = 2  # of an image


def erase_border(images: tf.Tensor, seed: tf.Tensor, depth: float) -> tf.Tensor:
    """Fill rectangles that touch the border with a gray of their own, or with black or white.

    Erasing (Zhong et al. 2020, arXiv:1708.04896) is kept to the border, since findings may lie anywhere in the lungs.

    Args:
      images: float32 [batch, height_px, width_px, 1], range [0, 1].
      seed: int32 [2].
      depth: largest extent of a rectangle away from its border, share of the side.
    Returns:
      float32 of the same shape, range [0, 1].
    """
    shape = tf.shape(images)
    draws = tf.random.stateless_uniform([_RECTANGLES, 5, shape[0]], seed)
    down, right = (_places(shape[axis])[tf.newaxis] for axis in (1, 2))
    for rectangle in range(_RECTANGLES):
        side, deep, start, stop, gray = tf.unstack(draws[rectangle][:, :, tf.newaxis], num=5)
        # A third of the rectangles each is black, white, and a gray in between.
        fill = tf.clip_by_value(gray * 3.0 - 1.0, 0.0, 1.0)
        lies_on_rows = side < 0.5  # above or below; else to the left or right
        far = tf.math.floormod(side, 0.5) < 0.25
        rows = tf.where(lies_on_rows, _near(down, far, deep * depth), _between(down, start, stop))
        columns = tf.where(lies_on_rows, _between(right, start, stop), _near(right, far, deep * depth))
        inside = rows[:, :, tf.newaxis, tf.newaxis] & columns[:, tf.newaxis, :, tf.newaxis]
        images = tf.where(inside, fill[:, :, tf.newaxis, tf.newaxis], images)
    return images


def _places(side_px: tf.Tensor) -> tf.Tensor:
    return (tf.cast(tf.range(side_px), tf.float32) + 0.5) / tf.cast(side_px, tf.float32)


def _near(place: tf.Tensor, far: tf.Tensor, depth: tf.Tensor) -> tf.Tensor:
    return tf.where(far, 1.0 - place, place) < depth


def _between(place: tf.Tensor, start: tf.Tensor, stop: tf.Tensor) -> tf.Tensor:
    return (place >= tf.minimum(start, stop)) & (place <= tf.maximum(start, stop))
