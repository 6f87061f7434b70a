"""The body of a phantom: what attenuates the beam, as smooth functions of the body's coordinates.

Stylised, not measured: the shapes are chosen so that a frontal chest radiograph is recognised at 96 px. Positions are
in half detectors from the centre, x towards the patient's left (right in the image), y downwards.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
class Chest:
    """The chest at every pixel; all maps are float32 [image_px, image_px] but `left`.

    Attributes:
      x, y: the body's coordinates.
      outward: distance from the midline.
      left: bool, the patient's left half (right in the image).
      wall: where the rib cage ends, as a distance from the midline.
      medial: where the mediastinum and the heart end, likewise.
      dome: y of the diaphragm.
      lung: 1 inside a lung, 0 outside, soft at the silhouette.
      across: 0 at the mediastinum to 1 at the chest wall.
      down: 0 at the lungs' apex to 1 at the diaphragm.
    """

    x: Map
    y: Map
    outward: Map
    left: NDArray[np.bool_]
    wall: Map
    medial: Map
    dome: Map
    lung: Map
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


def draw_chest(body: Body, frame: Frame, image_px: int) -> Chest:
    """Lay out the chest of a body that stands in a frame."""
    x, y = frame.body_coordinates(image_px)
    left = x > 0
    outward = np.abs(x)
    upward = np.clip((np.float32(body.widest) - y) * np.float32(1 / (body.widest - body.apex)), 0, 1)
    wall = _chest_wall(body, y, upward)
    medial = _mediastinum(body, y, left)
    dome = _diaphragm(body, outward, left)
    tip = medial + np.float32(0.16) * (upward * upward * upward) ** 4
    lung = soft_step(outward - tip, EDGE) * soft_step(wall - outward, EDGE)
    lung *= soft_step(dome - y, EDGE) * soft_step(y - np.float32(body.apex), EDGE)
    across = (outward - tip) / np.maximum(wall - tip, np.float32(0.05))
    down = (y - np.float32(body.apex)) / np.maximum(dome - np.float32(body.apex), np.float32(0.05))
    return Chest(x, y, outward, left, wall, medial, dome, lung, across, down)


def _chest_wall(body: Body, y: Map, upward: Map) -> Map:
    """Give the half width of the rib cage at each height: from 0.28 at the apex to the widest, then slowly narrower."""
    downward = np.maximum(y - np.float32(body.widest), np.float32(0))
    arch = np.sqrt(1 - upward * upward * np.sqrt(np.sqrt(upward)))
    wall: Map = np.float32(0.28) + np.float32(body.cage_width - 0.28) * arch - np.float32(0.25) * downward * downward
    return wall


def _mediastinum(body: Body, y: Map, left: NDArray[np.bool_]) -> Map:
    """Give the half width of mediastinum and heart at each height, with the aortic knob and the pulmonary trunk on the left."""
    bulge = _bump(y, body.heart_y, 0.40)
    bulge *= np.sqrt(np.sqrt(bulge))
    right, heart = (np.float32(reach - 0.115) for reach in body.heart)
    knobs = np.float32(0.055) * _bump(y, -0.36, 0.13) ** 2 + np.float32(0.03) * _bump(y, -0.18, 0.14) ** 2
    return np.float32(0.115) + np.where(left, heart * bulge + knobs, right * bulge)


def _diaphragm(body: Body, outward: Map, left: NDArray[np.bool_]) -> Map:
    """Give the diaphragm's y over the distance from the midline: a dome that falls steeply to the chest wall."""
    reach = (outward - np.float32(0.34)) * np.float32(1 / 0.36)
    fall = np.where(reach > 0, np.float32(0.24), np.float32(0.09))
    dome: Map = np.where(left, np.float32(body.domes[1]), np.float32(body.domes[0])) + fall * reach * reach
    return dome


def _bump(y: Map, centre: float, half_height: float) -> Map:
    """Give a parabola of height 1 above 0."""
    off = (y - np.float32(centre)) * np.float32(1 / half_height)
    return np.maximum(1 - off * off, np.float32(0))
