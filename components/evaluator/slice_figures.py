"""The measures of every slice of one set of draws."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from components.evaluator.assessment import SliceFigures
from components.evaluator.figures import figures
from components.evaluator.intervals import Resampling, measure
from components.evaluator.slicing import Slice

_SHARES = "confusion/"


def measure_slices(
    label_index: npt.ArrayLike, probabilities: npt.ArrayLike, classes: Sequence[str], resampling: Resampling, slices: Sequence[Slice]
) -> list[SliceFigures]:
    """Measure each slice with intervals; all slices read the same draws.

    Args:
      label_index: int [n], the true class.
      probabilities: float [n, classes].
      classes: their names.
      resampling: the draws of these n images.
      slices: of these n images.
    """
    labels, scores = np.asarray(label_index, np.int64), np.asarray(probabilities, np.float64)
    return [_measure_slice(labels, scores, classes, resampling, part) for part in slices]


def _measure_slice(
    labels: npt.NDArray[np.int64], scores: npt.NDArray[np.float64], classes: Sequence[str], resampling: Resampling, part: Slice
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
        metrics=found,
        confusion=confusion.tolist(),
        confusion_shares=shares,
    )
