"""Mixup: train on convex combinations of pairs of images and of their labels."""

import tensorflow as tf


def mixup(
    images: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor, alpha: float, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Mix each row of a batch with the row that lies opposite in the reversed batch (Zhang et al. 2018, arXiv:1710.09412).

    Args:
      images: float32 [batch, height_px, width_px, channels].
      labels: float32 [batch, classes], one-hot or already mixed.
      weights: float32 [batch], of the rows in the loss.
      alpha: of Beta(alpha, alpha), from which the part of the row itself is drawn for each row anew; positive.
      seed: int32 [2].
    Returns:
      Images, labels and weights of the same shapes and dtypes. Images are mixed in these parts; labels in these parts times the weight of
      each row, so that both rows count in the loss by their own weights.
    """
    seeds = tf.random.experimental.stateless_split(seed, 2)
    shape = tf.shape(weights)[:1]
    # The ratio of a gamma variate to the sum of two is a beta variate.
    own, others = (tf.random.stateless_gamma(shape, seeds[place], alpha=alpha) for place in range(2))
    total = own + others
    # Of a small alpha both variates may underflow to 0; then the row stays what it is.
    part = tf.where(total > 0.0, own / tf.maximum(total, tf.constant(1e-37)), 1.0)
    mass = blend(weights, part)
    weighed = blend(labels * weights[:, tf.newaxis], part)
    # Where neither row counts, the label is of no matter.
    return blend(images, part), weighed / tf.maximum(mass, tf.constant(1e-37))[:, tf.newaxis], mass


def blend(rows: tf.Tensor, part: tf.Tensor) -> tf.Tensor:
    """Blend rows with the reversed batch.

    Args:
      rows: float32 [batch, ...].
      part: float32 [batch], of the row itself, range [0, 1].
    """
    shaped = tf.reshape(part, tf.concat([tf.shape(part), tf.ones([rows.shape.rank - 1], tf.int32)], axis=0))
    return rows * shaped + tf.reverse(rows, axis=[0]) * (1.0 - shaped)
