"""Differences of two models on the same images: intervals, p-values, and their correction for how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.evaluator.intervals import Interval, Sampled, interval

Floats = npt.NDArray[np.float64]

# Streams of the draws of seeds, so that two models do not draw theirs together.
_FIRST, _SECOND = 1, 2


@dataclass(frozen=True)
class Difference:
    """The first model less the second, on the same images.

    Attributes:
      interval: of the difference.
      p: two-sided, (0, 1]; None where there is no interval.
    """

    interval: Interval
    p: float | None


def paired_difference(a: Sequence[Sampled], b: Sequence[Sampled], seed: int = 0) -> Difference:
    """Compare a metric of two models over the same draws of patients.

    Args:
      a: the metric of one model, once for each training seed, over the draws of one `Resampling`.
      b: the same of the other, over the same draws.
      seed: decides the draws of training seeds; see `over_seeds`.
    Raises:
      ValueError: a model has no seed, or the draws differ in number.
    """
    first, second = over_seeds(a, seed, _FIRST), over_seeds(b, seed, _SECOND)
    if first.values.shape != second.values.shape:
        raise ValueError(f"{len(first.values)} and {len(second.values)} draws cannot be paired")
    # Averages of equal figures may differ in their last bits, which must not decide the sign of a difference.
    difference = Sampled(np.round(first.values - second.values, 12), min(first.groups, second.groups))
    estimate = interval(difference)
    return Difference(estimate, None if estimate.low is None else two_sided_p(difference.values[1:]))


def over_seeds(by_seed: Sequence[Sampled], seed: int = 0, stream: int = _FIRST) -> Sampled:
    """Average a metric over training seeds, which are drawn beside the patients.

    Every seed answers every image: seeds and patients are crossed, and each is drawn on its own (Owen 2007, The pigeonhole
    bootstrap, Ann. Appl. Stat. 1:386-411). Of s seeds s - 1 are drawn with replacement, which makes the variance of their mean
    unbiased; drawing s would lose a third of it with three seeds (Rao and Wu 1988, J. Am. Stat. Assoc. 83:231-241). With one
    seed the interval covers the patients alone. A few seeds tell their own spread roughly, so show it beside the interval. Where
    seeds hardly matter the interval errs on the wide side: crossed draws count the noise of single images more than once.

    Args:
      by_seed: the metric, once for each training seed, over the same draws of patients.
      seed: decides the draws of training seeds.
      stream: another number draws other seeds.
    Returns:
      The mean; its first value is the mean of all seeds on the data as they are.
    Raises:
      ValueError: there is none.
    """
    if not by_seed:
        raise ValueError("there is no training seed to average over")
    values = np.stack([sampled.values for sampled in by_seed])
    groups = min(sampled.groups for sampled in by_seed)
    if len(by_seed) == 1:
        return Sampled(values[0], groups)
    total = len(by_seed)
    drawn = np.random.default_rng([seed, stream]).multinomial(total - 1, np.full(total, 1 / total), size=values.shape[1])
    weights = drawn.T / (total - 1)
    weights[:, 0] = 1 / total
    # A seed that was not drawn must not make a draw undefined.
    mean: Floats = np.where(weights > 0, values * weights, 0).sum(axis=0)
    return Sampled(mean, groups)


def two_sided_p(differences: Floats) -> float:
    """Invert the percentile interval: twice the share of the draws on the far side of 0, at most 1.

    One is added to the draws on that side and to all of them, so that no p is 0 (Efron and Tibshirani 1993, section 15.4, on
    the interval read as a test; Davison and Hinkley 1997, Bootstrap Methods and their Application, section 4.2, on adding one).

    Args:
      differences: float64 [draws]; NaN is left out.
    Returns:
      At least 2 / (1 + draws), at most 1.
    """
    known = differences[~np.isnan(differences)]
    far = min(int((known <= 0).sum()), int((known >= 0).sum()))
    return min(1.0, 2 * (1 + far) / (1 + len(known)))


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Correct p-values for their number (Holm 1979, Scand. J. Stat. 6:65-70).

    Args:
      p: p-values; None is no test and does not count.
    Returns:
      Corrected p-values in the order given, each in [0, 1]: at most 0.05 where Holm's procedure rejects at 5 %.
    """
    tests = sorted((value, place) for place, value in enumerate(p) if value is not None)
    corrected: list[float | None] = [None] * len(p)
    largest = 0.0
    for rank, (value, place) in enumerate(tests):
        largest = max(largest, min(1.0, (len(tests) - rank) * value))
        corrected[place] = largest
    return corrected
