"""Maps that know nothing of the model: what any method has to beat."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_WIDTH = 0.25


def centre_maps(shape: tuple[int, int, int]) -> Floats:
    """Draw a Gaussian about the image's centre, the same for every image.

    Findings lie near the centre of most radiographs, so a map that says nothing else scores well on many sets.

    Args:
      shape: n, height_px, width_px.
    Returns:
      float32 of this shape, (0, 1]; the standard deviation is a quarter of each side.
    """
    count, *sides = shape
    rows, columns = (np.exp(-(((np.arange(side) + 0.5) / side - 0.5) ** 2) / (2 * _WIDTH**2)) for side in sides)
    one = np.outer(rows, columns)
    return np.broadcast_to(one / one.max(), (count, *one.shape)).astype(np.float32)


def random_maps(shape: tuple[int, int, int], seed: int = 0) -> Floats:
    """Draw every pixel on its own, uniformly: float32 of the shape n, height_px, width_px, (0, 1]."""
    maps: Floats = 1 - np.random.default_rng(seed).random(shape, np.float32)
    return maps
