"""Make images of different sources alike: decoded pixels in, the square of the network out."""

from collections.abc import Callable
from typing import Final

import tensorflow as tf

from components.transform import histogram
from components.transform.config import HarmoniseConfig
from components.transform.crop import crop
from components.transform.masks import mask_border, mask_marks

_HISTOGRAMS: Final[dict[str, Callable[[tf.Tensor], tf.Tensor]]] = {
    "stretch": histogram.stretch,
    "equalise": histogram.equalise,
    "clahe": histogram.clahe,
    "match": histogram.match,
}


def harmonise(gray: tf.Tensor, image_px: int, config: HarmoniseConfig) -> tf.Tensor:
    """Bring one image to the size and the look that the network expects.

    Args:
      gray: uint8 [height_px, width_px, 1], of any size.
      image_px: side of the result, pixels.
      config: the switches, in the order in which they work.
    Returns:
      uint8 [image_px, image_px, 1].
    """
    # Where nothing is switched on the decoder's own pixels are resampled, once.
    if config.crop != "none":
        gray = crop(tf.cast(gray, tf.float32), config.crop)
    if config.resolution_px:
        gray = tf.image.resize(gray, [config.resolution_px, config.resolution_px], antialias=True)
    if config.jpeg_quality:
        gray = encoded_anew(gray, config.jpeg_quality)
    resized = tf.image.resize(gray, [image_px, image_px], antialias=True)
    harmonised = _HISTOGRAMS[config.histogram](resized)
    if config.mask_marks:
        harmonised = mask_marks(harmonised)
    if config.mask_border:
        harmonised = mask_border(harmonised, config.mask_border)
    return tf.cast(tf.round(harmonised), tf.uint8)


def encoded_anew(gray: tf.Tensor, quality: int) -> tf.Tensor:
    """Encode an image as a JPEG and decode it.

    Args:
      gray: uint8 or float32 [height_px, width_px, 1], range [0, 255].
      quality: 1 to 100.
    Returns:
      uint8 [height_px, width_px, 1].
    """
    levels = tf.cast(tf.round(tf.clip_by_value(tf.cast(gray, tf.float32), 0.0, 255.0)), tf.uint8)
    decoded = tf.io.decode_jpeg(tf.io.encode_jpeg(levels, format="grayscale", quality=quality), channels=1, dct_method="INTEGER_ACCURATE")
    return tf.ensure_shape(decoded, gray.shape)
