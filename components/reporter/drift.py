"""How far apart two sides are in one feature, and how far chance alone would take them. Pure numpy.

The measures are those of TensorFlow Data Validation: the L-infinity norm of the shares of values, and the Jensen-Shannon divergence of
histograms (Lin 1991, IEEE Trans. Inf. Theory 37:145-151).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

BINS = 10
DRAWS = 400
# The share of draws that stays below what is called chance.
CHANCE = 0.95

Floats = npt.NDArray[np.float64]
Bucket = tuple[float, float, float]


def infinity_norm(first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """Find the largest difference of a value's share.

    Args:
      first: float [..., values], how often each value occurs on one side; not all zero.
      second: the same of the other side.
    Returns:
      float64 [...], range [0, 1].
    """
    return np.asarray(np.abs(_shares(first) - _shares(second)).max(axis=-1))


def jensen_shannon(first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """Compute the divergence of two histograms over the same bins, in bits.

    Args:
      first: float [..., bins], counts of one side; not all zero.
      second: the same of the other side.
    Returns:
      float64 [...], range [0, 1]; 1 where no bin holds values of both sides.
    """
    a, b = _shares(first), _shares(second)
    middle = (a + b) / 2
    return np.asarray(np.clip((_relative_entropy(a, middle) + _relative_entropy(b, middle)) / 2, 0, 1))


def common_bins(first: Sequence[Bucket], second: Sequence[Bucket]) -> tuple[Floats, Floats]:
    """Bring two histograms to BINS equal bins of their joint range.

    Fine histograms of a few images differ by where single images fall. A bucket that lies in several bins is shared out by width; one
    without width is a single value, and lies in one bin.

    Args:
      first: lower end, upper end and count of each bucket of one side.
      second: the same of the other side.
    Returns:
      float64 [BINS] for each side.
    """
    low = min(bucket[0] for bucket in (*first, *second))
    high = max(bucket[1] for bucket in (*first, *second))
    edges = np.linspace(low, high, BINS + 1)
    return _rebinned(first, edges), _rebinned(second, edges)


def by_chance(first: Floats, second: Floats, sizes: tuple[int, int], measure: str, seed: int) -> float:
    """Find what two draws from both sides' values together stay below in CHANCE of DRAWS draws.

    Args:
      first: float64 [values], counts of one side.
      second: the same of the other side.
      sizes: how many independent values (patients) to draw for each side, at least 1.
      measure: name of a measure in MEASURES.
      seed: decides the draws.
    """
    together = _shares(_shares(first) * sizes[0] + _shares(second) * sizes[1])
    generator = np.random.default_rng(seed)
    drawn = [generator.multinomial(size, together, DRAWS) for size in sizes]
    return float(np.quantile(MEASURES[measure](*drawn), CHANCE))


MEASURES = {"L-infinity norm": infinity_norm, "Jensen-Shannon divergence": jensen_shannon}


def _shares(counts: npt.ArrayLike) -> Floats:
    values = np.asarray(counts, np.float64)
    return np.asarray(values / values.sum(axis=-1, keepdims=True))


def _relative_entropy(shares: Floats, reference: Floats) -> Floats:
    ratio = np.divide(shares, reference, out=np.ones_like(shares), where=shares > 0)
    return np.asarray((shares * np.log2(ratio)).sum(axis=-1))


def _rebinned(buckets: Sequence[Bucket], edges: Floats) -> Floats:
    counts = np.zeros(len(edges) - 1)
    for low, high, count in buckets:
        if high > low:
            overlap = np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1])
            counts += count * np.clip(overlap, 0, None) / (high - low)
        else:
            counts[min(int(np.searchsorted(edges, low, side="right")) - 1, len(counts) - 1)] += count
    return counts
