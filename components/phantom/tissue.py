"""The layers around and over the lungs: soft tissue, heart, bones, vessels, gas."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from components.phantom.anatomy import EDGE, Body, Lung, chest_wall, diaphragm, heart_border
from components.phantom.frame import Frame, Map, soft_step
from components.phantom.roster import Exposure


def soft_tissue(body: Body, x: Map, y: Map) -> Map:
    """Attenuation of body wall, heart, mediastinum and abdomen, without the lungs' air: about 0.35 to 0.8, 0 outside the body."""
    neck, shoulder, torso = 0.22, 1.15, body.cage_width + 0.15
    half = np.float32(neck) + np.float32(shoulder - neck) * soft_step(y - np.float32(body.shoulder_y), 0.16)
    half -= np.float32(shoulder - torso) * soft_step(y + np.float32(0.28), 0.24)
    distance = np.abs(x)
    inside = soft_step(half - distance, 0.03)
    chord = np.sqrt(np.clip(1 - (distance / half) ** 2, 0, 1))
    layer = np.float32(0.30) + np.float32(0.28) * chord
    for side in (-1, 1):
        outward = x if side > 0 else -x
        here = outward > 0
        silhouette = soft_step(heart_border(body, y, side) - outward, 0.05)
        layer += here * silhouette * np.float32(0.11)
        below = soft_step(y - diaphragm(body, outward, side), 0.08) * soft_step(chest_wall(body, y) - outward, 0.06)
        layer += here * below * np.float32(0.13)
        if body.breast:
            shadow = ((outward - np.float32(0.45)) / np.float32(0.30)) ** 2 + ((y - np.float32(0.20)) / np.float32(0.30)) ** 2
            layer += here * np.float32(body.breast) * soft_step(1 - shadow, 0.25)
    if body.stomach > 0.03:
        bubble = ((x - np.float32(0.36)) / np.float32(0.9)) ** 2 + (y - np.float32(body.domes[1] + 0.05 + body.stomach)) ** 2
        layer -= np.float32(0.16) * soft_step(np.float32(body.stomach) - np.sqrt(bubble), 0.03)
    return layer * inside


def airway(y: Map, x: Map) -> Map:
    """Air of the trachea and the main bronchi, 0 to 1."""
    fork = np.clip(y + np.float32(0.30), 0, None)
    off = np.abs(np.abs(x) - fork * np.float32(0.9))
    return soft_step(np.float32(0.034) - off, 0.02) * soft_step(np.float32(-0.16) - y, 0.06)


def bones(body: Body, x: Map, y: Map) -> Map:
    """Attenuation of ribs, clavicles, scapulae and spine, to be added: 0 to about 0.25."""
    outward = np.abs(x)
    inside = soft_step(chest_wall(body, y) + np.float32(0.03) - outward, EDGE) * soft_step(y - np.float32(body.apex - 0.03), 0.03)
    inside *= soft_step(np.float32(0.72) - y, 0.25)
    spacing, phase = np.float32(1 / body.rib_spacing), np.float32(body.rib_phase)
    posterior = (y - np.float32(1.5) * (outward - np.float32(0.27)) ** 2) * spacing + phase
    anterior = (y + np.float32(0.50) * outward) * (spacing * np.float32(0.92)) + phase + np.float32(0.4)
    layer = inside * np.float32(0.085) * _tube(posterior, 0.27)
    layer += inside * np.float32(0.05) * _tube(anterior, 0.30) * soft_step(outward - np.float32(0.30), 0.10)
    clavicle = y - np.float32(body.clavicle_y) + np.float32(0.16) * outward + np.float32(0.03) * np.sin(outward * np.float32(7))
    bar = soft_step(np.float32(0.034) - np.abs(clavicle), 0.012) * (np.float32(0.7) + np.float32(9) * np.abs(clavicle))
    layer += np.float32(0.12) * bar * soft_step(outward - np.float32(0.07), 0.02) * soft_step(np.float32(0.80) - outward, 0.04)
    blade = np.abs(outward - np.float32(0.70) - np.float32(0.18) * (y + np.float32(0.4)))
    layer += np.float32(0.05) * soft_step(np.float32(0.07) - blade, 0.03) * soft_step(np.float32(0.28) - np.abs(y + np.float32(0.38)), 0.05)
    vertebra = _tube(y * np.float32(7.0) + phase, 0.40)
    layer += soft_step(np.float32(0.085) - outward, 0.02) * (np.float32(0.07) + np.float32(0.06) * vertebra)
    return layer * np.float32(body.bone)


def vessels(exposure: Exposure, frame: Frame, lungs: tuple[Lung, Lung], image_px: int) -> Map:
    """Draw the lungs' vessels, branching from the hila, to be added: 0 to about 0.12."""
    rng = exposure.patient_rng("vessels")
    canvas = Image.new("L", (image_px, image_px))
    pen = ImageDraw.Draw(canvas)
    for side in (-1, 1):
        hilum = np.array([[side * 0.17, -0.10 if side < 0 else -0.14]])
        trunks = np.linspace(-1.25, 1.45, 8) + rng.normal(0, 0.10, 8)
        _branch(pen, frame, image_px, rng, np.repeat(hilum, 8, axis=0), trunks, side, length=0.17, width=0.020)
    drawn = np.asarray(canvas, dtype=np.float32) * np.float32(1 / 255)
    drawn = ndimage.gaussian_filter(drawn, image_px * 0.003, truncate=2.5)
    within = lungs[0].weight + lungs[1].weight
    central = np.clip(np.float32(1.1) - np.where(lungs[0].weight > lungs[1].weight, lungs[0].across, lungs[1].across), 0.25, 1)
    return drawn * within * central * np.float32(0.17)


def smooth_noise(rng: np.random.Generator, image_px: int, cells: int) -> Map:
    """Draw a smooth random field of about unit variance, `cells` cells wide: float32 [image_px, image_px]."""
    coarse = Image.fromarray(rng.standard_normal((cells, cells), dtype=np.float32))
    return np.asarray(coarse.resize((image_px, image_px), Image.Resampling.BICUBIC), dtype=np.float32)


def _tube(phase: Map, half_width: float) -> Map:
    """Give a row of hollow tubes of period 1: about 0.7 inside, 1 at the cortex, 0 between."""
    off = np.abs(phase - np.floor(phase) - np.float32(0.5))
    return soft_step(np.float32(half_width) - off, 0.06) * (np.float32(0.6) + np.float32(0.4 / half_width) * off)


def _branch(
    pen: ImageDraw.ImageDraw,
    frame: Frame,
    image_px: int,
    rng: np.random.Generator,
    starts: NDArray[np.float64],
    angles: NDArray[np.float64],
    side: int,
    length: float,
    width: float,
) -> None:
    """Draw one generation of vessels [n, 2] at the angles [n] (radians below the horizontal), then their children."""
    for _ in range(4):
        steps = length * rng.uniform(0.8, 1.2, len(angles))
        ends = starts + np.stack([side * np.cos(angles), np.sin(angles)], axis=1) * steps[:, None]
        lines = np.hstack([frame.to_pixels(starts, image_px), frame.to_pixels(ends, image_px)])
        for line in lines.tolist():
            pen.line(line, fill=255, width=max(1, round(width * image_px / 2)))
        starts = np.repeat(ends, 2, axis=0)
        angles = np.repeat(angles, 2) + np.tile([-0.32, 0.32], len(angles)) + rng.normal(0, 0.12, 2 * len(angles))
        length, width = length * 0.82, width * 0.62
