"""`preprocessing_fn`: from the ingested features to what the network reads; the same graph trains and serves.

Every image becomes a square, gray and of even contrast; `harmonise` has switches for more. The square is squashed, not
padded: padding would show the aspect ratio of the original, and that tells the source of the image. For the same reason the
contrast is stretched by the image's own percentiles: exposure differs more between hospitals than between diseases.
"""

from collections.abc import Mapping
from typing import Any, Final

import tensorflow as tf

from components.transform.augment import augment
from components.transform.config import HarmoniseConfig, TransformConfig
from components.transform.harmonise import harmonise
from schemas import features

_PASSED_ON: Final = (features.ID, features.GROUP, features.SOURCE, features.SPLIT, features.VIEW, features.AGE, features.SEX)
_MAX_SEED: Final = 2**31 - 1


def preprocessing_fn(inputs: Mapping[str, tf.Tensor], custom_config: Mapping[str, Any]) -> dict[str, tf.Tensor | tf.RaggedTensor]:
    """Transform a batch of ingested features.

    Args:
      inputs: the features of schemas.features; those that are used are each [n] or [n, 1], but for the findings.
      custom_config: "seed" int, "augmentation" (off | transform | online | both), "classes" and "transform" (TransformConfig).
    Returns:
      image: string [n], each the bytes of uint8 [image_px * image_px], row major.
      views: ragged string [n, (views)], each like image; none unless the split is train and the augmentation wants them.
      label_index: int64 [n], position of the label in the classes, -1 where it is none of them.
      id, group, source, split, view, sex: string [n].
      age: int64 [n].
      findings: int64 [n, number of features.FINDINGS].
    """
    config = TransformConfig(**custom_config["transform"])
    columns = {name: tf.reshape(inputs[name], [-1]) for name in (features.ENCODED, features.LABEL, *_PASSED_ON)}
    pixels = standardised_pixels(columns[features.ENCODED], config.image_px, config.harmonise)
    outputs: dict[str, tf.Tensor | tf.RaggedTensor] = {name: tf.identity(columns[name]) for name in _PASSED_ON}
    outputs[features.FINDINGS_PRESENT] = tf.reshape(inputs[features.FINDINGS_PRESENT], [-1, len(features.FINDINGS)])
    outputs[features.IMAGE] = _serialised(pixels)
    view_count = config.views if custom_config["augmentation"] in ("transform", "both") else 0
    is_train = tf.equal(columns[features.SPLIT], "train")
    outputs[features.IMAGE_VIEWS] = _views(pixels, columns[features.ID], is_train, view_count, config.policy, custom_config["seed"])
    outputs[features.LABEL_INDEX] = _label_index(columns[features.LABEL], custom_config["classes"])
    return outputs


def standardised_pixels(encoded: tf.Tensor, image_px: int, switches: HarmoniseConfig | None = None) -> tf.Tensor:
    """Decode images and bring them to one size and contrast.

    Args:
      encoded: string [n], PNG or JPEG of any size, depth and colour mode.
      image_px: side of the result, pixels.
      switches: of harmonisation; None for the defaults.
    Returns:
      uint8 [n, image_px, image_px, 1]; by default the lowest and highest percent of the pixels of each image are 0 and 255.
    """
    chosen = switches or HarmoniseConfig()

    def standardise(content: tf.Tensor) -> tf.Tensor:
        gray = tf.io.decode_image(content, channels=1, expand_animations=False)
        gray.set_shape([None, None, 1])
        return harmonise(gray, image_px, chosen)

    return tf.map_fn(standardise, encoded, fn_output_signature=tf.TensorSpec([image_px, image_px, 1], tf.uint8))


def _views(pixels: tf.Tensor, ids: tf.Tensor, is_train: tf.Tensor, view_count: int, policy: str, seed: int) -> tf.RaggedTensor:
    """Draw the views of the train rows; the loop runs over those rows alone, so that serving draws none."""
    lengths = tf.cast(is_train, tf.int64) * view_count
    if view_count == 0:
        return tf.RaggedTensor.from_row_lengths(tf.zeros([0], tf.string), lengths)
    rows = tf.repeat(tf.where(is_train)[:, 0], view_count)
    # The name of a view, not its place in the batch, decides its seed.
    numbers = tf.range(tf.size(rows)) % view_count
    names = tf.strings.join([tf.gather(ids, rows), tf.strings.as_string(numbers)], separator="/")
    hashes = tf.strings.to_hash_bucket_strong(names, _MAX_SEED, key=[seed, 0])
    seeds = tf.stack([hashes, tf.zeros_like(hashes)], axis=-1)

    def view(row_and_seed: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        row, view_seed = row_and_seed
        varied = augment(tf.cast(pixels[row], tf.float32) / 255.0, tf.cast(view_seed, tf.int32), policy)
        return tf.cast(tf.round(varied * 255.0), tf.uint8)

    views = tf.map_fn(view, (rows, seeds), fn_output_signature=tf.TensorSpec(pixels.shape[1:], tf.uint8))
    return tf.RaggedTensor.from_row_lengths(_serialised(views), lengths)


def _serialised(pixels: tf.Tensor) -> tf.Tensor:
    """Turn uint8 [n, height_px, width_px, 1] into string [n], one byte a pixel."""
    # TensorFlow has no op from uint8 to raw bytes (serialize_tensor adds a header); a byte is looked up as a one-byte string.
    alphabet = tf.constant([bytes([value]) for value in range(256)])

    def serialise(image: tf.Tensor) -> tf.Tensor:
        return tf.strings.reduce_join(tf.gather(alphabet, tf.cast(tf.reshape(image, [-1]), tf.int32)))

    return tf.map_fn(serialise, pixels, fn_output_signature=tf.TensorSpec([], tf.string))


def _label_index(labels: tf.Tensor, classes: list[str]) -> tf.Tensor:
    matches = tf.equal(labels[:, tf.newaxis], tf.constant(classes)[tf.newaxis])
    return tf.where(tf.reduce_any(matches, axis=1), tf.argmax(matches, axis=1, output_type=tf.int64), tf.constant(-1, tf.int64))
