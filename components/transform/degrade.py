"""What detectors, scanners and archives take from an image, by stateless ops."""

import tensorflow as tf

from components.transform.border import erase_border
from components.transform.policies import Degrade
from components.transform.resolution import coarsen
from components.transform.some import on_some

_SHARPENED_AT = 0.01  # standard deviation of the Gaussian of unsharp masking, share of the side


def random_degrade(images: tf.Tensor, seed: tf.Tensor, strength: Degrade) -> tf.Tensor:
    """Degrade shares of the images, in the order in which it happens to a radiograph.

    Args:
      images: float32 [batch, height_px, width_px, 1], range [0, 1].
      seed: int32 [2].
      strength: ranges and shares.
    Returns:
      float32 of the same shape, range [0, 1].
    """
    draws = tf.random.stateless_uniform([10, tf.shape(images)[0]], seed, -1.0, 1.0)
    amounts = (draws[:5] + 1.0) / 2.0
    seeds = seed + tf.constant([[0, 1], [0, 2]], seed.dtype)
    steps = (
        (strength.blur_share, lambda chosen, rows: gaussian_blur(chosen, tf.gather(amounts[0], rows) * strength.blur)),
        (strength.sharpen_share, lambda chosen, rows: sharpen(chosen, tf.gather(amounts[1], rows) * strength.sharpen)),
        (strength.noise_share, lambda chosen, rows: add_noise(chosen, tf.gather(amounts[2], rows) * strength.noise, seeds[0])),
        (
            strength.resolution_share,
            lambda chosen, rows: coarsen(chosen, 1.0 - tf.gather(amounts[3], rows) * (1.0 - strength.resolution)),
        ),
        (strength.border_share, lambda chosen, _: erase_border(chosen, seeds[1], strength.border)),
        (strength.jpeg_share, lambda chosen, rows: lose_by_jpeg(chosen, _quality(tf.gather(amounts[4], rows), strength.jpeg_quality))),
    )
    # Blurring and sharpening exclude each other: the one takes the lowest draws, the other the highest.
    chances = (draws[5], -draws[5], *tf.unstack(draws[6:], num=4))
    for (share, change), chance in zip(steps, chances, strict=True):
        images = on_some(images, chance, share, change)
    return images


def gaussian_blur(images: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
    """Blur each image with a Gaussian of its own; at the border, what lies within counts alone.

    A matrix along each side, since the images differ in their kernels and a convolution takes one for all.

    Args:
      images: float32 [batch, height_px, width_px, 1].
      sigma: float32 [batch], standard deviation, share of the height.
    Returns:
      float32 of the same shape, in the range of the input.
    """
    size = tf.shape(images)[1:3]
    sigma_px = tf.maximum(sigma * tf.cast(size[0], tf.float32), 1e-2)
    rows, columns = _gaussian_matrix(size[0], sigma_px), _gaussian_matrix(size[1], sigma_px)
    blurred = rows @ images[..., 0] @ tf.linalg.matrix_transpose(columns)
    return tf.ensure_shape(blurred[..., tf.newaxis], images.shape)


def sharpen(images: tf.Tensor, amount: tf.Tensor) -> tf.Tensor:
    """Raise the differences from the local mean, as consoles do (unsharp masking).

    Args:
      images: float32 [batch, height_px, width_px, 1], range [0, 1].
      amount: float32 [batch]; 0 changes nothing, 1 doubles the differences.
    Returns:
      float32 of the same shape, range [0, 1].
    """
    blurred = gaussian_blur(images, tf.fill(tf.shape(amount), _SHARPENED_AT))
    return tf.clip_by_value(images + (images - blurred) * _per_image(amount), 0.0, 1.0)


def add_noise(images: tf.Tensor, deviation: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Add Gaussian pixel noise.

    Args:
      images: float32 [batch, height_px, width_px, 1], range [0, 1].
      deviation: float32 [batch], standard deviation, of the range [0, 1].
      seed: int32 [2].
    Returns:
      float32 of the same shape, range [0, 1].
    """
    noise = tf.random.stateless_normal(tf.shape(images), seed)
    return tf.clip_by_value(images + noise * _per_image(deviation), 0.0, 1.0)


def lose_by_jpeg(images: tf.Tensor, quality: tf.Tensor) -> tf.Tensor:
    """Encode each image as a JPEG and decode it. The codec takes one image at a time.

    Args:
      images: float32 [batch, height_px, width_px, 1], range [0, 1].
      quality: int32 [batch], 1 to 100.
    Returns:
      float32 of the same shape, range [0, 1].
    """

    def anew(image_and_quality: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        image, wanted = image_and_quality
        decoded = tf.io.decode_jpeg(tf.raw_ops.EncodeJpegVariableQuality(images=image, quality=wanted), dct_method="INTEGER_ACCURATE")
        return tf.ensure_shape(decoded, images.shape[1:])

    grays = tf.cast(tf.round(images * 255.0), tf.uint8)
    lost = tf.map_fn(anew, (grays, quality), fn_output_signature=tf.TensorSpec(images.shape[1:], tf.uint8))
    return tf.cast(lost, tf.float32) / 255.0


def _gaussian_matrix(side_px: tf.Tensor, sigma_px: tf.Tensor) -> tf.Tensor:
    place = tf.cast(tf.range(side_px), tf.float32)
    distance = tf.square(place[:, tf.newaxis] - place)
    weights = tf.exp(-0.5 * distance / tf.square(sigma_px)[:, tf.newaxis, tf.newaxis])
    return weights / tf.reduce_sum(weights, axis=2, keepdims=True)


def _quality(amount: tf.Tensor, lowest: int) -> tf.Tensor:
    return tf.cast(100.0 - amount * float(100 - lowest), tf.int32)


def _per_image(values: tf.Tensor) -> tf.Tensor:
    return values[:, tf.newaxis, tf.newaxis, tf.newaxis]
