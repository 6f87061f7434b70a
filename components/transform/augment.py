"""Random, radiograph-plausible variations of an image, by stateless ops alone.

A view depends on the image, the seed and nothing else. There is no horizontal flip: the heart lies on the left, the
gastric bubble below the left dome, and a mirrored chest is a rare disease (situs inversus), not a variation of the picture.
No vertical flip and no cropping of parts either, since findings may lie anywhere in the lungs.
"""

import math
from dataclasses import dataclass
from typing import Final

import tensorflow as tf


@dataclass(frozen=True)
class Strength:
    """Half widths of the ranges from which a variation is drawn uniformly."""

    rotation_deg: float
    shift: float  # share of the side
    zoom: float  # log of the factor
    gamma: float  # log of the exponent
    contrast: float  # log of the factor about the mean
    brightness: float  # of the range [0, 1]
    noise: float  # largest standard deviation of the pixel noise, of the range [0, 1]


VIEW: Final = Strength(rotation_deg=10.0, shift=0.06, zoom=0.12, gamma=0.25, contrast=0.2, brightness=0.06, noise=0.02)
LIGHT: Final = Strength(rotation_deg=7.0, shift=0.05, zoom=0.10, gamma=0.0, contrast=0.15, brightness=0.05, noise=0.0)


def augment(image: tf.Tensor, seed: tf.Tensor, strength: Strength = VIEW) -> tf.Tensor:
    """Draw one variation of an image: turned, moved, zoomed, exposed differently, noisier.

    Args:
      image: float32 [height_px, width_px, 1], range [0, 1].
      seed: int32 [2]; the same seed gives the same variation on every machine.
      strength: ranges of the variation.
    Returns:
      float32 [height_px, width_px, 1], range [0, 1].
    """
    return _vary(image[tf.newaxis], seed, strength)[0]


def light_augment(images: tf.Tensor, seed: tf.Tensor, strength: Strength = LIGHT) -> tf.Tensor:
    """Draw a variation of each image of a batch, quick enough for a training loop.

    Args:
      images: float32 [batch, height_px, width_px, 1], range [0, 1].
      seed: int32 [2], of the whole batch.
      strength: ranges of the variation.
    Returns:
      float32 [batch, height_px, width_px, 1], range [0, 1].
    """
    return _vary(images, seed, strength)


def _vary(images: tf.Tensor, seed: tf.Tensor, strength: Strength) -> tf.Tensor:
    batch = tf.shape(images)[0]
    draws = tf.random.stateless_uniform([8, batch], seed, -1.0, 1.0)
    varied = _warp(
        images,
        angle_rad=draws[0] * math.radians(strength.rotation_deg),
        zoom=tf.exp(draws[1] * strength.zoom),
        shift=tf.stack([draws[2], draws[3]], axis=-1) * strength.shift,
    )
    if strength.gamma > 0:
        varied = tf.pow(varied, _per_image(tf.exp(draws[4] * strength.gamma)))
    mean = tf.reduce_mean(varied, axis=[1, 2, 3], keepdims=True)
    varied = (varied - mean) * _per_image(tf.exp(draws[5] * strength.contrast)) + mean + _per_image(draws[6] * strength.brightness)
    if strength.noise > 0:
        noise = tf.random.stateless_normal(tf.shape(varied), seed + tf.constant([0, 1], seed.dtype))
        varied += noise * _per_image((draws[7] + 1.0) / 2.0 * strength.noise)
    return tf.clip_by_value(varied, 0.0, 1.0)


def _warp(images: tf.Tensor, angle_rad: tf.Tensor, zoom: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
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


def _per_image(values: tf.Tensor) -> tf.Tensor:
    return values[:, tf.newaxis, tf.newaxis, tf.newaxis]
