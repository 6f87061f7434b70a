"""From a metric over all draws to what a table says of it: the mean over seeds, and differences of two rows."""

import math
from dataclasses import dataclass, replace

import numpy as np

from components.evaluator.intervals import Interval, Sampled, interval_of_share
from components.evaluator.paired import paired_difference
from components.evaluator.seeds import over_seeds
from pipeline.experiments.comparison import Change, Estimate


@dataclass(frozen=True)
class Samples:
    """One metric of one series: by seed over all draws, or why there is none; the images it is about; and what a mean is of."""

    by_seed: dict[int, Sampled]
    why_none: str
    images: int
    patients: int
    remark: str = ""


def estimate_of(samples: Samples, reference: Samples | None, why: str, seed: int) -> Estimate:
    """Estimate a metric of a row.

    Args:
      samples: of the row.
      reference: of the row that it is compared with; None where it is with none.
      why: why it is not compared, although it should be; otherwise empty.
      seed: decides the draws of the seeds' luck.
    """
    change = change_of(samples, reference, seed) if reference is not None else Change(None, None, None, why) if why else None
    if samples.why_none:
        unknown = Change(None, None, None, samples.why_none) if change else None
        return Estimate(samples.images, samples.patients, None, {}, None, unknown, samples.why_none, samples.remark)
    by_seed = {number: float(sampled.values[0]) for number, sampled in samples.by_seed.items() if not math.isnan(sampled.values[0])}
    spread = float(np.std(list(by_seed.values()), ddof=1)) if len(by_seed) > 1 else None
    # Every metric is a share of something; t reaches further than that.
    own = _clipped(interval_of_share(over_seeds(list(samples.by_seed.values()), seed)), 0)
    return Estimate(samples.images, samples.patients, own, by_seed, spread, change, remark=samples.remark)


def change_of(first: Samples, second: Samples, seed: int) -> Change:
    """Take the first less the second, whose draws are of the same patients."""
    why = first.why_none or second.why_none
    if why:
        return Change(None, None, None, why)
    found = paired_difference(list(first.by_seed.values()), list(second.by_seed.values()), seed)
    return Change(_clipped(found.interval, -1), found.p, None, seeds=min(len(first.by_seed), len(second.by_seed)))


def _clipped(found: Interval, least: float) -> Interval:
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(found.low, least), high=min(found.high, 1.0))
