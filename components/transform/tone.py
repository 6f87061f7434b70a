"""Exposure, tone curves and histograms, by stateless ops.

Whatever bends the tones is composed into one table of each image, and looked up once for each pixel.
"""

from typing import Final

import tensorflow as tf

from components.transform.policies import Tone

LEVELS: Final = 512  # of a table: twice the gray levels of the images, which are resampled in between
_KNOTS: Final = 6  # of a random curve
_CLASSES: Final = 64  # of the histogram that equalisation goes by


def random_tone(images: tf.Tensor, mean: tf.Tensor, seed: tf.Tensor, strength: Tone) -> tf.Tensor:
    """Vary the exposure of each image.

    Args:
      images: float32 [batch, height_px, width_px, 1], range [0, 1].
      mean: float32 [batch], of each image, about which the contrast changes.
      seed: int32 [2].
      strength: ranges and shares.
    Returns:
      float32 of the same shape, range [0, 1].
    """
    batch = tf.shape(images)[0]
    draws = tf.random.stateless_uniform([2, batch], seed, -1.0, 1.0)
    factor = tf.exp(draws[0] * strength.contrast)
    offset = mean * (1.0 - factor) + draws[1] * strength.brightness
    if not strength.bends:
        # One pass each: this is all that the training loop pays for the tones.
        exposed = images * _per_image(factor) + _per_image(offset)
        return tf.raw_ops.ClipByValue(t=exposed, clip_value_min=0.0, clip_value_max=1.0)
    table = _bent_table(images, seed + tf.constant([0, 1], seed.dtype), strength)
    return look_up(images, tf.clip_by_value(table * factor[:, tf.newaxis] + offset[:, tf.newaxis], 0.0, 1.0))


def look_up(images: tf.Tensor, table: tf.Tensor) -> tf.Tensor:
    """Replace each pixel by the nearest entry of its image's table.

    Args:
      images: float32 [batch, height_px, width_px, 1], range [0, 1].
      table: float32 [batch, levels], values at evenly spaced levels from 0 to 1.
    Returns:
      float32 of the shape of `images`.
    """
    levels = tf.shape(table)[1]
    first = tf.cast(tf.range(tf.shape(table)[0]) * levels, tf.float32)
    places = tf.cast(images * tf.cast(levels - 1, tf.float32) + (_per_image(first) + 0.5), tf.int32)
    return tf.gather(tf.reshape(table, [-1]), places)


def monotone_curve(steps: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Evaluate curves through (0, 0) and (1, 1) that are straight between evenly spaced knots.

    Args:
      steps: float32 [batch, knots - 1], positive; rise of each piece, in any unit.
      values: float32 [batch, n], range [0, 1].
    Returns:
      float32 [batch, n], range [0, 1], not falling where `values` does not fall.
    """
    pieces = tf.shape(steps)[1]
    rises = steps / tf.reduce_sum(steps, axis=1, keepdims=True)
    # How far each value has climbed every piece, in [0, 1].
    climbed = tf.clip_by_value(
        values[:, :, tf.newaxis] * tf.cast(pieces, tf.float32) - tf.cast(tf.range(pieces), tf.float32)[tf.newaxis, tf.newaxis], 0.0, 1.0
    )
    return tf.clip_by_value(tf.reduce_sum(climbed * rises[:, tf.newaxis], axis=2), 0.0, 1.0)


def equalising_table(images: tf.Tensor, levels: int) -> tf.Tensor:
    """Make the table that spreads the gray levels of each image evenly.

    Args:
      images: float32 [batch, height_px, width_px, 1], range [0, 1].
      levels: entries of the table.
    Returns:
      float32 [batch, levels]: the share of the pixels below each level, straight between the bounds of the classes.
    """
    batch = tf.shape(images)[0]
    # Every fourth pixel tells the histogram well enough.
    sampled = tf.reshape(images[:, ::2, ::2], [batch, -1])
    classes = tf.minimum(tf.cast(sampled * _CLASSES, tf.int32), _CLASSES - 1) + tf.range(batch)[:, tf.newaxis] * _CLASSES
    counts = tf.math.unsorted_segment_sum(tf.ones_like(sampled), classes, batch * _CLASSES)
    return monotone_curve(tf.reshape(counts, [batch, _CLASSES]), _identity(batch, levels))


def _bent_table(images: tf.Tensor, seed: tf.Tensor, strength: Tone) -> tf.Tensor:
    batch = tf.shape(images)[0]
    draws = tf.random.stateless_uniform([7 + _KNOTS, batch], seed, -1.0, 1.0)[:, :, tf.newaxis]
    table = _identity(batch, LEVELS)
    if strength.window_share > 0:
        low, high = ((draws[place] + 1.0) / 2.0 * strength.window for place in (0, 1))
        window = tf.clip_by_value((table - low) / (1.0 - high - low), 0.0, 1.0)
        table = tf.where(_falls(draws[2], strength.window_share), window, table)
    if strength.equalise_share > 0:
        part = (draws[3] + 1.0) / 2.0 * strength.equalise
        equalised = table + (equalising_table(images, LEVELS) - table) * part
        table = tf.where(_falls(draws[4], strength.equalise_share), equalised, table)
    if strength.curve_share > 0:
        steps = tf.exp(tf.transpose(draws[7:, :, 0]) * strength.curve)
        table = tf.where(_falls(draws[5], strength.curve_share), monotone_curve(steps, table), table)
    if strength.gamma > 0:
        table = tf.pow(table, tf.exp(draws[6] * strength.gamma))
    return table


def _identity(batch: tf.Tensor, levels: int) -> tf.Tensor:
    return tf.repeat(tf.linspace(0.0, 1.0, levels)[tf.newaxis], batch, axis=0)


def _falls(draws: tf.Tensor, share: float) -> tf.Tensor:
    return draws < 2.0 * share - 1.0


def _per_image(values: tf.Tensor) -> tf.Tensor:
    return values[:, tf.newaxis, tf.newaxis, tf.newaxis]
