import numpy as np
import pytest

from components.evaluator.intervals import resample
from components.evaluator.within_source import compare_within
from components.predictions.table import Predictions

CLASSES = ("normal", "pneumonia", "covid19")


def test_pairs_say_where_they_can_be_compared(table: Predictions) -> None:
    found = compare_within(table.label_index, table.probabilities, CLASSES, table.source, resample(table.group, 200, 1))
    assert [each.pair for each in found] == [("normal", "pneumonia"), ("normal", "covid19"), ("pneumonia", "covid19")]
    lungs, *covid = found
    assert list(lungs.by_source) == ["nih", "rsna"]
    assert lungs.pooled.value == pytest.approx(np.mean([each.value for each in lungs.by_source.values()]), abs=0.1)
    assert lungs.pooled.low is not None
    assert lungs.images == {
        source: tuple(int(((table.source == source) & (table.label_index == place)).sum()) for place in (0, 1))
        for source in ("nih", "rsna")
    }
    for each in covid:
        assert each.pooled.note == "n/a (not identifiable from this data)"
        assert each.by_source == {}
        assert each.images["cohen"] == (0, (table.label == "covid19").sum())


def test_a_model_that_knows_the_source_alone_is_worth_nothing_inside() -> None:
    labels = np.array(([0] * 9 + [1]) * 20 + ([0] + [1] * 9) * 20)
    source = np.array(["a"] * 200 + ["b"] * 200)
    scores = np.where((source == "a")[:, None], [[0.8, 0.2]], [[0.2, 0.8]])
    [found] = compare_within(labels, scores, ("x", "y"), source, resample(np.arange(400), 200, 1))
    assert found.pooled.value == 0.5
    [strict] = compare_within(labels, scores, ("x", "y"), source, resample(np.arange(400), 200, 1), least=21)
    assert strict.pooled.value is None
