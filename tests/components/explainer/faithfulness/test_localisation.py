import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from components.base.errors import UsageError
from components.explainer.faithfulness.localisation import chance, mass_accuracy, pointing_game, rank_accuracy

TRUTH = np.array([[[True, True, False], [False, False, False]]])


def test_worked_by_hand() -> None:
    maps = np.array([[[5, 1, 2], [1, 1, -9]]])
    assert pointing_game(maps, TRUTH).tolist() == [1]
    assert mass_accuracy(maps, TRUTH).tolist() == [0.6]
    # The two highest are 5 (inside) and 2 (outside).
    assert rank_accuracy(maps, TRUTH).tolist() == [0.5]
    assert chance(TRUTH).tolist() == [pytest.approx(1 / 3)]


def test_equal_pixels_score_what_drawing_one_would() -> None:
    # Three are highest, one of them inside; one place is left for two pixels of value 3, of which one is inside.
    assert pointing_game([[[7, 0, 7], [7, 0, 0]]], TRUTH)[0] == pytest.approx(1 / 3)
    assert rank_accuracy([[[7, 3, 3], [0, 0, 0]]], TRUTH)[0] == pytest.approx((1 + 0.5) / 2)
    assert rank_accuracy([[[3, 3, 3], [3, 3, 3]]], TRUTH)[0] == pytest.approx(1 / 3)


def test_a_miss_within_the_tolerance_is_forgiven() -> None:
    maps = np.array([[[0, 0, 0], [0, 0, 4]]])
    # The nearest true pixel lies across a corner: a distance of the root of 2.
    assert [pointing_game(maps, TRUTH, tolerance_px)[0] for tolerance_px in (0, 1, 1.5)] == [0, 0, 1]
    assert [chance(TRUTH, tolerance_px)[0] for tolerance_px in (0, 1, 1.5)] == pytest.approx([2 / 6, 5 / 6, 1])


def test_no_map_is_no_hit_and_no_truth_is_not_judged() -> None:
    maps = np.array([np.zeros((2, 3)), -np.ones((2, 3)), np.ones((2, 3))])
    truth = np.concatenate([TRUTH, TRUTH, np.zeros_like(TRUTH)])
    for measure in (pointing_game, mass_accuracy, rank_accuracy):
        found = measure(maps, truth)
        assert found[:2].tolist() == [0, 0]
        assert np.isnan(found[2])
    assert np.isnan(chance(truth)[2])


def test_few_positive_pixels_are_not_filled_up_by_chance() -> None:
    assert rank_accuracy([[[1, 0, 0], [0, 0, 0]]], TRUTH).tolist() == [0.5]


def test_refuses_truth_of_another_size() -> None:
    with pytest.raises(UsageError, match="bring the truth to the size"):
        pointing_game(np.ones((1, 2, 2)), TRUTH)


@settings(max_examples=60, deadline=None)
@given(
    maps=arrays(np.float32, (3, 5, 4), elements=st.floats(-1, 1, width=32)),
    truth=arrays(np.bool_, (3, 5, 4)),
    scale=st.floats(0.125, 8, width=32),
)
def test_bounded_and_blind_to_scale_and_to_negative_values(maps, truth, scale) -> None:
    judged = truth.any(axis=(1, 2))
    for measure in (pointing_game, mass_accuracy, rank_accuracy):
        found = measure(maps, truth)
        assert (np.isnan(found) == ~judged).all()
        assert ((found[judged] >= 0) & (found[judged] <= 1 + 1e-9)).all()
        assert measure(np.maximum(maps, 0), truth) == pytest.approx(found, nan_ok=True)
    assert mass_accuracy(maps.astype(float) * scale, truth) == pytest.approx(mass_accuracy(maps, truth), nan_ok=True)
    perfect = truth.astype(float)
    for measure in (pointing_game, mass_accuracy, rank_accuracy):
        assert measure(perfect, truth)[judged] == pytest.approx(1)
