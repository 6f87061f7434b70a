import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from components.evaluator.assessment import OperatingPoint
from components.evaluator.config import OperatingPointConfig
from components.evaluator.intervals import resample
from components.evaluator.operating_points import (
    Judged,
    apply_operating_point,
    choose_operating_point,
    choose_threshold,
    predictive_values,
)

CLASSES = ("normal", "covid19")
SCORES = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=2, max_size=60)


def judged(scores: np.ndarray, positive: np.ndarray) -> Judged:
    return Judged(positive.astype(np.int64), np.stack([1 - scores, scores], axis=1).astype(np.float32))


def applied(prevalence: float | None = 0.02, copies: int = 1, **aim: float) -> OperatingPoint:
    """Choose on 20 and 20 images; of the 40 and 60 test images 36 and 6 score above every threshold in between."""
    chosen_on = judged(np.concatenate([np.linspace(0.5, 0.88, 20), np.linspace(0.1, 0.48, 20)]), np.arange(40) < 20)
    positive = np.repeat(np.arange(100) < 40, copies)
    high = np.repeat((np.arange(100) < 36) | (np.arange(100) >= 94), copies)
    applied_to = judged(np.where(high, 0.9, 0.05), positive)
    draws = resample(np.repeat(np.arange(100), copies), 2000, seed=1)
    chosen = choose_operating_point(OperatingPointConfig(label="covid19", **aim), CLASSES, chosen_on)
    return apply_operating_point(chosen, CLASSES, prevalence, applied_to, draws)


@given(SCORES, st.floats(0.01, 1))
def test_a_threshold_gives_what_is_wanted_and_no_other_gives_more_of_the_rest(images: list[tuple[int, bool]], wanted: float) -> None:
    scores, positive = np.array([score / 20 for score, _ in images]), np.array([flag for _, flag in images])
    if positive.all() or not positive.any():
        assert choose_threshold(scores, positive, "sensitivity", wanted) is None
        return
    for aim in ("sensitivity", "specificity"):
        threshold = choose_threshold(scores, positive, aim, wanted)
        assert threshold is not None

        def attained(cut: float, aim: str = aim) -> tuple[float, float]:
            both = (scores[positive] >= cut).mean(), (scores[~positive] < cut).mean()
            return both if aim == "sensitivity" else both[::-1]

        has, rest = attained(threshold)
        assert has >= wanted - 1e-8
        for cut in np.arange(-0.5, 22) / 20:
            other, other_rest = attained(cut)
            assert other < wanted - 1e-8 or other_rest <= rest


def test_the_threshold_is_chosen_on_eval_and_judged_on_test() -> None:
    found = applied(sensitivity=0.95)
    assert (found.aim, found.wanted) == ("sensitivity", 0.95)
    assert found.threshold == pytest.approx(0.52)
    assert found.on_eval == {"sensitivity": 0.95, "specificity": 1.0}
    assert (found.sensitivity.value, found.specificity.value) == (0.9, 0.9)
    exact = stats.binomtest(36, 40).proportion_ci(0.95, method="exact")
    assert [found.sensitivity.low, found.sensitivity.high] == pytest.approx([exact.low, exact.high], abs=0.01)
    assert applied(specificity=0.95).threshold == pytest.approx(0.46)
    assert applied(specificity=0.95).on_eval["specificity"] == 0.95


def test_predictive_values_by_bayes() -> None:
    # 1,000 people, 20 of them ill: 18 are caught, 98 of the other 980 alarmed.
    found = applied(sensitivity=0.95)
    assert found.positive_predictive_value.value == pytest.approx(18 / (18 + 98))
    assert found.negative_predictive_value.value == pytest.approx(882 / (882 + 2))
    low, high = found.positive_predictive_value.low, found.positive_predictive_value.high
    assert low is not None
    assert high is not None
    assert low < 18 / 116 < high
    positive, negative = predictive_values(np.array([0.0, 1.0]), np.array([1.0, 0.0]), 0.5)
    assert np.isnan(positive[0])
    assert np.isnan(negative[1])


def test_copies_of_images_do_not_narrow_the_intervals() -> None:
    once, twice = applied(sensitivity=0.95), applied(sensitivity=0.95, copies=2)
    assert once.sensitivity == twice.sensitivity
    assert once.positive_predictive_value == twice.positive_predictive_value


def test_without_a_prevalence_there_are_no_predictive_values() -> None:
    found = applied(prevalence=None, sensitivity=0.9)
    assert found.positive_predictive_value.note == found.negative_predictive_value.note == "n/a (no prevalence given)"


def test_a_perfect_specificity_does_not_make_a_perfect_predictive_value() -> None:
    positive = np.arange(80) < 30
    draws = resample(np.arange(80), 500, seed=1)
    point = OperatingPointConfig(label="covid19", sensitivity=0.9)
    split = judged(np.where(positive, 0.9, 0.1), positive)
    found = apply_operating_point(choose_operating_point(point, CLASSES, split), CLASSES, 0.02, split, draws)
    assert found.positive_predictive_value.value == 1
    least = 0.025 ** (1 / 30), 0.025 ** (1 / 50)
    expected = 0.02 * least[0] / (0.02 * least[0] + 0.98 * (1 - least[1]))
    assert found.positive_predictive_value.low == pytest.approx(expected)
    assert found.positive_predictive_value.note == "of the ends of sensitivity and specificity"


@pytest.mark.parametrize("negatives", [50, 9])
def test_a_certain_predictive_value_without_an_interval_is_withheld(negatives: int) -> None:
    # 9 patients of the class are too few for an interval of the sensitivity; no other image is called positive.
    positive = np.arange(9 + negatives) < 9
    draws = resample(np.arange(9 + negatives), 500, seed=1)
    chosen_on = judged(np.where(positive, 0.9, 0.1), positive)
    chosen = choose_operating_point(OperatingPointConfig(label="covid19", sensitivity=0.9), CLASSES, chosen_on)
    found = apply_operating_point(chosen, CLASSES, 0.02, judged(np.where(np.arange(9 + negatives) < 6, 0.9, 0.1), positive), draws)
    assert (found.sensitivity.value, found.sensitivity.low, found.specificity.value) == (6 / 9, None, 1)
    assert found.positive_predictive_value.value is None
    assert found.positive_predictive_value.note == "n/a (1 on these images alone: fewer than 10 patients)"
    assert found.negative_predictive_value.value == pytest.approx(0.98 / (0.98 + 0.02 / 3))
    assert found.negative_predictive_value.low is None


@pytest.mark.parametrize(("positives", "why"), [(0, "eval holds no covid19 image"), (40, "eval holds covid19 images alone")])
def test_eval_that_cannot_tell_gives_no_threshold(positives: int, why: str) -> None:
    split = judged(np.linspace(0, 1, 40), np.arange(40) < positives)
    test = judged(np.linspace(0, 1, 40), np.arange(40) < 20)
    point = OperatingPointConfig(label="covid19", specificity=0.9)
    found = apply_operating_point(choose_operating_point(point, CLASSES, split), CLASSES, 0.1, test, resample(np.arange(40), 100))
    assert (found.threshold, found.on_eval) == (None, {})
    assert found.sensitivity.note == found.positive_predictive_value.note == f"n/a ({why})"
    other_way = apply_operating_point(choose_operating_point(point, CLASSES, test), CLASSES, 0.1, split, resample(np.arange(40), 100))
    assert other_way.threshold is not None
    assert other_way.positive_predictive_value.note == "n/a (one class)"
