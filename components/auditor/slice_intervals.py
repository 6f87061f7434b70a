"""The model's intervals on the slices that the gate's thresholds name."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from components.auditor.audit import SliceIntervals
from components.evaluator.intervals import Resampling, interval_of_share, measure


def slice_intervals(
    label_index: npt.NDArray[np.int64],
    probabilities: npt.ArrayLike,
    classes: Sequence[str],
    columns: dict[str, npt.NDArray[np.str_]],
    crossings: Sequence[Sequence[str]],
    resampling: Resampling,
) -> tuple[SliceIntervals, ...]:
    """Measure the whole test split, and every slice of the crossings that holds an image.

    Args:
      label_index: int64 [n].
      probabilities: float [n, classes].
      classes: their names.
      columns: feature to text [n].
      crossings: features of each crossing, such as [["source"], ["label", "source"]]; one that `columns` lack has no slices.
      resampling: the draws of these n images.
    """
    scores = np.asarray(probabilities, np.float64)
    found = []
    for names in ((), *crossings):
        if any(name not in columns for name in names):
            continue
        keys = list(zip(*(columns[name].tolist() for name in names), strict=True)) if names else [()] * len(label_index)
        for values in sorted(set(keys)):
            where = np.array([key == values for key in keys])
            metrics = measure(label_index, scores, classes, resampling, where)
            found.append(
                SliceIntervals(
                    slice=dict(zip(names, values, strict=True)),
                    n=int(where.sum()),
                    metrics={name: interval_of_share(sampled) for name, sampled in metrics.items()},
                )
            )
    return tuple(found)
