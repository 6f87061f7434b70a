"""Loss of resolution: down to a coarser grid and up again, another grid for each image."""

import tensorflow as tf


def coarsen(images: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
    """Reduce each image to a share of its sides by averaging, and enlarge it again by straight interpolation.

    Both are linear along each side, so that matrices do it for the whole batch at once, although the grids differ.

    Args:
      images: float32 [batch, height_px, width_px, 1].
      share: float32 [batch], in (0, 1]; of the sides that is left, rounded to whole cells.
    Returns:
      float32 of the same shape, in the range of the input.
    """
    size = tf.cast(tf.shape(images)[1:3], tf.float32)
    down_rows, up_rows = _grid(size[0], share)
    down_columns, up_columns = _grid(size[1], share)
    cells = down_rows @ images[..., 0] @ tf.linalg.matrix_transpose(down_columns)
    enlarged = up_rows @ cells @ tf.linalg.matrix_transpose(up_columns)
    return tf.ensure_shape(enlarged[..., tf.newaxis], images.shape)


def _grid(side_px: tf.Tensor, share: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Make the matrices down float32 [batch, cells, side_px] and up float32 [batch, side_px, cells]; unused cells are zero."""
    cells = tf.maximum(tf.round(share * side_px), 1.0)[:, tf.newaxis, tf.newaxis]
    cell = tf.range(tf.reduce_max(cells))
    pixel = tf.range(side_px)
    # Overlap of each pixel with each cell, of which each averages what it covers.
    wide = side_px / cells
    left, right = cell[tf.newaxis, :, tf.newaxis] * wide, (cell[tf.newaxis, :, tf.newaxis] + 1.0) * wide
    down = tf.maximum(tf.minimum(right, pixel + 1.0) - tf.maximum(left, pixel), 0.0) / wide
    place = tf.clip_by_value((pixel[tf.newaxis, :, tf.newaxis] + 0.5) / wide - 0.5, 0.0, cells - 1.0)
    up = tf.maximum(1.0 - tf.abs(place - cell), 0.0)
    return down, up
