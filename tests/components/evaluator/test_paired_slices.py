import numpy as np
import pytest

from components.evaluator.intervals import measure, resample
from components.evaluator.paired import holm, paired_difference
from components.evaluator.paired_slices import compare_slices
from components.evaluator.slicing import make_slices
from components.predictions.table import Predictions

CLASSES = ("normal", "pneumonia", "covid19")


def test_every_slice_has_the_paired_difference(table: Predictions) -> None:
    other = np.random.default_rng(2).permutation(table.probabilities)
    slices, draws = make_slices(table, [("source",), ("sex",)]), resample(table.group, 200, seed=1)
    found = compare_slices(table.label_index, table.probabilities, other, CLASSES, draws, slices, ["accuracy", "auc/normal"])
    assert [each.metric for each in found] == ["accuracy"] * len(slices) + ["auc/normal"] * len(slices)
    for each, part in zip(found, slices * 2, strict=True):
        one, two = (measure(table.label_index, scores, CLASSES, draws, part.mask)[each.metric] for scores in (table.probabilities, other))
        assert each.slice == part.where
        assert each.difference == paired_difference([one], [two])
        if each.first is not None and each.second is not None:
            assert each.difference.interval.value == pytest.approx(each.first - each.second)
    for metric in ("accuracy", "auc/normal"):
        of_metric = [each for each in found if each.metric == metric]
        assert [each.corrected_p for each in of_metric] == holm([each.difference.p for each in of_metric])
    cohen = next(each for each in found if each.metric == "auc/normal" and each.slice == {"source": "cohen"})
    assert (cohen.first, cohen.second, cohen.difference.p, cohen.corrected_p) == (None, None, None, None)


def test_all_metrics_by_default_and_a_model_equals_itself(table: Predictions) -> None:
    draws = resample(table.group, 100, seed=1)
    found = compare_slices(table.label_index, table.probabilities, table.probabilities, CLASSES, draws, make_slices(table, []))
    assert {each.metric for each in found} >= {"accuracy", "macro_recall", "average_precision/covid19", "specificity/normal"}
    assert not any(each.metric.startswith("confusion/") for each in found)
    assert {each.difference.interval.value for each in found} == {0.0}
    assert {each.difference.p for each in found} == {1.0}
