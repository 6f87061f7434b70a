"""Bring the gray levels of images together: stretch, equalise, equalise locally, match a reference.

Every function takes and gives float32 [height_px, width_px, 1] of a known size, in gray levels, and gives the range [0, 255].
"""

from typing import Final

import tensorflow as tf

PERCENTILE: Final = 0.01  # this share of the pixels becomes black, and as much white
_LEVELS: Final = 256
_TILES: Final = 4  # of CLAHE, along each side: at 96 px a tile still has 576 pixels
_CLIP: Final = 3.0  # of CLAHE: most pixels of a gray level, in units of an even histogram
# The reference of `match`: gray levels of a normal distribution, cut off at black and white, as those of a stretched radiograph of
# the whole chest are.
_REFERENCE_MEAN, _REFERENCE_DEVIATION = 0.52, 0.24


def stretch(gray: tf.Tensor) -> tf.Tensor:
    """Make the darkest and the brightest percent black and white, and the rest linear between them."""
    values = tf.reshape(gray, [-1])
    rank = max(1, round(PERCENTILE * gray.shape.num_elements()))
    high = tf.math.top_k(values, rank, sorted=True).values[-1]
    low = -tf.math.top_k(-values, rank, sorted=True).values[-1]
    # Below one gray level there is nothing to stretch but rounding errors of the resampling.
    return tf.clip_by_value((gray - low) / tf.maximum(high - low, 1.0) * 255.0, 0.0, 255.0)


def equalise(gray: tf.Tensor) -> tf.Tensor:
    """Spread the gray levels evenly; a level becomes the share of the pixels below it and of half of those at it."""
    levels = _levels(stretch(gray))
    return tf.gather(_shares(_counts(levels)) * 255.0, levels)


def match(gray: tf.Tensor) -> tf.Tensor:
    """Give the gray levels the distribution of a fixed reference, the same for every image of every source."""
    levels = _levels(stretch(gray))
    reference = _REFERENCE_MEAN + _REFERENCE_DEVIATION * tf.math.ndtri(tf.clip_by_value(_shares(_counts(levels)), 1e-6, 1.0 - 1e-6))
    return tf.gather(tf.clip_by_value(reference, 0.0, 1.0) * 255.0, levels)


def clahe(gray: tf.Tensor) -> tf.Tensor:
    """Equalise locally, with limited contrast (Zuiderveld 1994, Graphics Gems IV, VIII.5).

    Each of 4 x 4 tiles has a table of its own, from a histogram whose counts are clipped and the excess spread evenly; a pixel
    is the bilinear mixture of what the tables of the four nearest tiles say.
    """
    levels = _levels(stretch(gray))[..., 0]
    size = levels.shape
    tables = _tile_tables(levels, size)
    row_low, row_high, down = _neighbours(size[0])
    column_low, column_high, right = _neighbours(size[1])

    def told(rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
        return tf.gather(tables, (rows[:, tf.newaxis] * _TILES + columns) * _LEVELS + levels)

    down = down[:, tf.newaxis]
    upper = told(row_low, column_low) * (1.0 - right) + told(row_low, column_high) * right
    lower = told(row_high, column_low) * (1.0 - right) + told(row_high, column_high) * right
    return (upper * (1.0 - down) + lower * down)[..., tf.newaxis] * 255.0


def _tile_tables(levels: tf.Tensor, size: tf.TensorShape) -> tf.Tensor:
    """Make the tables of all tiles, float32 [tiles * tiles * levels], range [0, 1]."""
    tile_row = tf.range(size[0]) * _TILES // size[0]
    tile_column = tf.range(size[1]) * _TILES // size[1]
    places = (tile_row[:, tf.newaxis] * _TILES + tile_column) * _LEVELS + levels
    counts = tf.math.bincount(places, minlength=_TILES * _TILES * _LEVELS, maxlength=_TILES * _TILES * _LEVELS, dtype=tf.float32)
    counts = tf.reshape(counts, [_TILES * _TILES, _LEVELS])
    limit = tf.reduce_sum(counts, axis=1, keepdims=True) * _CLIP / _LEVELS
    clipped = tf.minimum(counts, limit)
    excess = tf.reduce_sum(counts - clipped, axis=1, keepdims=True)
    return tf.reshape(_shares(clipped + excess / _LEVELS), [-1])


def _neighbours(side_px: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Give, for each pixel along a side, the tiles before and after it and the weight of the latter."""
    place = (tf.cast(tf.range(side_px), tf.float32) + 0.5) * (_TILES / side_px) - 0.5
    place = tf.clip_by_value(place, 0.0, _TILES - 1.0)
    low = tf.cast(place, tf.int32)
    return low, tf.minimum(low + 1, _TILES - 1), place - tf.cast(low, tf.float32)


def _levels(gray: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.round(gray), tf.int32)


def _counts(levels: tf.Tensor) -> tf.Tensor:
    return tf.math.bincount(tf.reshape(levels, [-1]), minlength=_LEVELS, maxlength=_LEVELS, dtype=tf.float32)


def _shares(counts: tf.Tensor) -> tf.Tensor:
    """Give the share of the pixels below each level and of half of those at it, along the last axis."""
    return (tf.cumsum(counts, axis=-1) - counts / 2.0) / tf.reduce_sum(counts, axis=-1, keepdims=True)
