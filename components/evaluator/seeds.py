"""A metric averaged over training seeds: the luck of the seeds joins the draws of patients."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from components.evaluator.intervals import Sampled, mean_of

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SeedMean:
    """The mean of one model over its training seeds.

    Attributes:
      patients: the mean of all seeds, over draws of patients alone; of the kind of the metric, with the fewest groups and trials.
      variance: of that mean by the luck of the seeds: their sample variance over their number; 0 with one seed, which cannot tell.
      seeds: how many.
    """

    patients: Sampled
    variance: float
    seeds: int


def over_seeds(by_seed: Sequence[Sampled], seed: int = 0) -> Sampled:
    """Average a metric over training seeds, with the luck of the seeds in its draws; see `with_luck`.

    With one seed the draws are those of the patients alone. Seeds that agree add nothing.

    Args:
      by_seed: the metric, once for each training seed, over the same draws of patients.
      seed: decides the draws of luck.
    Returns:
      The mean; its first value is the mean of all seeds on the data as they are.
    Raises:
      ValueError: there is none.
    """
    mean = seed_mean(by_seed)
    return with_luck(mean.patients, [mean], seed)


def seed_mean(by_seed: Sequence[Sampled]) -> SeedMean:
    """Average a metric over training seeds, and measure how far they lie apart.

    Args:
      by_seed: the metric, once for each training seed, over the same draws of patients.
    Raises:
      ValueError: there is none.
    """
    if not by_seed:
        raise ValueError("there is no training seed to average over")
    figures = np.array([sampled.values[0] for sampled in by_seed])
    variance = float(figures.var(ddof=1)) / len(by_seed) if len(by_seed) > 1 else 0.0
    return SeedMean(mean_of(by_seed), variance, len(by_seed))


def with_luck(patients: Sampled, sides: Sequence[SeedMean], seed: int = 0) -> Sampled:
    """Add to every draw of patients an error by the luck of the seeds, drawn from a t distribution.

    Networks of one seed share nothing, so the seeds' part of the variance is the sum over the sides of s^2 / n, and their error over its
    root has nearly a t distribution (Student 1908, Biometrika 6:1-25; for two sides Welch 1947, Biometrika 34:28-35). Its degrees of
    freedom are Satterthwaite's (1946, Biometrics Bulletin 2:110-114), or where the sides differ in their number of seeds the fewer less
    one: Satterthwaite's are too many where the side of few seeds has most of the variance. The patients' part is known from its draws
    and stays apart. One t distribution for the sum of both parts would not do: two seeds that agree by chance would be taken for a
    seeds' part that is known to be small. The seeds differ on these very images, so that chance in single images counts in both parts,
    and where seeds hardly matter the interval errs on the wide side.

    Args:
      patients: a mean over seeds, or a difference of two, over draws of patients.
      sides: what it is the mean or the difference of.
      seed: decides which draw gets which error.
    Returns:
      The same with errors added; the first value, of the data as they are, stays.
    """
    parts = [(side.variance, side.seeds - 1) for side in sides if side.seeds > 1]
    total = sum(variance for variance, _ in parts)
    # A seed that leaves the metric undefined leaves its mean so too, which the interval says.
    if not total > 0:
        return patients
    draws = len(patients.values) - 1
    if len({degrees for _, degrees in parts}) > 1:
        freedom = float(min(degrees for _, degrees in parts))
    else:
        freedom = total**2 / sum(variance**2 / degrees for variance, degrees in parts)
    # Evenly spaced quantiles in random order: the far ends of t with one degree of freedom would jump from seed to seed.
    luck: Floats = special.stdtrit(freedom, (np.arange(draws) + 0.5) / draws)
    values = patients.values.copy()
    values[1:] += math.sqrt(total) * np.random.default_rng(seed).permutation(luck)
    return replace(patients, values=values)
