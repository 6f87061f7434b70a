"""Change some images of a batch, and spend no time on the others."""

from collections.abc import Callable

import tensorflow as tf


def on_some(images: tf.Tensor, draws: tf.Tensor, share: float, change: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]) -> tf.Tensor:
    """Change the images whose draw falls into the share.

    Args:
      images: float32 [batch, height_px, width_px, 1].
      draws: float32 [batch], uniform in [-1, 1).
      share: of the images that are changed, in [0, 1].
      change: takes the chosen images and their rows int64 [chosen] in the batch, at least one; gives as many images of the same size.
    Returns:
      float32 of the shape of `images`.
    """
    if share == 0.0:
        return images
    if share == 1.0:
        return change(images, tf.range(tf.shape(images, tf.int64)[0]))
    rows = tf.where(draws < 2.0 * share - 1.0)[:, 0]
    changed = tf.cond(
        tf.size(rows) > 0,
        lambda: tf.tensor_scatter_nd_update(images, rows[:, tf.newaxis], change(tf.gather(images, rows), rows)),
        lambda: images,
    )
    return tf.ensure_shape(changed, images.shape)
