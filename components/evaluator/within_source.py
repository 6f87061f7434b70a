"""Each pair of classes inside sources: what the model can do where the source cannot give the class away."""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from components.evaluator.assessment import PairWithin
from components.evaluator.figures import figure, missing
from components.evaluator.intervals import Resampling
from components.evaluator.stratified_auc import NOT_IDENTIFIABLE, stratified_auc


def compare_within(
    label_index: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    classes: Sequence[str],
    source: npt.NDArray[np.str_],
    resampling: Resampling,
    least: int = 2,
) -> list[PairWithin]:
    """Compare every pair of classes inside every source that holds enough of both, then pool over sources.

    Args:
      label_index: int [n], the true class.
      probabilities: float [n, classes].
      classes: their names.
      source: text [n].
      resampling: the draws of these n images.
      least: images of each class that a source must hold to take part.
    """
    labels = np.asarray(label_index, np.int64)
    names, sources = np.unique(source, return_inverse=True)
    result = []
    for first, second in itertools.combinations(range(len(classes)), 2):
        found = stratified_auc(labels, probabilities, (first, second), sources, resampling, least)
        held = {
            str(name): (int(((sources == place) & (labels == first)).sum()), int(((sources == place) & (labels == second)).sum()))
            for place, name in enumerate(names)
        }
        result.append(
            PairWithin(
                pair=(classes[first], classes[second]),
                pooled=missing(NOT_IDENTIFIABLE) if found is None else figure(found.pooled, NOT_IDENTIFIABLE),
                by_source={} if found is None else {str(names[place]): figure(its, "") for place, its in found.by_part.items()},
                images={name: counts for name, counts in held.items() if any(counts)},
            )
        )
    return result
