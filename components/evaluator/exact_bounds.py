"""Exact bounds of a share of patients, for figures so near to 0 or 1 that draws of patients say too little."""

from scipy import special

# Floating sums may miss a whole number of patients.
_ROUNDING = 1e-9


def clopper_pearson(value: float, patients: int, level: float) -> tuple[float, float]:
    """Compute the interval of Clopper and Pearson (1934, Biometrika 26:404-413) for a share of patients.

    For a share of images the patients stand as the effective number of images, and their right ones may be a fraction (Korn and
    Graubard 1998, Survey Methodology 24:193-201): however alike the images of a patient are, they are no fewer than the patients.

    Args:
      value: the share, [0, 1].
      patients: how many, at least 1.
      level: of confidence, (0, 1).
    Returns:
      The lower and the upper end, [0, 1]; both grow with `value`.
    """
    right, tail = value * patients, (1 - level) / 2
    low = float(special.betaincinv(right, patients - right + 1, tail)) if right > _ROUNDING else 0.0
    high = float(special.betaincinv(right + 1, patients - right, 1 - tail)) if right < patients - _ROUNDING else 1.0
    return low, high


def flawless(patients: int, level: float) -> float:
    """Give the least share that still lets so many patients all be right as often as in (1 - level) / 2 of the cases, (0, 1)."""
    return float(((1 - level) / 2) ** (1 / patients))
