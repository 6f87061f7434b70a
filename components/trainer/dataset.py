"""Transformed examples in memory, and the batches that training reads from them.

The files are read once; pixels stay uint8. Every choice (order, view, variation) comes from the seed and the place of an
example in the order of the ids, so neither the number of files nor their order changes a training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base.errors import DataRefusedError
from components.transform.augment import light_augment
from schemas import features

# TensorFlow Transform writes the values of a ragged feature under this name, and nothing for a row without values.
VIEWS_COLUMN: Final = f"{features.IMAGE_VIEWS}$ragged_values"
_READ_BATCH: Final = 256
_PREFETCHED_BATCHES: Final = 2


@dataclass(frozen=True)
class Examples:
    """Images and labels in the order of the ids.

    Attributes:
      ids: bytes [n], sorted.
      labels: int64 [n], positions in the classes.
      pixels: uint8 [images, image_px, image_px, 1], a tensor: every image and every view, in the order of the files.
      first: int64 [n], where the original of each example lies in `pixels`; its views follow it.
      versions: int64 [n], 1 + number of views.
    """

    ids: npt.NDArray[np.bytes_]
    labels: npt.NDArray[np.int64]
    pixels: tf.Tensor
    first: npt.NDArray[np.int64]
    versions: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


def read_examples(patterns: Sequence[str], image_px: int) -> Examples:
    """Read gzipped TFRecords of transformed examples into memory.

    Args:
      patterns: file patterns, as TFX gives them.
      image_px: side of the images, pixels.
    Raises:
      DataRefusedError: there is no example.
    """
    files = sorted(path for pattern in patterns for path in tf.io.gfile.glob(pattern))
    records = tf.data.TFRecordDataset(files, compression_type="GZIP").batch(_READ_BATCH)
    parsed = records.map(lambda batch: _parse(batch, image_px), num_parallel_calls=tf.data.AUTOTUNE)
    chunks = list(parsed)
    if not chunks:
        raise DataRefusedError("A split holds no images; training needs images in train and in eval. Add patients, or change ingest.split.")
    ids, labels, versions, pixels = zip(*chunks, strict=True)
    all_ids = np.concatenate([chunk.numpy() for chunk in ids]).astype(np.bytes_)
    all_versions = np.concatenate([chunk.numpy() for chunk in versions])
    first = np.cumsum(all_versions) - all_versions
    order = np.argsort(all_ids, kind="stable")
    all_labels = np.concatenate([chunk.numpy() for chunk in labels])
    return Examples(all_ids[order], all_labels[order], tf.concat(pixels, axis=0), first[order], all_versions[order])


def label_counts(examples: Examples, class_count: int) -> list[int]:
    """Count the examples of each class, in the order of the classes."""
    return [int(count) for count in np.bincount(examples.labels, minlength=class_count)]


def training_dataset(
    examples: Examples,
    class_count: int,
    batch_size: int,
    seed: int,
    *,
    use_views: bool = True,
    online: bool = False,
    class_weights: Sequence[float] | None = None,
) -> tf.data.Dataset:
    """Make the batches of one epoch; each further iteration is another epoch, of another order.

    Args:
      examples: from `read_examples`.
      class_count: number of classes.
      batch_size: examples in a batch; what is left over after the last full batch waits for another epoch's order.
      seed: of the order, the choice of view and the online variations.
      use_views: take the image or one of its views, each equally often; False takes the image.
      online: vary every image at random as well.
      class_weights: weight of each class in the loss, or None for 1.
    Returns:
      Batches of images float32 [batch, image_px, image_px, 1] in [0, 1], one-hot labels float32 [batch, class_count] and
      weights float32 [batch].
    Raises:
      ValueError: views are wanted and no example has any.
    """
    if use_views and not (examples.versions > 1).any():
        raise ValueError("no example has augmented views; was Transform run with another augmentation?")
    labels, first = tf.constant(examples.labels), tf.constant(examples.first)
    versions = tf.constant(examples.versions) if use_views else tf.ones_like(first)
    weights = tf.constant(class_weights if class_weights is not None else [1.0] * class_count, tf.float32)

    def batch_of(rows: tf.Tensor, draw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        batch_seed = tf.stack([tf.cast(draw % (2**31 - 1), tf.int32), seed])
        share = tf.random.stateless_uniform(tf.shape(rows), batch_seed, dtype=tf.float64)
        version = tf.cast(share * tf.cast(tf.gather(versions, rows), tf.float64), tf.int64)
        images = _as_float(tf.gather(examples.pixels, tf.gather(first, rows) + version))
        if online:
            images = light_augment(images, batch_seed + 1)
        label = tf.gather(labels, rows)
        return images, tf.one_hot(label, class_count), tf.gather(weights, label)

    count = len(examples)
    rows = tf.data.Dataset.range(count).shuffle(count, seed=seed, reshuffle_each_iteration=True)
    draws = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True)
    batches = tf.data.Dataset.zip(rows.batch(batch_size, drop_remainder=count >= batch_size), draws)
    return _finished(batches.map(batch_of, num_parallel_calls=tf.data.AUTOTUNE))


def evaluation_dataset(examples: Examples, class_count: int, batch_size: int) -> tf.data.Dataset:
    """Make the batches of an evaluation: every image once, in the order of the ids, unchanged.

    Returns:
      Batches of images float32 [batch, image_px, image_px, 1] in [0, 1] and one-hot labels float32 [batch, class_count].
    """
    labels, first = tf.constant(examples.labels), tf.constant(examples.first)

    def batch_of(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return _as_float(tf.gather(examples.pixels, tf.gather(first, rows))), tf.one_hot(tf.gather(labels, rows), class_count)

    rows = tf.data.Dataset.range(len(examples)).batch(batch_size)
    return _finished(rows.map(batch_of, num_parallel_calls=tf.data.AUTOTUNE))


def pixels_of(serialised: tf.Tensor, image_px: int) -> tf.Tensor:
    """Turn the strings that Transform writes back into pixels.

    Args:
      serialised: string [n], each image_px * image_px bytes.
      image_px: side of the images, pixels.
    Returns:
      uint8 [n, image_px, image_px, 1].
    """
    return tf.reshape(tf.io.decode_raw(serialised, tf.uint8), [-1, image_px, image_px, 1])


def network_input(serialised: tf.Tensor, image_px: int) -> tf.Tensor:
    """Turn the strings that Transform writes into what the network reads, float32 [n, image_px, image_px, 1] in [0, 1]."""
    return _as_float(pixels_of(serialised, image_px))


def _parse(records: tf.Tensor, image_px: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    parsed = tf.io.parse_example(
        records,
        {
            features.ID: tf.io.FixedLenFeature([], tf.string),
            features.LABEL_INDEX: tf.io.FixedLenFeature([], tf.int64),
            features.IMAGE: tf.io.FixedLenFeature([], tf.string),
            features.IMAGE_VIEWS: tf.io.RaggedFeature(tf.string, value_key=VIEWS_COLUMN, row_splits_dtype=tf.int64),
        },
    )
    versions = tf.concat([parsed[features.IMAGE][:, tf.newaxis], parsed[features.IMAGE_VIEWS]], axis=1)
    pixels = pixels_of(versions.flat_values, image_px)
    return parsed[features.ID], parsed[features.LABEL_INDEX], versions.row_lengths(), pixels


def _as_float(pixels: tf.Tensor) -> tf.Tensor:
    return tf.cast(pixels, tf.float32) / 255.0


def _finished(batches: tf.data.Dataset) -> tf.data.Dataset:
    options = tf.data.Options()
    options.deterministic = True
    return batches.prefetch(_PREFETCHED_BATCHES).with_options(options)
