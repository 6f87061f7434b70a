"""The boxes that radiologists drew: as ingest stores them with an image, or by a table that names the images.

Boxes are fractions of the image as its file holds it. A photograph that ingest turns upright by its EXIF tag would need its boxes
turned as well; the data sets with boxes hold none.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import tensorflow as tf

from components.base.errors import DataRefusedError, UserError
from components.explainer.truth import Mask, Window, box_mask
from components.ingest.names import unescape
from components.ingest.readers.boxes import box_from_pixels
from components.ingest.readers.nih_chestxray14 import SOURCE
from components.ingest.readers.table import read_table
from components.ingest.records import Box
from schemas import features

Boxes = Mapping[str, Sequence[Box]]

# NIH's header is "Image Index,Finding Label,Bbox [x,y,w,h],,,": the name with the brackets falls into four.
_NIH_SIDES = ("Bbox [x", "y", "w", "h]")
_NIH_PX = 1024
# The list of boxes has another word for one finding than the table of images.
_NIH_LABELS = {"Infiltrate": "Infiltration"}
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


def nih_boxes(path: Path) -> dict[str, tuple[Box, ...]]:
    """Read a table in the layout of NIH's BBox_List_2017.csv (Wang et al. 2017, arXiv:1705.02315), for images of another layout.

    Args:
      path: rows of Image Index, Finding Label and x, y, w, h in pixels of the original 1024 x 1024 image.
    Returns:
      Boxes by the name of the file.
    Raises:
      UsageError: the table or one of its columns is absent.
      DataRefusedError: a box cannot be read.
    """
    boxes: defaultdict[str, tuple[Box, ...]] = defaultdict(tuple)
    for row in read_table(path, ("Image Index", "Finding Label", *_NIH_SIDES)):
        x, y, width, height = (row.cells.get(side, "") for side in _NIH_SIDES)
        label = row.cells.get("Finding Label", "")
        box = box_from_pixels(_NIH_LABELS.get(label, label), (x, y, width, height), _NIH_PX)
        if box is None:
            raise DataRefusedError(f"{path}: line {row.line}: the box cannot be read; correct or remove the row")
        boxes[row.cells["Image Index"]] += (box,)
    return dict(boxes)


def by_id(boxes: Boxes, index: Path, source: str = SOURCE, prefix: str = "") -> dict[str, tuple[Box, ...]]:
    """Find the pseudonyms of named images in the private index of a records folder.

    Args:
      boxes: by the name of the file, without its folder.
      index: `PRIVATE_DIR/index/DIGEST.csv`, which ingest wrote.
      source: only images of this source are looked at, since two data sets may use one name.
      prefix: what stands before each name in the data at hand, such as "nih_".
    Returns:
      Boxes by pseudonym, of the images that the index lists.
    Raises:
      UsageError: the index or one of its columns is absent.
    """
    found: dict[str, tuple[Box, ...]] = {}
    for row in read_table(index, ("id", "file", "source")):
        name = PurePosixPath(unescape(row.cells["file"])).name
        if unescape(row.cells["source"]) == source and name.startswith(prefix) and name.removeprefix(prefix) in boxes:
            found[row.cells["id"]] = tuple(boxes[name.removeprefix(prefix)])
    return found
