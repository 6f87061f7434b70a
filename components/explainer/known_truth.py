"""What is known of where things lie in the images of a run: a phantom's lesions, marks and lungs, or boxes that radiologists drew."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.base import progress
from components.base.errors import UsageError
from components.explainer.drawn_boxes import box_masks, read_boxes
from components.explainer.faithfulness.measures import LUNG, MARK
from components.explainer.phantom_truth import Phantom, phantom_masks
from components.explainer.truth import seen_window
from components.transform.config import HarmoniseConfig

# What boxes around pneumonia are called by NIH (BBox_List_2017.csv) and by RSNA.
_PNEUMONIA = frozenset({"Pneumonia", "Lung Opacity"})


Masks = Mapping[str, npt.NDArray[np.bool_]]


@dataclass(frozen=True)
class Known:
    """Masks bool [n, image_px, image_px] by name; a name of which no image has anything is left out.

    Attributes:
      evidence: what a map can hit: "lesion" and "mark" of a phantom, "pneumonia box" otherwise.
      anatomy: where the body lies, "lung" of a phantom. A map on a lung is no hit: it tells what a concept lies in, and what a map of
        the lungs alone would score.
    """

    evidence: Masks = field(default_factory=dict)
    anatomy: Masks = field(default_factory=dict)


def find_known(ids: Sequence[str], image_px: int, harmonise: HarmoniseConfig, phantom: Phantom | None, files: Collection[Path]) -> Known:
    """Find masks of what is known.

    Args:
      ids: pseudonyms of the images.
      image_px: side of the network's input, pixels.
      harmonise: how the images were made ready; a crop that differs from image to image leaves nothing known.
      phantom: the built-in phantom, where that is the data.
      files: gzip TFRecord files of the ingested examples that hold the images.
    Raises:
      UserError: a table, mask or record is missing or damaged.
    """
    try:
        window = seen_window(harmonise)
    except UsageError as error:
        progress.notice("explainer", str(error))
        return Known()
    if phantom is None:
        return Known(_present({"pneumonia box": box_masks(read_boxes(files, ids), ids, image_px, _PNEUMONIA, window)}))
    evidence = {"lesion": phantom_masks(phantom, ids, "lesion", image_px, window)}
    if not harmonise.mask_marks and not harmonise.mask_border:
        evidence[MARK] = phantom_masks(phantom, ids, "mark", image_px, window)
    return Known(_present(evidence), _present({LUNG: phantom_masks(phantom, ids, "lung", image_px, window)}))


def _present(masks: Masks) -> Masks:
    return {name: found for name, found in masks.items() if found.any()}
