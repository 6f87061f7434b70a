import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.trainer.balance import balanced_weights, class_weights, draw_probabilities, positive_weights, source_probabilities


def test_by_hand():
    assert balanced_weights([10, 20, 10]) == pytest.approx([40 / 30, 40 / 60, 40 / 30])


def test_an_absent_class_weighs_nothing():
    assert balanced_weights([10, 0, 30]) == pytest.approx([2.0, 0.0, 40 / 60])


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=6))
def test_every_class_weighs_the_same_and_the_mean_is_one(counts):
    totals = [count * weight for count, weight in zip(counts, balanced_weights(counts), strict=True)]
    assert totals == pytest.approx([sum(counts) / len(counts)] * len(counts))


@pytest.mark.parametrize("balance", ["none", "oversample", "focal", "source_class"])
def test_the_others_weigh_every_class_alike(balance):
    assert class_weights(np.array([0] + [1] * 99), 2, balance) == [1.0, 1.0]


def test_class_weight_counts_what_is_drawn():
    assert class_weights(LABELS, 2, "class_weight") == [1.0, 1.0]
    assert class_weights(LABELS[1:], 2, "class_weight") == pytest.approx([5 / 4, 5 / 6])
    # The lone image of source b is drawn half of the time: class 0 has 2/10 + 1/2 of the draws, class 1 the other 3/10.
    drawn = source_probabilities(SOURCES)
    np.testing.assert_allclose(drawn, [1 / 10, 1 / 10, 1 / 2, 1 / 10, 1 / 10, 1 / 10])
    assert class_weights(LABELS, 2, "class_weight", drawn) == pytest.approx([1 / 1.4, 1 / 0.6])
    assert class_weights(LABELS, 3, "class_weight", drawn)[2] == 0.0


LABELS = np.array([0, 0, 0, 1, 1, 1])
SOURCES = np.array(["a", "a", "b", "a", "a", "a"])


def test_oversampling_makes_classes_equally_likely():
    np.testing.assert_allclose(draw_probabilities(LABELS[1:], SOURCES[1:], "oversample"), [1 / 4] * 2 + [1 / 6] * 3)


def test_source_class_makes_every_cell_equally_likely():
    np.testing.assert_allclose(draw_probabilities(LABELS, SOURCES, "source_class"), [1 / 6, 1 / 6, 1 / 3, 1 / 9, 1 / 9, 1 / 9])


def test_a_source_with_a_blank_is_no_other_cell():
    assert draw_probabilities(np.array([1, 1]), np.array(["a 1", "a"]), "source_class").tolist() == [0.5, 0.5]


@pytest.mark.parametrize("balance", ["none", "class_weight", "focal"])
def test_the_others_draw_nothing(balance):
    assert draw_probabilities(LABELS, SOURCES, balance) is None


def test_positives_weigh_as_much_as_negatives():
    findings = np.array([[1, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]])
    assert positive_weights(findings) == [3.0, 1.0, 1.0]
    assert positive_weights(findings, np.array([0.5, 0.3, 0.1, 0.1])) == pytest.approx([1.0, 1.0, 1.0])
    assert positive_weights(findings, np.array([0.8, 0.1, 0.05, 0.05])) == pytest.approx([0.25, 1.0, 1.0])
