"""Differences of two models on the same images: intervals, p-values, and their correction for how many there are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from components.evaluator.exact_bounds import flawless
from components.evaluator.intervals import LEVEL, NO_SPREAD, Interval, Sampled, interval
from components.evaluator.seeds import seed_mean, with_luck

Floats = npt.NDArray[np.float64]


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
    """Compare a metric of two models over the same draws of patients, with the luck of their training seeds.

    A model of one seed adds no luck, since none can be told: the difference is then that of the trained models. The p-value is that of
    the draws, and no smaller than so few patients can give (`least_p`).

    Args:
      a: the metric of one model, once for each training seed, over the draws of one `Resampling`.
      b: the same of the other, over the same draws.
      seed: decides the draws of the seeds' luck; see `components.evaluator.seeds.with_luck`.
    Raises:
      ValueError: a model has no seed, or the draws differ in number.
    """
    first, second = seed_mean(a), seed_mean(b)
    ours, theirs = first.patients.values, second.patients.values
    if ours.shape != theirs.shape:
        raise ValueError(f"{len(ours)} and {len(theirs)} draws cannot be paired")
    # Averages of equal figures may differ in their last bits, which must not decide the sign of a difference.
    patients = Sampled(np.round(ours - theirs, 12), min(first.patients.groups, second.patients.groups))
    drawn = np.round(with_luck(patients, [first, second], seed).values, 12)
    estimate = interval(Sampled(drawn, patients.groups))
    p = None if estimate.low is None else max(two_sided_p(drawn[1:]), least_p(patients))
    return Difference(estimate, p)


def difference_of_shares(a: Sampled, b: Sampled) -> Interval:
    """Compare a metric in [0, 1] of two models, as `paired_difference` does, where draws that all agree must not look like certainty.

    A difference of two images (or of two pairs, for an AUC) lies in [-1, 1]. If it is v for n patients alike, its mean is v - d, or v + d,
    in at most (1 - d / 2)^n of the cases: the interval reaches twice as far to both sides as that of a flawless figure does to one.

    Args:
      a: a share or a score of one model, see `components.evaluator.intervals.Sampled`.
      b: the same of the other, on the same images and over the same draws.
    """
    found = paired_difference([a], [b]).interval
    if found.value is None or not found.one_point:
        return found
    reach = 2 * (1 - flawless(min(each.trials or each.groups for each in (a, b)), LEVEL))
    return replace(found, low=max(-1.0, found.value - reach), high=min(1.0, found.value + reach), note=NO_SPREAD)


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


def least_p(difference: Sampled) -> float:
    """Say how small a p-value the number of patients allows, however the draws lie.

    The ends of a bootstrap of few patients are too near to 0: where ten patients all differ to one side, so does every draw, although
    ten coins fall alike once in 512. So it is the larger of two: that of Student's t, of the difference over its standard error by the
    draws (made unbiased by n / (n - 1)) with n - 1 degrees of freedom, and 2^(1 - n), the least that signs turned at random can give
    (Fisher 1935, The Design of Experiments, section 21).

    Args:
      difference: over draws of patients alone; n is its number of groups.
    Returns:
      In (0, 1] for two patients or more that are not very many.
    """
    patients = difference.groups
    if patients < 2:
        return 1.0
    by_signs = 2.0 ** (1 - patients)
    spread = float(np.nanstd(difference.values[1:])) * math.sqrt(patients / (patients - 1))
    if spread == 0:
        return by_signs
    return max(by_signs, float(2 * special.stdtr(patients - 1, -abs(difference.values[0]) / spread)))


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
