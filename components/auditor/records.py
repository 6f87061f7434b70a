"""Read what the audit needs out of ingested and transformed examples, a batch at a time."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.auditor.file_features import FileFacts
from components.base.errors import UserError
from components.trainer.metadata import metadata_input
from components.trainer.network import METADATA_SIZE
from schemas import features

_FACTS = {
    **{key: tf.io.FixedLenFeature([], tf.string) for key in (features.ID, features.MODE, features.FORMAT)},
    **{key: tf.io.FixedLenFeature([], tf.int64) for key in (features.HEIGHT_PX, features.WIDTH_PX)},
}
_IMAGES = {
    **{key: tf.io.FixedLenFeature([], tf.string) for key in (features.ID, features.IMAGE, features.SOURCE, features.SEX, features.VIEW)},
    **{key: tf.io.FixedLenFeature([], tf.int64) for key in (features.LABEL_INDEX, features.AGE)},
}
_METADATA = "metadata"

Batch = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Images:
    """A batch of transformed images.

    Attributes:
      ids: text of each, pseudonyms.
      label_index: int64 [n].
      sources: text of each.
      pixels: uint8 [n, image_px, image_px].
      metadata: float32 [n, METADATA_SIZE], see components.trainer.metadata.
    """

    ids: list[str]
    label_index: npt.NDArray[np.int64]
    sources: list[str]
    pixels: npt.NDArray[np.uint8]
    metadata: npt.NDArray[np.float32]


def read_file_facts(files: Collection[Path]) -> dict[str, FileFacts]:
    """Read what ingested examples say of the original files: pseudonym to facts.

    Args:
      files: gzip TFRecord files of ingested examples.
    Raises:
      UserError: a file is damaged.
    """
    found: dict[str, FileFacts] = {}
    for batch in _batches(files, 256, lambda serialized: tf.io.parse_example(serialized, _FACTS)):
        columns = [batch[name].tolist() for name in (features.ID, features.HEIGHT_PX, features.WIDTH_PX, features.MODE, features.FORMAT)]
        for image_id, height_px, width_px, mode, kind in zip(*columns, strict=True):
            found[image_id.decode()] = FileFacts(height_px, width_px, mode.decode(), kind.decode())
    return found


def read_images(files: Collection[Path], wanted: Collection[str], image_px: int, batch_size: int) -> Iterator[Images]:
    """Read transformed images in batches, in the order of the files.

    Args:
      files: gzip TFRecord files of transformed examples.
      wanted: pseudonyms of the images; others are passed over.
      image_px: side of an image, pixels.
      batch_size: most images at a time.
    Yields:
      Batches of the wanted images alone, none of them empty.
    Raises:
      UserError: a file is damaged, or an image is absent or of another size.
    """
    missing = set(wanted)
    for batch in _batches(files, batch_size, _parse_images):
        rows = [row for row, key in enumerate(batch[features.ID]) if key.decode() in missing]
        if not rows:
            continue
        ids = [batch[features.ID][row].decode() for row in rows]
        missing.difference_update(ids)
        pixels = np.zeros((len(rows), image_px, image_px), np.uint8)
        for place, row in enumerate(rows):
            content = batch[features.IMAGE][row]
            if len(content) != image_px * image_px:
                raise UserError(f"image {ids[place]}: {len(content)} bytes, not {image_px} x {image_px}; run transform and trainer again")
            pixels[place] = np.frombuffer(content, np.uint8).reshape(image_px, image_px)
        sources = [batch[features.SOURCE][row].decode() for row in rows]
        yield Images(ids, batch[features.LABEL_INDEX][rows], sources, pixels, batch[_METADATA][rows].reshape(-1, METADATA_SIZE))
    if missing:
        raise UserError(f"{len(missing)} of {len(wanted)} images are not in the transformed examples, first {min(missing)}; run again")


def _batches(files: Collection[Path], batch_size: int, parse: Callable[[tf.Tensor], dict[str, tf.Tensor]]) -> Iterator[Batch]:
    records = tf.data.TFRecordDataset([str(path) for path in sorted(files)], compression_type="GZIP").batch(batch_size)
    try:
        yield from records.map(parse).as_numpy_iterator()
    except tf.errors.OpError as error:
        raise UserError(f"the examples cannot be read: {error.message}; run the node that makes them again") from error


def _parse_images(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    parsed: dict[str, tf.Tensor] = tf.io.parse_example(serialized, _IMAGES)
    return {**parsed, _METADATA: metadata_input(parsed[features.AGE], parsed[features.SEX], parsed[features.VIEW])}
