"""Measure the model and the floors alike: on the same images, over the same draws of patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from components.auditor.audit import Excess, Measures
from components.evaluator.intervals import LEAST_GROUPS, Interval, Resampling, Sampled, interval_of_share, mean_of, measure
from components.evaluator.paired import difference_of_shares
from components.evaluator.stratified_auc import NOT_IDENTIFIABLE, stratified_auc

_WHOLE: Final = ("accuracy", "macro_recall", "macro_auc")


@dataclass(frozen=True)
class Drawn:
    """Metrics over all draws.

    Attributes:
      whole: "accuracy", "macro_recall" and "macro_auc".
      pairs: pair of classes to the AUC within sources; None where no source holds both.
    """

    whole: dict[str, Sampled]
    pairs: dict[str, Sampled | None]

    @property
    def within_pairs(self) -> tuple[str, ...]:
        """The pairs that can be told and hold enough patients for an interval; where none does, those that can be told.

        A pair of a few images would weigh as much as one of hundreds. Which pairs these are depends on the images, not on the answers.
        """
        known = {name: sampled for name, sampled in self.pairs.items() if sampled is not None}
        return tuple(name for name, sampled in known.items() if sampled.groups >= LEAST_GROUPS) or tuple(known)

    @property
    def within_source(self) -> Sampled | None:
        """Mean over `within_pairs`; None where there is none."""
        known = [sampled for name in self.within_pairs if (sampled := self.pairs[name]) is not None]
        return mean_of(known) if known else None


def draw_measures(
    label_index: npt.NDArray[np.int64],
    probabilities: npt.ArrayLike,
    sources: npt.NDArray[np.str_],
    classes: Sequence[str],
    resampling: Resampling,
    least: int = 2,
) -> Drawn:
    """Measure one set of answers over all draws.

    Args:
      label_index: int64 [n].
      probabilities: float [n, classes].
      sources: text [n].
      classes: their names.
      resampling: the draws of these n images.
      least: images of each of two classes that a source must hold to take part, as in `components.evaluator`.
    """
    scores = np.asarray(probabilities, np.float64)
    everything = measure(label_index, scores, classes, resampling)
    numbers = np.unique(sources, return_inverse=True)[1]
    pairs: dict[str, Sampled | None] = {}
    for first, second in combinations(range(len(classes)), 2):
        found = stratified_auc(label_index, scores, (first, second), numbers, resampling, least)
        pairs[f"{classes[first]} vs {classes[second]}"] = found.pooled if found else None
    return Drawn({name: everything[name] for name in _WHOLE}, pairs)


def measures(drawn: Drawn) -> Measures:
    """Take the intervals."""
    return Measures(
        accuracy=interval_of_share(drawn.whole["accuracy"]),
        macro_recall=interval_of_share(drawn.whole["macro_recall"]),
        macro_auc=interval_of_share(drawn.whole["macro_auc"]),
        within_source=_known(drawn.within_source),
        within_pairs=drawn.within_pairs,
        pairs={name: _known(sampled) for name, sampled in drawn.pairs.items()},
    )


def excess(model: Drawn, floor: Drawn) -> Excess:
    """Compare the model with a floor, draw by draw."""
    whole = {name: difference_of_shares(model.whole[name], floor.whole[name]) for name in _WHOLE}
    inside, its = model.within_source, floor.within_source
    # Whether a pair can be told depends on the images, not on the answers.
    within = difference_of_shares(inside, its) if inside is not None and its is not None else unknown(NOT_IDENTIFIABLE)
    return Excess(accuracy=whole["accuracy"], macro_recall=whole["macro_recall"], macro_auc=whole["macro_auc"], within_source=within)


def unknown(why: str) -> Interval:
    """Make an interval of nothing, with the reason."""
    return Interval(None, None, None, 0, 0.0, why)


def _known(sampled: Sampled | None) -> Interval:
    return unknown(NOT_IDENTIFIABLE) if sampled is None else interval_of_share(sampled)
