"""The truth of phantom images, which only their maker can know."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from components.base.errors import UserError
from components.explainer.phantom_lungs import PhantomLungs
from components.explainer.truth import Mask, Window, box_mask, shrunk_mask
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.ingest.paths import normalise_name
from components.ingest.readers.boxes import box_from_pixels
from components.ingest.readers.table import read_table
from components.phantom.config import PhantomConfig

_SIDES = ("x", "y", "w", "h")


@dataclass(frozen=True)
class Phantom:
    """A phantom folder, and the configuration that it was made by."""

    folder: Path
    config: PhantomConfig


def phantom_masks(
    phantom: Phantom,
    ids: Sequence[str],
    kind: Literal["lesion", "mark", "lung"],
    image_px: int,
    window: Window | None = None,
    pseudonyms: Pseudonyms | None = None,
) -> Mask:
    """Find what is known of images of a phantom folder.

    Args:
      phantom: its folder holds metadata.csv and truth/; see the README.txt in it.
      ids: pseudonyms of the images wanted.
      kind: lesion (every pixel of it; images of the class normal have none), mark (the box around the sign at the border; where
        `harmonise.mask_marks` or `mask_border` took it out of the image, no map can find it) or lung (both lungs with their rim, whether
        lesions lie in them or not).
      image_px: side of the network's input, pixels.
      window: what the network sees of the image; None for all.
      pseudonyms: the key of the ids; None for the public key of the built-in phantom.
    Returns:
      bool [len(ids), image_px, image_px], in the order of `ids`.
    Raises:
      UsageError: a table or one of its columns is absent.
      UserError: an image is not of this folder, or its mask cannot be read.
    """
    folder, key = phantom.folder, pseudonyms or Pseudonyms(PUBLIC_KEY)
    rows = [row.cells for row in read_table(folder / "metadata.csv", ("filename", "source"))]
    names = {key.image_id(row["source"], normalise_name(row["filename"])): row["filename"] for row in rows}
    unknown = [image_id for image_id in ids if image_id not in names]
    if unknown:
        raise UserError(
            f"{len(unknown)} of {len(ids)} images are not of this phantom folder, first {unknown[0]}; give the folder of the run"
        )
    if kind == "lung":
        return PhantomLungs(phantom.config, image_px, window, key).inside(ids)
    boxes = _mark_boxes(folder) if kind == "mark" else {}
    found = np.zeros((len(ids), image_px, image_px), np.bool_)
    for place, image_id in enumerate(ids):
        lesions = _lesion_mask(folder, names[image_id], image_id)
        if kind == "lesion":
            found[place] = shrunk_mask(lesions, image_px, window)
        else:
            sides = boxes.get(names[image_id], ())
            drawn = [box_from_pixels(kind, each, lesions.shape[0]) for each in sides]
            found[place] = box_mask([box for box in drawn if box], image_px, window)
    return found


def _mark_boxes(folder: Path) -> dict[str, tuple[tuple[str, str, str, str], ...]]:
    boxes: dict[str, tuple[tuple[str, str, str, str], ...]] = {}
    for row in read_table(folder / "truth" / "boxes.csv", ("filename", "kind", *_SIDES)):
        if row.cells["kind"] == "mark":
            x, y, w, h = (row.cells[side] for side in _SIDES)
            boxes[row.cells["filename"]] = (*boxes.get(row.cells["filename"], ()), (x, y, w, h))
    return boxes


def _lesion_mask(folder: Path, name: str, image_id: str) -> Mask:
    path = folder / "truth" / "masks" / Path(name).name
    try:
        with Image.open(path) as image:
            mask: Mask = np.asarray(image.convert("L")) > 127
    except OSError as error:
        raise UserError(f"the truth mask of image {image_id} cannot be read; make the phantom again") from error
    return mask
