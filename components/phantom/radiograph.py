"""One phantom radiograph, from the body to the burnt-in mark."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.phantom.anatomy import Chest, draw_body, draw_chest
from components.phantom.frame import Map
from components.phantom.lesions import draw_lesions, lost_air
from components.phantom.marks import Box, burn_mark
from components.phantom.roster import Exposure
from components.phantom.site import SITE_OF_NAME, acquire
from components.phantom.tissue import airway, bones, smooth_noise, soft_tissue, vessels


@dataclass(frozen=True)
class Radiograph:
    """An image with the truth about it.

    Attributes:
      pixels: uint8 [image_px, image_px].
      mark_box: where the mark is; None where none was burnt in.
      lesion_masks: one bool [image_px, image_px] a lesion.
      lungs: bool [image_px, image_px].
    """

    pixels: NDArray[np.uint8]
    mark_box: Box | None
    lesion_masks: list[NDArray[np.bool_]]
    lungs: NDArray[np.bool_]


def expose(exposure: Exposure, image_px: int, mark: str | None, with_lesions: bool = True) -> Radiograph:
    """Make one radiograph.

    With another mark, or without the lesions, everything else stays as it is, pixel for pixel: what a counterfactual needs.

    Args:
      exposure: who, where and which image.
      image_px: side of the image, pixels.
      mark: the mark to burn in, one of MARKS; None for none.
      with_lesions: False leaves the lungs healthy, whatever the label.
    """
    body, frame = draw_body(exposure)
    chest = draw_chest(body, frame, image_px)
    lost, masks = lost_air(draw_lesions(exposure) if with_lesions else [], chest, exposure)
    attenuation = soft_tissue(body, chest) + bones(body, chest) + vessels(exposure, frame, chest)
    attenuation -= airway(chest) * np.float32(0.10) + _lung_air(chest, exposure) * (1 - lost)
    pixels = acquire(attenuation, exposure)
    box = burn_mark(pixels, mark, exposure, SITE_OF_NAME[exposure.source]) if mark else None
    return Radiograph(pixels, box, masks, chest.lung > np.float32(0.5))


def _lung_air(chest: Chest, exposure: Exposure) -> Map:
    rng = exposure.patient_rng("lung texture")
    image_px = chest.lung.shape[0]
    texture = smooth_noise(rng, image_px, 12) * np.float32(0.05) + smooth_noise(rng, image_px, 40) * np.float32(0.04)
    depth = np.sqrt(np.maximum(np.float32(4) * chest.across * (1 - chest.across), np.float32(0)))
    air: Map = chest.lung * (np.float32(0.24) + np.float32(0.11) * depth) * (1 + texture)
    return air
