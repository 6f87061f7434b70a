"""Find the places of a radiograph that a copy shows again: extrema of the difference of Gaussians."""

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

SIGMA = 1.6
LAYERS = 3
OCTAVES = 3
_ASSUMED_BLUR = 0.5
_MIN_CONTRAST = 0.8
_MAX_EDGE_RATIO = 10.0
_MARGIN_PX = 5
_MIN_SIDE_PX = 16
_NEIGHBOURHOOD = np.ones((3, 3), np.uint8)

Plane = npt.NDArray[np.float32]


def find_keypoints(pixels: npt.NDArray[np.uint8], limit: int) -> npt.NDArray[np.float32]:
    """Find the strongest extrema of the difference of Gaussians.

    Lowe 2004, doi:10.1023/B:VISI.0000029664.99615.94, sections 3 and 4, without its enlargement of the image, which
    takes four times as long and adds only keypoints that a copy of half the size has lost.

    Args:
      pixels: uint8 [height, width], of even local contrast.
      limit: how many to keep, at most.
    Returns:
      float32 [n, 4], the strongest first: x and y in pixels, octave 0..2, layer 1..3 of the octave.
    """
    plane = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), (SIGMA**2 - _ASSUMED_BLUR**2) ** 0.5)
    found = [np.zeros((0, 5), np.float32)]
    for octave in range(OCTAVES):
        if min(plane.shape) < _MIN_SIDE_PX:
            break
        blurred = _blur_layers(np.asarray(plane, np.float32))
        found += _extrema_of_octave([after - before for before, after in pairwise(blurred)], octave)
        plane = np.ascontiguousarray(blurred[LAYERS][::2, ::2])
    every = np.concatenate(found)
    order = np.argsort(-every[:, 4], kind="stable")[:limit]
    return every[order, :4]


def _blur_layers(plane: Plane) -> list[Plane]:
    blurred = [plane]
    for layer in range(1, LAYERS + 3):
        before, after = (SIGMA * 2 ** (step / LAYERS) for step in (layer - 1, layer))
        blurred.append(np.asarray(cv2.GaussianBlur(blurred[-1], (0, 0), (after**2 - before**2) ** 0.5), np.float32))
    return blurred


def _extrema_of_octave(differences: list[Plane], octave: int) -> list[npt.NDArray[np.float32]]:
    found = []
    inside = (slice(_MARGIN_PX, -_MARGIN_PX),) * 2
    for layer in range(1, LAYERS + 1):
        plane = differences[layer]
        before, after = differences[layer - 1], differences[layer + 1]
        top = cv2.dilate(cv2.max(cv2.max(before, plane), after), _NEIGHBOURHOOD)[inside]
        bottom = cv2.erode(cv2.min(cv2.min(before, plane), after), _NEIGHBOURHOOD)[inside]
        middle = plane[inside]
        extreme = ((middle >= top) & (middle > _MIN_CONTRAST)) | ((middle <= bottom) & (middle < -_MIN_CONTRAST))
        rows, columns = np.nonzero(extreme)
        found.append(_refine(plane, rows + _MARGIN_PX, columns + _MARGIN_PX, octave, layer))
    return found


def _refine(plane: Plane, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], octave: int, layer: int) -> npt.NDArray[np.float32]:
    """Fit a parabola for the place between pixels, and leave out edges, along which a place is arbitrary (section 4.1)."""
    value = plane[rows, columns]
    left, right, above, below = plane[rows, columns - 1], plane[rows, columns + 1], plane[rows - 1, columns], plane[rows + 1, columns]
    dx, dy = (right - left) / 2, (below - above) / 2
    xx, yy = left + right - 2 * value, above + below - 2 * value
    falling = plane[rows + 1, columns + 1] + plane[rows - 1, columns - 1]
    rising = plane[rows - 1, columns + 1] + plane[rows + 1, columns - 1]
    xy = (falling - rising) / 4
    determinant = xx * yy - xy * xy
    round_enough = (determinant > 0) & ((xx + yy) ** 2 * _MAX_EDGE_RATIO < (_MAX_EDGE_RATIO + 1) ** 2 * determinant)
    safe = np.where(round_enough, determinant, 1)
    shift_x = np.clip((xy * dy - yy * dx) / safe, -0.6, 0.6)
    shift_y = np.clip((xy * dx - xx * dy) / safe, -0.6, 0.6)
    strength = np.abs(value + (dx * shift_x + dy * shift_y) / 2)
    size = 2.0**octave
    level = np.broadcast_to(np.float32(octave), value.shape), np.broadcast_to(np.float32(layer), value.shape)
    points = np.stack([(columns + shift_x) * size, (rows + shift_y) * size, *level, strength], axis=1)
    return np.asarray(points[round_enough], np.float32)
