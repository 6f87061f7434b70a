"""From a value of each image to a mean with an interval by patient."""

from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from components.evaluator.exact_bounds import count_patients
from components.evaluator.intervals import Kind, Resampling, Sampled, interval, interval_of_share, on_patients
from components.explainer.faithfulness.measures import CORRELATION, INCREASE, POINTING

Floats = npt.NDArray[np.float64]
Json = dict[str, str | float | int | None]


@dataclass(frozen=True)
class Row:
    """One cell of the table: a measure of a method, or of two methods that are compared image by image.

    Attributes:
      method: name of the method or control; "gradcam, ace" for the agreement of two.
      measure: name of the measure.
      truth: which truth the maps were held against; empty where there is none to hold against.
      value: mean over the images; None where none could be judged.
      low: lower end of the 95 % interval; None where there is none, and `why_none` says why.
      high: upper end.
      images: images judged.
      patients: their patients.
      without_map: images in which the method found nothing that speaks for the class. With a truth they are among the images
        judged, as no hit; else they are left out.
      without_truth: images that were not judged: nothing is true of them, or they were not answered right.
      why_none: empty where there is an interval.
      note: how the interval came about where it is not that of the draws; else empty.
    """

    method: str
    measure: str
    truth: str
    value: float | None
    low: float | None
    high: float | None
    images: int
    patients: int
    without_map: int
    without_truth: int = 0
    why_none: str = ""
    note: str = ""

    def to_json(self) -> Json:
        """Return the cell as a JSON object."""
        return asdict(self)


def drawn_mean(values: npt.ArrayLike, resampling: Resampling) -> Sampled:
    """Average a value of each image over all draws of patients; each image weighs the same.

    Args:
      values: float [n]; NaN is left out.
      resampling: the draws of the patients of these n images.
    Returns:
      The means; NaN in a draw that holds no image with a value.
    """
    given = np.asarray(values, np.float64)
    known = ~np.isnan(given)
    index, total = resampling.index[known], len(resampling.counts)
    sums = np.bincount(index, given[known], total) @ resampling.counts.astype(np.float64)
    counts = np.bincount(index, minlength=total) @ resampling.counts.astype(np.float64)
    means: Floats = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return on_patients(means, "other", count_patients(index))


def summarise(
    method: str, measure: str, values: Floats, resampling: Resampling, without_map: int, truth: str = "", without_truth: int = 0
) -> Row:
    """Make a cell of the table; see `Row` and `drawn_mean`.

    All measures but the rank correlation lie in [0, 1]. Two are shares of images. The others are means that are 1, or 0, only where each
    image's value is.
    """
    drawn = drawn_mean(values, resampling)
    kind: Kind = "share" if measure in (POINTING.name, INCREASE.name) else "score"
    found = interval(drawn) if measure == CORRELATION.name else interval_of_share(replace(drawn, kind=kind))
    return Row(
        method=method,
        measure=measure,
        truth=truth,
        value=found.value,
        low=found.low,
        high=found.high,
        images=int((~np.isnan(values)).sum()),
        patients=found.groups,
        without_map=without_map,
        without_truth=without_truth,
        why_none=found.why_none,
        note=found.note,
    )
