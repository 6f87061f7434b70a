"""Transformed examples in memory: pixels stay uint8, and everything is in the order of the ids, whatever the files were."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base.errors import DataRefusedError, UsageError
from components.trainer.config import Task
from components.trainer.metadata import metadata_input
from schemas import features

# TensorFlow Transform writes the values of a ragged feature under this name, and nothing for a row without values.
VIEWS_COLUMN: Final = f"{features.IMAGE_VIEWS}$ragged_values"
_READ_BATCH: Final = 256

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Examples:
    """Images and what is known of them, in the order of the ids.

    Attributes:
      ids: bytes [n], sorted.
      labels: int64 [n], positions in the classes.
      findings: int64 [n, 14], 1 where schemas.features.FINDINGS[i] is stated, 0 where not, NOT_STATED all over where the data do not say.
      sources: text [n].
      metadata: float32 [n, METADATA_SIZE], see components.trainer.metadata.
      pixels: uint8 [images, image_px, image_px, 1], a tensor: every image and every view, in the order of the files; or, where a body is
        frozen, its pooled features of them, float32 [images, channels].
      first: int64 [n], where the original of each example lies in `pixels`; its views follow it.
      versions: int64 [n], 1 + number of views.
    """

    ids: npt.NDArray[np.bytes_]
    labels: Integers
    findings: Integers
    sources: npt.NDArray[np.str_]
    metadata: Floats
    pixels: tf.Tensor
    first: Integers
    versions: Integers

    def __len__(self) -> int:
        return len(self.ids)

    def subset(self, rows: npt.NDArray[Any]) -> "Examples":
        """Take some rows, a mask or ascending positions; the pixels are shared, not copied."""
        names = ("ids", "labels", "findings", "sources", "metadata", "first", "versions")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def compact(self) -> "Examples":
        """Copy the pixels of these examples and leave those of others, that a subset still shares."""
        starts = np.cumsum(self.versions) - self.versions
        rows = np.repeat(self.first - starts, self.versions) + np.arange(self.versions.sum())
        return replace(self, pixels=tf.gather(self.pixels, rows), first=starts)

    def targets(self, task: Task, class_count: int) -> Floats:
        """Give what the network is to say, float32 [n, class_count]: one class an image, or any number of findings."""
        if task == "multilabel":
            return self.findings.astype(np.float32)
        hot: Floats = np.eye(class_count, dtype=np.float32)[self.labels]
        return hot


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
    chunks = list(records.map(lambda batch: _parse(batch, image_px), num_parallel_calls=tf.data.AUTOTUNE))
    if not chunks:
        raise DataRefusedError("A split holds no images; training needs images in train and in eval. Add patients, or change ingest.split.")
    pixels = tf.concat([chunk.pop("pixels") for chunk in chunks], axis=0)
    columns = {name: np.concatenate([chunk[name].numpy() for chunk in chunks]) for name in chunks[0]}
    versions = columns["versions"]
    ids = columns["ids"].astype(np.bytes_)
    examples = Examples(
        ids=ids,
        labels=columns["labels"],
        findings=columns["findings"],
        sources=np.char.decode(columns["sources"].astype(np.bytes_), "utf-8"),
        metadata=columns["metadata"],
        pixels=pixels,
        first=np.cumsum(versions) - versions,
        versions=versions,
    )
    return examples.subset(np.argsort(ids, kind="stable"))


def stated(examples: Examples, task: Task) -> Examples:
    """Keep what the task can use: for multilabel, the images whose findings the data state.

    Raises:
      UsageError: none is left.
    """
    rows = stated_rows(examples, task)
    if not rows.any():
        raise UsageError("trainer.task=multilabel needs images whose findings are stated, such as those of --data nih_chestxray14=DIR")
    return examples.subset(rows)


def stated_rows(examples: Examples, task: Task) -> npt.NDArray[np.bool_]:
    """Mark the rows that the task can use, bool [n]."""
    if task == "multiclass":
        return np.ones(len(examples), np.bool_)
    rows: npt.NDArray[np.bool_] = (examples.findings != features.NOT_STATED).all(axis=1)
    return rows


def label_counts(examples: Examples, class_count: int) -> list[int]:
    """Count the examples of each class, in the order of the classes."""
    return [int(count) for count in np.bincount(examples.labels, minlength=class_count)]


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
    return as_float(pixels_of(serialised, image_px))


def as_float(pixels: tf.Tensor) -> tf.Tensor:
    """Turn uint8 pixels into float32 in [0, 1]; features, which are float32, stay as they are."""
    return tf.cast(pixels, tf.float32) / 255.0 if pixels.dtype == tf.uint8 else pixels


def _parse(records: tf.Tensor, image_px: int) -> dict[str, tf.Tensor]:
    parsed = tf.io.parse_example(
        records,
        {
            features.ID: tf.io.FixedLenFeature([], tf.string),
            features.LABEL_INDEX: tf.io.FixedLenFeature([], tf.int64),
            features.FINDINGS_PRESENT: tf.io.FixedLenFeature([len(features.FINDINGS)], tf.int64),
            features.SOURCE: tf.io.FixedLenFeature([], tf.string),
            features.AGE: tf.io.FixedLenFeature([], tf.int64),
            features.SEX: tf.io.FixedLenFeature([], tf.string),
            features.VIEW: tf.io.FixedLenFeature([], tf.string),
            features.IMAGE: tf.io.FixedLenFeature([], tf.string),
            features.IMAGE_VIEWS: tf.io.RaggedFeature(tf.string, value_key=VIEWS_COLUMN, row_splits_dtype=tf.int64),
        },
    )
    versions = tf.concat([parsed[features.IMAGE][:, tf.newaxis], parsed[features.IMAGE_VIEWS]], axis=1)
    return {
        "ids": parsed[features.ID],
        "labels": parsed[features.LABEL_INDEX],
        "findings": parsed[features.FINDINGS_PRESENT],
        "sources": parsed[features.SOURCE],
        "metadata": metadata_input(parsed[features.AGE], parsed[features.SEX], parsed[features.VIEW]),
        "versions": versions.row_lengths(),
        "pixels": pixels_of(versions.flat_values, image_px),
    }
