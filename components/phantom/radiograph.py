"""One phantom radiograph, from the body to the burnt-in mark."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.phantom.anatomy import Lung, draw_body, draw_lungs
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
    x, y = frame.body_coordinates(image_px)
    lungs = draw_lungs(body, x, y)
    lost, masks = lost_air(draw_lesions(exposure) if with_lesions else [], lungs, exposure, image_px)
    air = _lung_air(lungs, exposure, image_px)
    attenuation = soft_tissue(body, x, y) + bones(body, x, y) + vessels(exposure, frame, lungs, image_px)
    attenuation -= airway(y, x) * np.float32(0.10) + air * (1 - lost)
    pixels = acquire(attenuation, exposure)
    box = burn_mark(pixels, mark, exposure, SITE_OF_NAME[exposure.source]) if mark else None
    return Radiograph(pixels, box, masks, lungs[0].weight + lungs[1].weight > np.float32(0.5))


def _lung_air(lungs: tuple[Lung, Lung], exposure: Exposure, image_px: int) -> Map:
    rng = exposure.patient_rng("lung texture")
    texture = smooth_noise(rng, image_px, 12) * np.float32(0.025) + smooth_noise(rng, image_px, 40) * np.float32(0.02)
    air = np.zeros((image_px, image_px), np.float32)
    for lung in lungs:
        depth = np.sqrt(np.clip(np.float32(4) * lung.across * (1 - lung.across), 0, 1))
        air += lung.weight * (np.float32(0.24) + np.float32(0.11) * depth)
    return air * (1 + texture * np.float32(2))
