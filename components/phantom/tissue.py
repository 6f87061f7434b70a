"""The layers around and over the lungs: soft tissue, heart, bones, vessels, gas."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from components.phantom.anatomy import EDGE, Body, Chest
from components.phantom.frame import Frame, Map, soft_step
from components.phantom.roster import Exposure

_TRUNKS = 8  # vessels that leave a hilum
_SMALLEST_BUBBLE = 0.03  # smaller gas bubbles are not drawn


def soft_tissue(body: Body, chest: Chest) -> Map:
    """Attenuation of body wall, heart, mediastinum and abdomen, without the lungs' air: about 0.35 to 0.8, 0 outside the body."""
    outward, y = chest.outward, chest.y
    neck, shoulder, torso = 0.22, 1.15, body.cage_width + 0.15
    half: Map = np.float32(shoulder - neck) * soft_step(y - np.float32(body.shoulder_y), 0.16)
    half -= np.float32(shoulder - torso) * soft_step(y + np.float32(0.28), 0.24)
    half += np.float32(neck)
    depth = outward / half
    layer: Map = np.float32(0.30) + np.float32(0.28) * np.sqrt(np.maximum(1 - depth * depth, np.float32(0)))
    layer += np.float32(0.11) * soft_step(chest.medial - outward, 0.05)
    layer += np.float32(0.13) * soft_step(y - chest.dome, 0.08) * soft_step(chest.wall - outward, 0.06)
    if body.breast:
        off_x, off_y = (outward - np.float32(0.45)) * np.float32(1 / 0.30), (y - np.float32(0.20)) * np.float32(1 / 0.30)
        layer += np.float32(body.breast) * soft_step(np.float32(1) - off_x * off_x - off_y * off_y, 0.25)
    if body.stomach > _SMALLEST_BUBBLE:
        off_x, off_y = (chest.x - np.float32(0.36)) * np.float32(1.05), y - np.float32(body.domes[1] + 0.05 + body.stomach)
        layer -= np.float32(0.16) * soft_step(np.float32(body.stomach) - np.sqrt(off_x * off_x + off_y * off_y), 0.03)
    layer *= soft_step(half - outward, 0.03)
    return layer


def airway(chest: Chest) -> Map:
    """Air of the trachea and the main bronchi, 0 to 1."""
    fork = np.maximum(chest.y + np.float32(0.30), np.float32(0))
    off = np.abs(chest.outward - fork * np.float32(0.9))
    return soft_step(np.float32(0.034) - off, 0.02) * soft_step(np.float32(-0.16) - chest.y, 0.06)


def bones(body: Body, chest: Chest) -> Map:
    """Attenuation of ribs, clavicles, shoulder blades and spine, to be added: 0 to about 0.25."""
    outward, y = chest.outward, chest.y
    cage = soft_step(chest.wall + np.float32(0.03) - outward, EDGE) * soft_step(y - np.float32(body.apex - 0.03), 0.03)
    cage *= soft_step(np.float32(0.72) - y, 0.25)
    ribs_per_unit, phase = np.float32(1 / body.rib_spacing), np.float32(body.rib_phase)
    bow = outward - np.float32(0.27)
    posterior = (y - np.float32(1.5) * bow * bow) * ribs_per_unit + phase
    anterior = (y + np.float32(0.50) * outward) * (ribs_per_unit * np.float32(0.92)) + (phase + np.float32(0.4))
    ribs = np.float32(0.075) * _tubes(posterior, 0.27)
    ribs += np.float32(0.04) * _tubes(anterior, 0.30) * soft_step(outward - np.float32(0.30), 0.10)
    off = np.abs(y - np.float32(body.clavicle_y) + np.float32(0.16) * outward + np.float32(0.03) * np.sin(outward * np.float32(7)))
    clavicle = soft_step(np.float32(0.034) - off, 0.012) * (np.float32(0.7) + np.float32(9) * off)
    clavicle *= soft_step(outward - np.float32(0.07), 0.02) * soft_step(np.float32(0.80) - outward, 0.04)
    off = np.abs(outward - np.float32(0.70) - np.float32(0.18) * (y + np.float32(0.4)))
    blade = soft_step(np.float32(0.07) - off, 0.03) * soft_step(np.float32(0.28) - np.abs(y + np.float32(0.38)), 0.05)
    vertebrae = soft_step(np.float32(0.085) - outward, 0.02) * (
        np.float32(0.07) + np.float32(0.06) * _tubes(y * np.float32(7) + phase, 0.40)
    )
    layer: Map = np.float32(body.bone) * (cage * ribs + np.float32(0.12) * clavicle + np.float32(0.05) * blade + vertebrae)
    return layer


def vessels(exposure: Exposure, frame: Frame, chest: Chest) -> Map:
    """Draw the lungs' vessels, branching from the hila, to be added: 0 to about 0.15."""
    rng = exposure.patient_rng("vessels")
    image_px = chest.lung.shape[0]
    canvas = Image.new("L", (image_px, image_px))
    pen = ImageDraw.Draw(canvas)
    for side, hilum_y in ((-1, -0.10), (1, -0.14)):
        trunks = np.linspace(-1.25, 1.45, _TRUNKS) + rng.normal(0, 0.10, _TRUNKS)
        _draw_tree(pen, frame, image_px, rng, np.tile([side * 0.17, hilum_y], (_TRUNKS, 1)), trunks, side)
    drawn: Map = ndimage.gaussian_filter(np.asarray(canvas, dtype=np.float32), image_px * 0.003, truncate=2.5)
    central = np.clip(np.float32(1.1) - chest.across, np.float32(0.25), np.float32(1))
    drawn *= chest.lung * central * np.float32(0.17 / 255)
    return drawn


def smooth_noise(rng: np.random.Generator, image_px: int, cells: int) -> Map:
    """Draw a smooth random field of about unit variance, `cells` cells wide: float32 [image_px, image_px]."""
    coarse = Image.fromarray(rng.standard_normal((cells, cells), dtype=np.float32))
    return np.asarray(coarse.resize((image_px, image_px), Image.Resampling.BICUBIC), dtype=np.float32)


def _tubes(phase: Map, half_width: float) -> Map:
    """Give a row of hollow tubes of period 1: 0.6 in the middle, 1 at the cortex, 0 between."""
    off = np.abs(phase - np.floor(phase) - np.float32(0.5))
    tubes: Map = soft_step(np.float32(half_width) - off, 0.06) * (np.float32(0.6) + np.float32(0.4 / half_width) * off)
    return tubes


def _draw_tree(
    pen: ImageDraw.ImageDraw,
    frame: Frame,
    image_px: int,
    rng: np.random.Generator,
    starts: NDArray[np.float64],
    angles: NDArray[np.float64],
    side: int,
) -> None:
    """Draw vessels from the body points [n, 2] at the angles [n] (radians below the horizontal), and their branches."""
    length, width = 0.17, 0.020
    for _ in range(4):
        steps = length * rng.uniform(0.8, 1.2, len(angles))
        ends = starts + np.stack([side * np.cos(angles), np.sin(angles)], axis=1) * steps[:, None]
        lines = np.hstack([frame.to_pixels(starts, image_px), frame.to_pixels(ends, image_px)])
        for line in lines.tolist():
            pen.line(line, fill=255, width=max(1, round(width * image_px / 2)))
        starts = np.repeat(ends, 2, axis=0)
        angles = np.repeat(angles, 2) + np.tile([-0.32, 0.32], len(angles)) + rng.normal(0, 0.12, 2 * len(angles))
        length, width = length * 0.82, width * 0.62
