"""Turn, zoom and move images, by stateless ops."""

import math

import tensorflow as tf

from components.transform.policies import Warp
from components.transform.some import on_some


def random_warp(images: tf.Tensor, draws: tf.Tensor, strength: Warp) -> tf.Tensor:
    """Warp a share of the images.

    Args:
      images: float32 [batch, height_px, width_px, 1].
      draws: float32 [5, batch], uniform in [-1, 1).
      strength: ranges.
    Returns:
      float32 of the same shape, in the range of the input.
    """

    def warped(chosen: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        drawn = tf.gather(draws, rows, axis=1)
        return warp(
            chosen,
            angle_rad=drawn[0] * math.radians(strength.rotation_deg),
            zoom=tf.exp(drawn[1] * strength.zoom),
            shift=tf.stack([drawn[2], drawn[3]], axis=-1) * strength.shift,
        )

    return on_some(images, draws[4], strength.share, warped)


def warp(images: tf.Tensor, angle_rad: tf.Tensor, zoom: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    """Turn, zoom and move each image about its centre in one resampling; border pixels continue outwards.

    Args:
      images: float32 [batch, height_px, width_px, 1].
      angle_rad: float32 [batch], counter-clockwise.
      zoom: float32 [batch], factor of magnification.
      shift: float32 [batch, 2], to the right and down, share of the side.
    """
    size = tf.shape(images)[1:3]
    height, width = tf.cast(size[0], tf.float32), tf.cast(size[1], tf.float32)
    cosine, sine = tf.cos(angle_rad) / zoom, tf.sin(angle_rad) / zoom
    centre_x, centre_y = (width - 1.0) / 2.0, (height - 1.0) / 2.0
    from_x, from_y = centre_x + shift[:, 0] * width, centre_y + shift[:, 1] * height
    zero = tf.zeros_like(cosine)
    # Rows of the inverse map: where in the input each output pixel comes from.
    transforms = tf.stack(
        [
            *(cosine, -sine, centre_x - cosine * from_x + sine * from_y),
            *(sine, cosine, centre_y - sine * from_x - cosine * from_y),
            *(zero, zero),
        ],
        axis=-1,
    )
    warped = tf.raw_ops.ImageProjectiveTransformV3(
        images=images, transforms=transforms, output_shape=size, fill_value=0.0, interpolation="BILINEAR", fill_mode="NEAREST"
    )
    return tf.ensure_shape(warped, images.shape)
