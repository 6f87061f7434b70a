"""The boxes that radiologists drew, as ingest stores them with an image.

Boxes are fractions of the image as its file holds it. A photograph that ingest turns upright by its EXIF tag would need its boxes
turned as well; the data sets with boxes hold none.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from components.base.errors import UserError
from components.explainer.truth import Mask, Window, box_mask
from components.ingest.records import Box
from schemas import features

Boxes = Mapping[str, Sequence[Box]]

_PARSED = {features.ID: tf.io.FixedLenFeature([], tf.string), features.BOX_LABEL: tf.io.RaggedFeature(tf.string)} | {
    side: tf.io.RaggedFeature(tf.float32) for side in features.BOX_SIDES
}


def box_masks(boxes: Boxes, ids: Sequence[str], image_px: int, labels: Collection[str] | None = None, window: Window | None = None) -> Mask:
    """Draw the boxes of images.

    Args:
      boxes: boxes of each image, by its pseudonym; an image that is absent has none.
      ids: pseudonyms of the images wanted.
      image_px: side of the network's input, pixels.
      labels: what a box must mark to count, such as {"Pneumonia"} where pneumonia is explained; None for anything.
      window: what the network sees of the image; None for all.
    Returns:
      bool [len(ids), image_px, image_px], in the order of `ids`.
    """
    found = np.zeros((len(ids), image_px, image_px), np.bool_)
    for place, image_id in enumerate(ids):
        chosen = [box for box in boxes.get(image_id, ()) if labels is None or box.label in labels]
        found[place] = box_mask(chosen, image_px, window)
    return found


def read_boxes(files: Collection[Path], ids: Sequence[str]) -> dict[str, tuple[Box, ...]]:
    """Read boxes out of ingested examples; Transform does not pass them on.

    Args:
      files: gzip TFRecord files of ingested (not of transformed) examples.
      ids: pseudonyms of the images wanted.
    Returns:
      Boxes of each image that has some.
    Raises:
      UserError: a file is damaged.
    """
    wanted = {image_id.encode() for image_id in ids}
    found: dict[str, tuple[Box, ...]] = {}
    records = tf.data.TFRecordDataset([str(path) for path in sorted(files)], compression_type="GZIP").batch(256)
    try:
        for batch in records.map(lambda serialized: tf.io.parse_example(serialized, _PARSED)):
            image_ids = batch[features.ID].numpy()
            columns = [batch[name].to_list() for name in (features.BOX_LABEL, *features.BOX_SIDES)]
            for key, *image in zip(image_ids, *columns, strict=True):
                if key in wanted and image[0]:
                    found[key.decode()] = tuple(
                        Box(label.decode(), left, top, right - left, bottom - top)
                        for label, left, top, right, bottom in zip(*image, strict=True)
                    )
    except tf.errors.OpError as error:
        raise UserError(f"the ingested test examples cannot be read: {error.message}") from error
    return found
