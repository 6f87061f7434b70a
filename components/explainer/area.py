"""Averages over areas, along one side of an image."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def area_weights(source_px: int, cells: int, start: float = 0.0, stop: float = 1.0) -> Floats:
    """Say how much of each cell each pixel covers, for a side or a part of it that is divided into cells.

    Args:
      source_px: pixels along the side.
      cells: cells of equal width between `start` and `stop`; more than pixels are allowed.
      start: where the first cell begins, share of the side, [0, 1).
      stop: where the last cell ends, share of the side, (start, 1].
    Returns:
      float64 [cells, source_px], rows sum to 1: `rows @ image @ columns.T` is the mean over each cell.
    """
    edges = np.linspace(start * source_px, stop * source_px, cells + 1)
    pixels = np.arange(source_px)
    shared = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights: Floats = np.clip(shared, 0, None) / np.diff(edges)[:, None]
    return weights


def area_means(maps: npt.ArrayLike, cells: int) -> Floats:
    """Average maps [n, height_px, width_px] over a grid of equal cells: float64 [n, cells, cells]."""
    values = np.asarray(maps, np.float64)
    rows, columns = (area_weights(side_px, cells) for side_px in values.shape[1:])
    means: Floats = rows @ values @ columns.T
    return means
