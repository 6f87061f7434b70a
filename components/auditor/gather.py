"""Turn the images of a split into the tables of the floors, a batch at a time: pixels are never all in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.auditor.border_masking import answers_without_border
from components.auditor.config import AuditorConfig
from components.auditor.file_features import FileFacts, FileTable
from components.auditor.floors import BORDER_RING, FILE, HISTOGRAM, LUNGS_OUT, THUMBNAIL
from components.auditor.image_features import Features, Pixels, border_ring, histogram, thumbnail, visible_cells
from components.auditor.lungs import Lungs
from components.auditor.records import read_images
from components.base import progress
from components.base.errors import UserError
from components.explainer.trained_model import TrainedModel


class Tables:
    """Makes the features of a batch."""

    def __init__(self, border: float, lungs: Lungs, train: Sequence[FileFacts]) -> None:
        """Learn the files of the training images.

        Args:
          border: share of each side that the ring keeps.
          lungs: says where they lie.
          train: facts of the training images.
        """
        self._border, self._lungs, self._files = border, lungs, FileTable(train)

    def features(self, ids: Sequence[str], pixels: Pixels, facts: Sequence[FileFacts]) -> dict[str, Features]:
        """Make every table: floor to float32 [n, d].

        Args:
          ids: pseudonyms [n].
          pixels: uint8 [n, image_px, image_px].
          facts: of the files [n].
        """
        return {
            FILE: self._files.features(facts),
            BORDER_RING: border_ring(pixels, self._border),
            LUNGS_OUT: visible_cells(pixels, self._lungs.outside(ids)),
            THUMBNAIL: thumbnail(pixels),
            HISTOGRAM: histogram(pixels),
        }


@dataclass(frozen=True)
class Gathered:
    """The images of one split, in the order that was asked for.

    Attributes:
      ids: text [n].
      label_index: int64 [n].
      sources: text [n].
      tables: floor to its features, float32 [n, d].
      without_border: float32 [n, classes], the model's answers to masked images; [0, classes] where they were not wanted.
    """

    ids: npt.NDArray[np.str_]
    label_index: npt.NDArray[np.int64]
    sources: npt.NDArray[np.str_]
    tables: dict[str, Features]
    without_border: npt.NDArray[np.float32]


def gather(
    trained: TrainedModel,
    files: Collection[Path],
    ids: Sequence[str],
    facts: Mapping[str, FileFacts],
    tables: Tables,
    config: AuditorConfig,
    masked: bool,
) -> Gathered:
    """Read the images of a split.

    Args:
      trained: the model.
      files: gzip TFRecord files of the transformed examples.
      ids: pseudonyms of the images wanted, at least one.
      facts: pseudonym to what is known of the file.
      tables: makes the features.
      config: size of the batches, width of the border.
      masked: whether the model is asked about the images without their border.
    Raises:
      UserError: an image is absent or damaged.
    """
    absent = [image_id for image_id in ids if image_id not in facts]
    if absent:
        raise UserError(f"{len(absent)} of {len(ids)} images are not in the ingested examples, first {absent[0]}; run again")
    found_ids: list[str] = []
    sources: list[str] = []
    labels: list[npt.NDArray[np.int64]] = []
    parts: list[dict[str, Features]] = []
    answers = [np.zeros((0, len(trained.classes)), np.float32)]
    for batch in read_images(files, ids, trained.image_px, config.batch_size):
        found_ids += batch.ids
        sources += batch.sources
        labels.append(batch.label_index)
        parts.append(tables.features(batch.ids, batch.pixels, [facts[image_id] for image_id in batch.ids]))
        if masked:
            answers.append(answers_without_border(trained.network, batch.pixels, batch.metadata, config.border))
        progress.report("auditor", len(found_ids), len(ids), "images")
    place = {image_id: row for row, image_id in enumerate(found_ids)}
    order = np.array([place[image_id] for image_id in ids])
    return Gathered(
        ids=np.array(ids),
        label_index=np.concatenate(labels)[order],
        sources=np.array(sources)[order],
        tables={name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]},
        without_border=np.concatenate(answers)[order] if masked else answers[0],
    )
