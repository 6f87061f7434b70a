"""Lesions of known place: none, one lobar consolidation, or bilateral peripheral ground-glass opacities.

A lesion is a star-shaped blob in a lung's own coordinates, in which the lung is a square: so it ends at the lung's
silhouette, and is one piece.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.phantom.anatomy import Chest
from components.phantom.frame import Map, soft_step
from components.phantom.roster import Exposure
from components.phantom.tissue import smooth_noise

# Lobes of the right (-1) and the left (1) lung, as a frontal image projects them: the span of `down` each fills.
LOBES = {
    (-1, "upper"): (0.12, 0.46),
    (-1, "middle"): (0.50, 0.74),
    (-1, "lower"): (0.62, 0.98),
    (1, "upper"): (0.12, 0.52),
    (1, "lower"): (0.58, 0.98),
}
_OPACITIES_PER_SIDE = ((1, 2), (2, 1), (2, 2), (2, 3), (3, 2), (3, 3))
_HARMONICS = 4


@dataclass(frozen=True)
class Lesion:
    """One blob in a lung's coordinates.

    Attributes:
      side: -1 or 1, the lung.
      across, down: centre in the lung's coordinates.
      radius_across, radius_down: half axes in the lung's coordinates.
      wobble: float [4], amplitudes of the outline's harmonics; phases [4], radians.
      fill: share of the lung's air that is replaced at the centre, 0 to 1.
      edge: softness of the outline as a share of the radius.
      grain: contrast of the texture inside, 0 to 1.
    """

    side: int
    across: float
    down: float
    radius_across: float
    radius_down: float
    wobble: NDArray[np.float64]
    phases: NDArray[np.float64]
    fill: float
    edge: float
    grain: float


def draw_lesions(exposure: Exposure) -> list[Lesion]:
    """Draw the lesions of an image: the places are the patient's, size and density vary from image to image."""
    if exposure.label == "pneumonia":
        return [_consolidation(exposure)]
    if exposure.label == "covid19":
        return _opacities(exposure)
    return []


def lesion_weight(lesion: Lesion, chest: Chest) -> Map:
    """Give a lesion's share of the lung at every pixel: float32 map, 1 well inside, 0.5 at its outline, 0 outside the lung."""
    across = (chest.across - np.float32(lesion.across)) * np.float32(1 / lesion.radius_across)
    down = (chest.down - np.float32(lesion.down)) * np.float32(1 / lesion.radius_down)
    angle = np.arctan2(down, across)
    outline = np.ones_like(angle)
    for order, (size, phase) in enumerate(zip(lesion.wobble, lesion.phases, strict=True), start=2):
        outline += np.float32(size) * np.cos(np.float32(order) * angle + np.float32(phase))
    inside = soft_step(outline - np.sqrt(across * across + down * down), lesion.edge) * chest.lung
    inside *= chest.left == (lesion.side > 0)
    return inside


def lost_air(lesions: list[Lesion], chest: Chest, exposure: Exposure) -> tuple[Map, list[NDArray[np.bool_]]]:
    """Give what share of the lungs' air the lesions replace, and where each lesion lies.

    Returns:
      float32 [image_px, image_px] in [0, 1], and one bool [image_px, image_px] a lesion; a lesion's mask is where it and
      the lung both weigh more than a half.
    """
    image_px = chest.lung.shape[0]
    lost = np.zeros((image_px, image_px), np.float32)
    masks: list[NDArray[np.bool_]] = []
    rng = exposure.image_rng("lesion texture")
    if lesions:
        texture = smooth_noise(rng, image_px, 48) * np.float32(0.6) + smooth_noise(rng, image_px, 20) * np.float32(0.4)
    for lesion in lesions:
        weight = lesion_weight(lesion, chest)
        lost += weight * np.float32(lesion.fill) * (1 + np.float32(lesion.grain) * texture)
        masks.append(weight > np.float32(0.5))
    return np.clip(lost, 0, 1), masks


def _consolidation(exposure: Exposure) -> Lesion:
    patient, image = exposure.patient_rng("lesions"), exposure.image_rng("lesions")
    side, lobe = list(LOBES)[int(patient.integers(len(LOBES)))]
    top, bottom = LOBES[side, lobe]
    grown = image.uniform(0.85, 1.15)
    return Lesion(
        side=side,
        across=patient.uniform(0.35, 0.60) + image.normal(0, 0.02),
        down=(top + bottom) / 2 + image.normal(0, 0.02),
        radius_across=patient.uniform(0.38, 0.58) * grown,
        radius_down=(bottom - top) / 2 * patient.uniform(0.85, 1.05) * grown,
        wobble=patient.uniform(0, 0.10, _HARMONICS),
        phases=patient.uniform(0, 2 * np.pi, _HARMONICS),
        fill=image.uniform(0.60, 1.0),
        edge=image.uniform(0.15, 0.35),
        grain=image.uniform(0.05, 0.20),
    )


def _opacities(exposure: Exposure) -> list[Lesion]:
    patient, image = exposure.patient_rng("lesions"), exposure.image_rng("lesions")
    numbers = _OPACITIES_PER_SIDE[int(patient.integers(len(_OPACITIES_PER_SIDE)))]
    density = image.uniform(0.45, 0.80)
    lesions = []
    for side, number in zip((-1, 1), numbers, strict=True):
        slot = (0.96 - 0.26) / number
        for index in range(number):
            # Radius, wobble and shift together stay inside the slot: opacities never touch each other.
            lesions.append(
                Lesion(
                    side=side,
                    across=patient.uniform(0.70, 0.88),
                    down=0.26 + slot * (index + 0.5 + patient.uniform(-0.04, 0.04)),
                    radius_across=patient.uniform(0.20, 0.32) * image.uniform(0.9, 1.1),
                    radius_down=min(slot * 0.34, 0.15) * patient.uniform(0.80, 1.0) * image.uniform(0.9, 1.1),
                    wobble=patient.uniform(0, 0.06, _HARMONICS),
                    phases=patient.uniform(0, 2 * np.pi, _HARMONICS),
                    fill=density * image.uniform(0.85, 1.15),
                    edge=image.uniform(0.25, 0.45),
                    grain=image.uniform(0.20, 0.45),
                )
            )
    return lesions
