"""The body's own coordinates, seen by the detector: shift, size, rotation and a slow bend."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]


@dataclass(frozen=True)
class Frame:
    """Where the body lies on the detector.

    The detector spans [-1, 1] in x (right) and y (down); so does the body, whose midline is x = 0.

    Attributes:
      shift_x, shift_y: of the body on the detector, in half detectors.
      scale_x, scale_y: size of the body, 1 for the standard one.
      rotation: clockwise, radians.
      bend: amplitude of the slow bend, in half detectors.
      bend_phase: where the bend begins, radians.
    """

    shift_x: float
    shift_y: float
    scale_x: float
    scale_y: float
    rotation: float
    bend: float
    bend_phase: float

    def body_coordinates(self, image_px: int) -> tuple[Map, Map]:
        """Give the body's x and y at every pixel: two float32 [image_px, image_px]."""
        axis = ((np.arange(image_px, dtype=np.float32) + np.float32(0.5)) * np.float32(2 / image_px) - np.float32(1)).astype(np.float32)
        across, down = axis[None, :] - np.float32(self.shift_x), axis[:, None] - np.float32(self.shift_y)
        cosine, sine = np.float32(np.cos(self.rotation)), np.float32(np.sin(self.rotation))
        x = (cosine * across + sine * down) / np.float32(self.scale_x)
        y = (cosine * down - sine * across) / np.float32(self.scale_y)
        # The bends depend on one detector axis each, so that they cost a row and a column, not a map.
        x += np.float32(self.bend) * np.sin(np.float32(2.1) * axis[:, None] + np.float32(self.bend_phase))
        y += np.float32(self.bend) * np.sin(np.float32(2.7) * axis[None, :] + np.float32(2 * self.bend_phase))
        return x, y

    def to_pixels(self, points: NDArray[np.float64], image_px: int) -> NDArray[np.float64]:
        """Give pixel positions (column, row) of body points [n, 2]; the bend, a few pixels, is left out."""
        x, y = points[:, 0] * self.scale_x, points[:, 1] * self.scale_y
        cosine, sine = np.cos(self.rotation), np.sin(self.rotation)
        across, down = cosine * x - sine * y + self.shift_x, sine * x + cosine * y + self.shift_y
        pixels: NDArray[np.float64] = np.stack([across + 1, down + 1], axis=1) * (image_px / 2) - 0.5
        return pixels


def soft_step(distance: Map, width: float) -> Map:
    """Rise smoothly from 0 to 1 while `distance` goes from -width to width; 0.5 at 0."""
    # In place, because this is most of the time that a radiograph takes.
    ramp = distance * np.float32(0.5 / width)
    ramp += np.float32(0.5)
    np.maximum(ramp, np.float32(0), out=ramp)
    np.minimum(ramp, np.float32(1), out=ramp)
    slope = ramp * np.float32(-2)
    slope += np.float32(3)
    slope *= ramp
    slope *= ramp
    return slope
