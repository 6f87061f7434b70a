"""The body of a phantom: what attenuates the beam, as smooth functions of the body's coordinates.

Stylised, not measured: the shapes are chosen so that a frontal chest radiograph is recognised at 96 px. Positions are
in half detectors from the centre, x towards the patient's left (right in the image), y downwards.
"""

from dataclasses import dataclass

import numpy as np

from components.phantom.frame import Frame, Map, soft_step
from components.phantom.roster import Exposure

EDGE = 0.018  # softness of a silhouette, in half detectors


@dataclass(frozen=True)
class Body:
    """Measures of one patient in one image."""

    cage_width: float  # half width of the rib cage inside
    apex: float  # y of the lungs' tips
    widest: float  # y where the cage is widest
    domes: tuple[float, float]  # y of the diaphragm's right and left dome
    heart: tuple[float, float]  # reach of the heart to the patient's right and left
    heart_y: float
    rib_spacing: float
    rib_phase: float
    bone: float  # how dense the bones are, 1 being usual
    breast: float  # density of the breast shadows; 0 for none
    clavicle_y: float
    stomach: float  # size of the gas bubble
    shoulder_y: float


@dataclass(frozen=True)
class Lung:
    """One lung as the beam sees it.

    Attributes:
      side: -1 for the patient's right (left in the image), 1 for the left.
      weight: float32 map, 1 inside, 0 outside, soft at the silhouette.
      across: float32 map, 0 at the mediastinum to 1 at the chest wall.
      down: float32 map, 0 at the apex to 1 at the diaphragm.
    """

    side: int
    weight: Map
    across: Map
    down: Map


def draw_body(exposure: Exposure) -> tuple[Body, Frame]:
    """Draw the patient's measures, and how he stands in this image; AP makes the heart larger and the lungs shorter."""
    patient, image = exposure.patient_rng("anatomy"), exposure.image_rng("stance")
    breath = image.normal(0, 0.025) - (0.05 if exposure.view == "AP" else 0.0)
    magnified = 1.14 if exposure.view == "AP" else 1.0
    dome = patient.uniform(0.36, 0.50)
    heart = patient.uniform(0.34, 0.44)
    body = Body(
        cage_width=patient.uniform(0.66, 0.76),
        apex=patient.uniform(-0.80, -0.72),
        widest=patient.uniform(0.22, 0.36),
        domes=(dome + breath, dome + breath + patient.uniform(0.02, 0.09)),
        heart=(patient.uniform(0.14, 0.20) * magnified, heart * magnified),
        heart_y=patient.uniform(0.14, 0.24) + breath,
        rib_spacing=patient.uniform(0.145, 0.172),
        rib_phase=patient.uniform(0, 1),
        bone=patient.uniform(0.7, 1.2),
        breast=max(0.0, patient.uniform(-0.08, 0.08)),
        clavicle_y=patient.uniform(-0.66, -0.58) - (0.06 if exposure.view == "AP" else 0.0) + image.normal(0, 0.01),
        stomach=max(0.0, patient.uniform(-0.05, 0.14)),
        shoulder_y=patient.uniform(-0.90, -0.80),
    )
    scale = patient.uniform(0.94, 1.08)
    frame = Frame(
        shift_x=patient.uniform(-0.03, 0.03) + image.uniform(-0.035, 0.035),
        shift_y=patient.uniform(-0.03, 0.03) + image.uniform(-0.035, 0.035),
        scale_x=scale * image.uniform(0.98, 1.02),
        scale_y=scale * patient.uniform(0.95, 1.05),
        rotation=patient.normal(0, 0.02) + image.normal(0, 0.025),
        bend=patient.uniform(-0.015, 0.015),
        bend_phase=patient.uniform(0, 6.28),
    )
    return body, frame


def draw_lungs(body: Body, x: Map, y: Map) -> tuple[Lung, Lung]:
    """Draw the right and the left lung at the body coordinates [image_px, image_px]."""
    wall = chest_wall(body, y)
    upward = np.clip((np.float32(body.widest) - y) * np.float32(1 / (body.widest - body.apex)), 0, 1)
    tip = np.float32(0.16) * upward**12
    return _lung(body, x, y, -1, wall, tip), _lung(body, x, y, 1, wall, tip)


def chest_wall(body: Body, y: Map) -> Map:
    """Give the half width of the rib cage at each height: from 0.28 at the apex to the widest, then slowly narrower."""
    upward = np.clip((np.float32(body.widest) - y) * np.float32(1 / (body.widest - body.apex)), 0, 1)
    downward = np.clip(y - np.float32(body.widest), 0, None)
    return np.float32(0.28) + np.float32(body.cage_width - 0.28) * np.sqrt(1 - upward**2.4) - np.float32(0.25) * downward**2


def diaphragm(body: Body, outward: Map, side: int) -> Map:
    """Give the diaphragm's y over the distance from the midline: a dome that falls steeply to the chest wall."""
    reach = (outward - np.float32(0.34)) * np.float32(1 / 0.36)
    fall = np.where(reach > 0, np.float32(0.24), np.float32(0.09))
    return np.float32(body.domes[side > 0]) + fall * reach * reach


def heart_border(body: Body, y: Map, side: int) -> Map:
    """Give the half width of mediastinum and heart on one side at each height."""
    bulge = np.clip(1 - ((y - np.float32(body.heart_y)) * np.float32(1 / 0.40)) ** 2, 0, 1)
    border = np.float32(0.115) + np.float32(body.heart[side > 0] - 0.115) * bulge**1.3
    if side > 0:  # aortic knob and pulmonary trunk
        border += np.float32(0.055) * np.exp(-(((y + np.float32(0.36)) * np.float32(1 / 0.075)) ** 2))
        border += np.float32(0.03) * np.exp(-(((y + np.float32(0.18)) * np.float32(1 / 0.08)) ** 2))
    return border


def _lung(body: Body, x: Map, y: Map, side: int, wall: Map, tip: Map) -> Lung:
    outward = x if side > 0 else -x
    medial = heart_border(body, y, side) + tip
    bottom = diaphragm(body, outward, side)
    weight = soft_step(outward - medial, EDGE) * soft_step(wall - outward, EDGE) * soft_step(bottom - y, EDGE)
    weight *= soft_step(y - np.float32(body.apex), EDGE)
    across = (outward - medial) / np.maximum(wall - medial, np.float32(0.05))
    down = (y - np.float32(body.apex)) / np.maximum(bottom - np.float32(body.apex), np.float32(0.05))
    return Lung(side, weight, across, down)
