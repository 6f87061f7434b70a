"""The model's intervals on the slices that the gate's thresholds name."""

from collections.abc import Sequence

import numpy as np

from components.auditor.audit import SliceIntervals
from components.evaluator.intervals import Resampling, interval_of_share, measure
from components.evaluator.slicing import make_slices
from components.predictions.table import Predictions


def slice_intervals(test: Predictions, crossings: Sequence[Sequence[str]], resampling: Resampling) -> tuple[SliceIntervals, ...]:
    """Measure the whole test split, and every slice of the crossings that holds an image.

    Args:
      test: at least one image.
      crossings: names of slices (components.evaluator.slice_names), such as [["source"], ["label", "source"]].
      resampling: the draws of these images.
    Raises:
      UserError: the predictions lack a column.
    """
    classes = [str(name) for name in test.classes]
    scores = test.probabilities.astype(np.float64)
    found = []
    for part in make_slices(test, crossings):
        metrics = measure(test.label_index, scores, classes, resampling, part.mask)
        intervals = {name: interval_of_share(sampled) for name, sampled in metrics.items()}
        found.append(SliceIntervals(slice=part.where, n=int(part.mask.sum()), metrics=intervals))
    return tuple(found)
