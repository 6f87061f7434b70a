"""What a map says, however it was made: checked, and reduced to what speaks for the class."""

import numpy as np
import numpy.typing as npt

from components.base.errors import UsageError

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def checked_maps(maps: npt.ArrayLike, shape: tuple[int, ...] | None = None) -> Floats:
    """Read maps as float64 [n, height_px, width_px].

    Args:
      maps: any real numbers; positive ones speak for the explained class, negative ones against it.
      shape: what is expected.
    Raises:
      UsageError: another shape, or a value that is not finite.
    """
    values = np.asarray(maps, np.float64)
    if values.ndim != 3 or (shape is not None and values.shape != shape):
        wanted = "[n, height, width]" if shape is None else f"{list(shape)}"
        raise UsageError(f"maps of shape {list(values.shape)}; give {wanted}")
    if not np.isfinite(values).all():
        raise UsageError("a map holds a value that is not finite; look at the method that made it")
    return values


def positive(maps: Floats) -> Floats:
    """Take what speaks for the class: negative values count as 0."""
    return np.maximum(maps, 0)


def has_map(maps: Floats) -> Flags:
    """Say which maps [n, ...] speak for the class at all: bool [n]. The others count as no map."""
    found: Flags = (maps > 0).any(axis=(1, 2))
    return found


def without(values: Floats, missing: Flags) -> Floats:
    """Make values [n] undefined, NaN, where there is nothing to judge."""
    return np.where(missing, np.nan, values)
