"""Read what the network reads out of transformed examples: images, and what is known besides."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base.errors import UserError
from components.trainer.metadata import metadata_input
from components.trainer.network import METADATA_SIZE
from schemas import features

_METADATA = "metadata"
_PARSED = {
    **{key: tf.io.FixedLenFeature([], tf.string) for key in (features.ID, features.IMAGE, features.SEX, features.VIEW)},
    features.AGE: tf.io.FixedLenFeature([], tf.int64),
}


def read_images(files: Collection[Path], ids: Sequence[str], image_px: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Read images by their ids.

    Args:
      files: gzip TFRecord files of transformed examples.
      ids: pseudonyms of the images wanted.
      image_px: side of an image, pixels.
    Returns:
      Images uint8 [len(ids), image_px, image_px] and metadata float32 [len(ids), METADATA_SIZE], in the order of `ids`.
    Raises:
      UserError: a file is damaged, an image is absent or of another size.
    """
    wanted = {image_id.encode(): place for place, image_id in enumerate(ids)}
    images = np.zeros((len(ids), image_px, image_px), np.uint8)
    metadata = np.zeros((len(ids), METADATA_SIZE), np.float32)
    missing = set(wanted)
    records = tf.data.TFRecordDataset([str(path) for path in sorted(files)], compression_type="GZIP").batch(256)
    try:
        for batch in records.map(_parse).as_numpy_iterator():
            for key, pixels, facts in zip(batch[features.ID], batch[features.IMAGE], batch[_METADATA], strict=True):
                if key not in missing:
                    continue
                if len(pixels) != image_px * image_px:
                    raise UserError(
                        f"image {key.decode()}: {len(pixels)} bytes, not {image_px} x {image_px}; run transform and trainer again"
                    )
                images[wanted[key]] = np.frombuffer(pixels, np.uint8).reshape(image_px, image_px)
                metadata[wanted[key]] = facts
                missing.remove(key)
            if not missing:
                break
    except tf.errors.OpError as error:
        raise UserError(f"the transformed test examples cannot be read: {error.message}") from error
    if missing:
        first = min(missing).decode()
        raise UserError(
            f"{len(missing)} of {len(ids)} images are in the predictions but not in the transformed test examples, first {first}"
        )
    return images, metadata


def _parse(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    parsed: dict[str, tf.Tensor] = tf.io.parse_example(serialized, _PARSED)
    return {**parsed, _METADATA: metadata_input(parsed[features.AGE], parsed[features.SEX], parsed[features.VIEW])}
