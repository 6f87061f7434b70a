import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import recall_score

from components.trainer.metrics import MacroRecall


def score(truth, predicted, classes=3, weight=None) -> float:
    metric = MacroRecall(classes)
    metric.update_state(np.eye(classes)[truth], np.eye(classes)[predicted] * 0.4 + 0.2, weight)
    return float(metric.result())


def test_by_hand():
    # Class 0: 2 of 3, class 1: 0 of 1, class 2: 1 of 1.
    assert score([0, 0, 0, 1, 2], [0, 0, 1, 2, 2]) == pytest.approx((2 / 3 + 0 + 1) / 3)


def test_an_absent_class_does_not_count():
    assert score([0, 0, 1], [0, 2, 1]) == pytest.approx((0.5 + 1) / 2)


def test_weights_do_not_count():
    assert score([0, 0, 1], [0, 1, 1], weight=np.array([1.0, 9.0, 1.0])) == pytest.approx(0.75)


def test_batches_add_up_and_reset_forgets():
    metric = MacroRecall(2)
    for truth, predicted in ((0, 0), (0, 1), (1, 1)):
        metric.update_state(np.eye(2)[[truth]], np.eye(2)[[predicted]])
    assert float(metric.result()) == pytest.approx(0.75)
    metric.reset_state()
    assert float(metric.result()) == 0.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_agrees_with_scikit_learn(pairs):
    truth, predicted = zip(*pairs, strict=True)
    expected = recall_score(truth, predicted, labels=sorted(set(truth)), average="macro")
    assert score(list(truth), list(predicted)) == pytest.approx(expected, abs=1e-6)


def test_survives_serialisation():
    config = keras.saving.serialize_keras_object(MacroRecall(4, name="mr"))
    copy = keras.saving.deserialize_keras_object(config)
    assert (copy.class_count, copy.name) == (4, "mr")
