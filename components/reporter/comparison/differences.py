"""The differences of two models that judged the same images, paired by patient."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from components.evaluator.config import EvaluatorConfig
from components.evaluator.intervals import Interval, Resampling, Sampled, resample
from components.evaluator.paired import Difference, holm, paired_difference
from components.evaluator.paired_slices import compare_slices
from components.evaluator.slices import within_name
from components.evaluator.slicing import Slice, make_slices
from components.evaluator.stratified_auc import stratified_auc
from components.predictions.table import Predictions

NO_SPREAD = "the same in every draw of patients"
# So many draws a slice that a p-value stays below 0.05 when it is corrected for all slices: its least is 2 / (1 + draws).
_DRAWS_A_SLICE = 100
_NONE = Interval(None, None, None, 0, 0.0, "undefined for one of the runs")

Where = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Paired:
    """A difference, the second run less the first, with its p corrected for all slices of the metric (None where there is no p)."""

    figure: Interval
    corrected_p: float | None


@dataclass(frozen=True)
class Differences:
    """All differences.

    Attributes:
      draws: of patients.
      by_slice: (slice, metric) to difference, as `key` makes the slice; the pairs of classes within sources among the metrics.
      by_source: (pair of classes, source) to difference, of the pairs inside single sources.
      alike: the answers of both are the same to the last bit.
    """

    draws: int
    by_slice: dict[tuple[Where, str], Paired]
    by_source: dict[tuple[tuple[str, str], str], Paired]
    alike: bool


def key(where: dict[str, str]) -> Where:
    """Make a key of a slice."""
    return tuple(where.items())


def measure_differences(first: Predictions, second: Predictions, config: EvaluatorConfig, seed: int) -> Differences:
    """Measure.

    Args:
      first: test images of the first run.
      second: the same images in the same order, of the second.
      config: which slices, how many draws at least, and how many images a source needs.
      seed: decides the draws.
    """
    classes = [str(name) for name in first.classes]
    # What a run may see otherwise, such as a flag of quality, makes another slice.
    theirs = {(key(part.where), part.mask.tobytes()) for part in make_slices(second, config.slices)}
    slices = [part for part in make_slices(first, config.slices) if (key(part.where), part.mask.tobytes()) in theirs]
    resampling = resample(first.group, max(config.draws, _DRAWS_A_SLICE * len(slices)), seed)
    scores = [table.probabilities.astype(np.float64) for table in (first, second)]
    by_slice: dict[tuple[Where, str], Paired] = {}
    by_source: dict[tuple[tuple[str, str], str], Paired] = {}
    names, sources = np.unique(first.source, return_inverse=True)
    for places in itertools.combinations(range(len(classes)), 2):
        pair = (classes[places[0]], classes[places[1]])
        differences = []
        for part in slices:
            pooled, inside = _within(first.label_index, scores, sources, places, resampling, part, config.least_in_pair)
            differences.append(pooled)
            if not part.where:
                by_source |= {(pair, str(names[place])): Paired(_shown(each), each.p) for place, each in inside.items()}
        corrected = holm([each.p if each else None for each in differences])
        for part, each, p in zip(slices, differences, corrected, strict=True):
            by_slice[key(part.where), within_name(*pair)] = Paired(_shown(each), p)
    # The second is named first: a difference is what it has more.
    for row in compare_slices(first.label_index, scores[1], scores[0], classes, resampling, slices):
        by_slice[key(row.slice), row.metric] = Paired(_shown(row.difference), row.corrected_p)
    return Differences(resampling.counts.shape[1] - 1, by_slice, by_source, np.array_equal(first.probabilities, second.probabilities))


def _within(
    labels: npt.NDArray[np.int64],
    scores: Sequence[npt.NDArray[np.float64]],
    sources: npt.NDArray[np.int64],
    pair: tuple[int, int],
    resampling: Resampling,
    part: Slice,
    least: int,
) -> tuple[Difference | None, dict[int, Difference]]:
    inside = Resampling(resampling.index[part.mask], resampling.counts)
    found = [stratified_auc(labels[part.mask], each[part.mask], pair, sources[part.mask], inside, least) for each in scores]
    if found[0] is None or found[1] is None:
        return None, {}
    first, second = found[0], found[1]
    pooled = _less(second.pooled, first.pooled)
    return pooled, {place: _less(second.by_part[place], its) for place, its in first.by_part.items()}


def _less(second: Sampled, first: Sampled) -> Difference:
    return paired_difference([second], [first])


def _shown(difference: Difference | None) -> Interval:
    if difference is None:
        return _NONE
    found = difference.interval
    if found.one_point:
        # Draws of a few images that all agree say nothing of how far off the difference may be.
        return replace(found, low=None, high=None, why_none=NO_SPREAD)
    return found
