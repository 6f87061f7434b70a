import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.trainer.balance import balanced_weights


def test_by_hand():
    assert balanced_weights([10, 20, 10]) == pytest.approx([40 / 30, 40 / 60, 40 / 30])


def test_an_absent_class_weighs_nothing():
    assert balanced_weights([10, 0, 30]) == pytest.approx([2.0, 0.0, 40 / 60])


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=6))
def test_every_class_weighs_the_same_and_the_mean_is_one(counts):
    totals = [count * weight for count, weight in zip(counts, balanced_weights(counts), strict=True)]
    assert totals == pytest.approx([sum(counts) / len(counts)] * len(counts))
