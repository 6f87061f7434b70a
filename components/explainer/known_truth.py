"""What is known of where the evidence lies in the images of a run: a phantom's lesions and marks, or boxes that radiologists drew."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.base import progress
from components.base.errors import UsageError
from components.explainer.drawn_boxes import box_masks, read_boxes
from components.explainer.phantom_truth import phantom_masks
from components.explainer.truth import seen_window
from components.transform.config import HarmoniseConfig

# What boxes around pneumonia are called by NIH (BBox_List_2017.csv) and by RSNA.
_PNEUMONIA = frozenset({"Pneumonia", "Lung Opacity"})


def find_truth(
    ids: Sequence[str], image_px: int, harmonise: HarmoniseConfig, phantom: Path | None, files: Collection[Path]
) -> Mapping[str, npt.NDArray[np.bool_]]:
    """Find masks of what is known.

    Args:
      ids: pseudonyms of the images.
      image_px: side of the network's input, pixels.
      harmonise: how the images were made ready; a crop that differs from image to image leaves nothing known.
      phantom: folder of the built-in phantom, where that is the data.
      files: gzip TFRecord files of the ingested examples that hold the images.
    Returns:
      bool [len(ids), image_px, image_px] by name: "lesion" and "mark" of a phantom, "pneumonia box" otherwise; a name of which no image
      has anything is left out.
    Raises:
      UserError: a table, mask or record is missing or damaged.
    """
    try:
        window = seen_window(harmonise)
    except UsageError as error:
        progress.notice("explainer", str(error))
        return {}
    if phantom is None:
        masks = {"pneumonia box": box_masks(read_boxes(files, ids), ids, image_px, _PNEUMONIA, window)}
    else:
        masks = {"lesion": phantom_masks(phantom, ids, "lesion", image_px, window)}
        if not harmonise.mask_marks and not harmonise.mask_border:
            masks["mark"] = phantom_masks(phantom, ids, "mark", image_px, window)
    return {name: found for name, found in masks.items() if found.any()}
