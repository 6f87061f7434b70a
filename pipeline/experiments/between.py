"""Folds by image against folds by patient: what it is worth that one patient may stand on both sides."""

from collections.abc import Mapping, Sequence

from pipeline.experiments.changes import Samples, change_of
from pipeline.experiments.comparison import Between, Change
from pipeline.experiments.metric import Metric
from pipeline.experiments.pooling import Series, any_of

BY_IMAGE, BY_PATIENT = "folds by image", "folds by patient"


def divided_both_ways(series: Sequence[Series]) -> list[tuple[Series, Series]]:
    """Find the variants that were judged by image and by patient, each as that pair of series."""
    by_patient = {one.variant: one for one in series if one.family == BY_PATIENT}
    return [(one, by_patient[one.variant]) for one in series if one.family == BY_IMAGE and one.variant in by_patient]


def differences_between(
    pairs: Sequence[tuple[Series, Series]], metrics: Sequence[Metric], samples: Mapping[int, Sequence[Samples]], seed: int
) -> list[Between]:
    """Take by image less by patient, paired by patient, for every variant and metric.

    Args:
      pairs: of `divided_both_ways`.
      metrics: all of the comparison.
      samples: id of a series to its samples, one a metric.
      seed: decides the draws of the seeds' luck.
    """
    result = []
    for place, metric in enumerate(metrics):
        for by_image, by_patient in pairs:
            why = any_of(by_image.answers).why_unpaired(any_of(by_patient.answers))
            change = Change(None, None, None, why) if why else change_of(samples[id(by_image)][place], samples[id(by_patient)][place], seed)
            result.append(Between(by_image.variant, metric, BY_IMAGE, BY_PATIENT, change))
    return result
