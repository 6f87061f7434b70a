"""What of a concept's scores could be chance: two tests, and the correction for how many concepts are tested."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """The outcome of a two-sided t-test.

    Attributes:
      t: infinite where equal numbers differ from other equal numbers.
      p: [0, 1].
    """

    t: float
    p: float


def welch(scores: npt.ArrayLike, random_scores: npt.ArrayLike) -> Outcome:
    """Compare the means of two samples of unequal variance (Welch 1947, Biometrika 34:28-35).

    The published test of TCAV. It takes the scores of one concept for independent, while they share the concept's examples: of
    random examples in the place of a concept it calls far more than its level significant. `one_draw` counts the concept once.

    Args:
      scores: float [a], two or more.
      random_scores: float [b], two or more.
    Returns:
      The test of `scores` less `random_scores`. Where neither varies, t is 0 or infinite and p is 1 or 0.
    """
    first, second = np.asarray(scores, np.float64), np.asarray(random_scores, np.float64)
    parts = np.array([first.var(ddof=1) / len(first), second.var(ddof=1) / len(second)])
    variance = float(parts.sum())
    # Welch's formula, with the variance divided out before it is squared: squares of tiny variances are 0.
    freedom = 1 / ((parts / variance) ** 2 / [len(first) - 1, len(second) - 1]).sum() if variance > 0 else 1.0
    size = float(max(np.abs(first).max(), np.abs(second).max()))
    return _two_sided(float(first.mean() - second.mean()), variance, float(freedom), size)


def one_draw(effect: float, vectors: int, random_effects: npt.ArrayLike, smaller: float = 1.0) -> Outcome:
    """Ask whether a concept could be one more random set.

    Every random set takes the concept's place once, against all others. Such an effect is a_i less the mean of the other a_j, so that
    the effects of n random sets centre at 0 and are n / (n - 1) times too wide; a concept's own effect has the variance of one draw and
    that of the mean of the sets it was set against (a t interval for one further observation).

    Args:
      effect: a concept's, the mean over the random sets that it is set against.
      vectors: how many these are, 1 or more.
      random_effects: float [n], the same of each random set against the n - 1 others, three or more.
      smaller: examples of a random set over those of the concept: the mean of fewer examples varies more.
    """
    means = np.asarray(random_effects, np.float64)
    count = len(means)
    variance = float((means**2).sum() / (count - 1)) * ((count - 1) / count) ** 2
    size = float(max(abs(effect), np.abs(means).max()))
    return _two_sided(effect, variance * (smaller + 1 / vectors), float(count - 1), size)


def agreed(first: Outcome, second: Outcome) -> float:
    """Return the larger p of two tests, or 1 where they point apart: small only where both tests say the same."""
    return max(first.p, second.p) if first.t * second.t > 0 else 1.0


def corrected(p: Sequence[float | None]) -> list[float | None]:
    """Correct p-values for their number, by the false discovery rate (Benjamini and Hochberg 1995, J. R. Statist. Soc. B 57:289-300).

    Args:
      p: p-values; None is no test and does not count.
    Returns:
      q-values in the order given: those of at most 0.05 hold 5 % false ones on average.
    """
    tested = [value for value in p if value is not None]
    found = iter(stats.false_discovery_control(tested, method="bh")) if tested else iter(())
    return [None if value is None else float(next(found)) for value in p]


def _two_sided(difference: float, variance: float, freedom: float, size: float) -> Outcome:
    # Means of equal numbers of this size may differ in their last bits, which are no difference.
    rounding = 1e-12 * size
    if abs(difference) <= rounding:
        return Outcome(0.0, 1.0)
    if variance <= rounding**2:
        return Outcome(float(np.copysign(np.inf, difference)), 0.0)
    t = difference / variance**0.5
    return Outcome(t, float(2 * stats.t.sf(abs(t), freedom)))
