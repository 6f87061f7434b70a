"""The measures of every slice of one set of draws."""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from components.evaluator.assessment import Figure, SliceFigures
from components.evaluator.figures import figure, figures, missing
from components.evaluator.intervals import Resampling, measure
from components.evaluator.slices import within_name
from components.evaluator.slicing import Slice
from components.evaluator.stratified_auc import NOT_IDENTIFIABLE, stratified_auc

_SHARES = "confusion/"


def measure_slices(
    label_index: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    classes: Sequence[str],
    source: npt.NDArray[np.str_],
    resampling: Resampling,
    slices: Sequence[Slice],
    least: int = 2,
) -> list[SliceFigures]:
    """Measure each slice with intervals; all slices read the same draws.

    Args:
      label_index: int [n], the true class.
      probabilities: float [n, classes].
      classes: their names.
      source: text [n]; pairs of classes are compared inside sources.
      resampling: the draws of these n images.
      slices: of these n images.
      least: images of each of two classes that a source must hold in a slice to take part.
    """
    labels, scores = np.asarray(label_index, np.int64), np.asarray(probabilities, np.float64)
    sources = np.unique(source, return_inverse=True)[1]
    result = []
    for part in slices:
        within = _within(labels[part.mask], scores[part.mask], classes, sources[part.mask], _inside(resampling, part), least)
        result.append(_measure_slice(labels, scores, classes, resampling, part, within))
    return result


def _inside(resampling: Resampling, part: Slice) -> Resampling:
    return Resampling(resampling.index[part.mask], resampling.counts)


def _within(
    labels: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64],
    classes: Sequence[str],
    sources: npt.NDArray[np.int64],
    resampling: Resampling,
    least: int,
) -> dict[str, Figure]:
    result = {}
    for first, second in itertools.combinations(range(len(classes)), 2):
        found = stratified_auc(labels, scores, (first, second), sources, resampling, least)
        shown = missing(NOT_IDENTIFIABLE) if found is None else figure(found.pooled, NOT_IDENTIFIABLE)
        result[within_name(classes[first], classes[second])] = shown
    return result


def _measure_slice(
    labels: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64],
    classes: Sequence[str],
    resampling: Resampling,
    part: Slice,
    within: dict[str, Figure],
) -> SliceFigures:
    counts = np.bincount(labels[part.mask], minlength=len(classes)).tolist()
    class_counts = dict(zip(classes, counts, strict=True))
    found = figures(measure(labels, scores, classes, resampling, part.mask), class_counts)
    shares = [[found.pop(f"{_SHARES}{truth}/{answer}") for answer in classes] for truth in classes]
    cells = labels[part.mask] * len(classes) + scores[part.mask].argmax(axis=1)
    confusion = np.bincount(cells, minlength=len(classes) ** 2).reshape(len(classes), -1)
    return SliceFigures(
        slice=part.where,
        n=int(part.mask.sum()),
        patients=len(np.unique(resampling.index[part.mask])),
        class_counts=class_counts,
        metrics=within | found,
        confusion=confusion.tolist(),
        confusion_shares=shares,
    )
