"""Exact bounds of a share of patients, for figures so near to 0 or 1 that draws of patients say too little."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

# Floating sums may miss a whole number of patients.
_ROUNDING = 1e-9


class Patients(NamedTuple):
    """The patients of some images.

    Attributes:
      number: how many they are.
      effective: how many of equal size they are worth, at most as many.
    """

    number: int
    effective: float


def count_patients(index: npt.NDArray[np.int64]) -> Patients:
    """Count, with the effective number (sum of m)^2 / (sum of m^2) of patients of m images each (Kish 1965, Survey Sampling).

    Where the images of a patient are all right or all wrong, whatever their number, a share of images scatters as that of so many images
    that are independent. Where patients of many images are harder, that is no proof but what `benchmarks/coverage.py` measures.

    Args:
      index: int64 [n], the patient of each image.
    """
    images = np.unique(index, return_counts=True)[1].astype(np.float64)
    return Patients(len(images), float(images.sum() ** 2 / (images**2).sum()) if len(images) else 0.0)


def clopper_pearson(value: float, patients: float, level: float) -> tuple[float, float]:
    """Compute the interval of Clopper and Pearson (1934, Biometrika 26:404-413) for a share of patients.

    For a share of images the effective number of patients stands as that of images, and both it and their right ones may be a fraction
    (Korn and Graubard 1998, Survey Methodology 24:193-201): the more alike the images of a patient are, the nearer they come to
    being worth so few.

    Args:
      value: the share, [0, 1].
      patients: how many, effectively, at least 1.
      level: of confidence, (0, 1).
    Returns:
      The lower and the upper end, [0, 1]; both grow with `value`.
    """
    right, tail = value * patients, (1 - level) / 2
    low = float(special.betaincinv(right, patients - right + 1, tail)) if right > _ROUNDING else 0.0
    high = float(special.betaincinv(right + 1, patients - right, 1 - tail)) if right < patients - _ROUNDING else 1.0
    return low, high


def flawless(patients: float, level: float) -> float:
    """Give the least share that still lets so many patients all be right as often as in (1 - level) / 2 of the cases, (0, 1)."""
    return float(((1 - level) / 2) ** (1 / patients))
