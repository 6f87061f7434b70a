import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from components.base.temperature import scale
from components.evaluator.assessment import Calibration
from components.evaluator.calibration import Probabilities, brier_scores, calibrate, equal_count_bins
from components.evaluator.intervals import resample
from components.evaluator.slicing import Slice


def judge(labels: np.ndarray, scores: np.ndarray, bins: int = 10, draws: int = 200) -> Calibration:
    judged = Probabilities(labels, scores, resample(np.arange(len(labels)), draws, seed=1))
    [found] = calibrate(judged, [Slice({}, np.ones(len(labels), np.bool_))], bins, seed=1)
    return found


def drawn(n: int, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """Labels from honest probabilities, which are then given with their logits over the temperature."""
    generator = np.random.default_rng(5)
    honest = generator.dirichlet([0.7, 0.7, 0.7], n)
    labels = (generator.random(n)[:, None] > honest.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    return labels, scale(honest, temperature)


def test_bins_by_hand() -> None:
    places, edges = equal_count_bins(np.array([0.9, 0.6, 0.7, 0.8]), 2)
    assert places.tolist() == [1, 0, 0, 1]
    assert edges.tolist() == [0.6, 0.7, 0.9]
    # Equal values share a bin, and no bin is empty.
    places, edges = equal_count_bins(np.array([0.5] * 8 + [0.9, 1.0]), 5)
    assert places.tolist() == [0] * 8 + [1, 1]
    assert edges.tolist() == [0.5, 0.5, 1.0]
    assert equal_count_bins(np.full(4, 0.5), 3)[0].tolist() == [0] * 4
    counts = np.bincount(equal_count_bins(np.random.default_rng(0).random(1000), 10)[0])
    assert counts.tolist() == [100] * 10


def test_ece_by_hand() -> None:
    # The sure half is right as often as it says, of the other half 3 of 5 are right instead of 0.6 + 0.2.
    scores = np.array([[0.8, 0.2]] * 5 + [[1.0, 0.0]] * 5)
    labels = np.array([0, 0, 0, 1, 1] + [0] * 5)
    found = judge(labels, scores, bins=2)
    assert found.ece.value == pytest.approx(0.5 * 0.2)
    assert [(each.n, each.confidence, each.accuracy.value) for each in found.bins] == [
        *((5, pytest.approx(0.8), pytest.approx(0.6)), (5, 1.0, 1.0)),
    ]
    assert found.brier.value == pytest.approx((3 * 0.08 + 2 * 1.28) / 10)


def test_scores_are_those_of_scikit_learn() -> None:
    labels, scores = drawn(300, 0.7)
    found = judge(labels, scores)
    expected = sum(brier_score_loss(labels == place, scores[:, place]) for place in range(3))
    assert found.brier.value == pytest.approx(expected)
    assert found.log_loss.value == pytest.approx(log_loss(labels, scores))
    spread = brier_scores(labels, scores).std() / np.sqrt(300)
    assert [found.brier.low, found.brier.high] == pytest.approx([expected - 1.96 * spread, expected + 1.96 * spread], abs=0.02)


def test_honest_probabilities_have_the_ece_of_chance() -> None:
    honest, sure = judge(*drawn(2000, 1.0)), judge(*drawn(2000, 0.4))
    assert honest.ece.value == pytest.approx(honest.ece_by_chance, abs=0.012)
    assert sure.ece.value is not None
    assert sure.ece.value > 5 * sure.ece_by_chance
    for found in (honest, sure):
        for each in found.bins:
            assert each.low <= each.confidence <= each.high


def test_draws_of_patients_move_the_bins_values() -> None:
    labels, scores = drawn(300, 1.0)
    judged = Probabilities(labels, scores, resample(np.arange(300) // 2, 50, seed=1))
    where = np.arange(300) % 3 > 0
    [found] = calibrate(judged, [Slice({"source": "a"}, where)], 5, seed=1)
    assert (found.slice, found.n, sum(each.n for each in found.bins)) == ({"source": "a"}, 200, 200)
    first = found.bins[0]
    inside = where & (scores.max(axis=1) <= first.high)
    right = scores.argmax(axis=1) == labels
    weights = judged.resampling.counts[judged.resampling.index]
    shares = [weights[inside & right, draw].sum() / weights[inside, draw].sum() for draw in range(51)]
    assert first.accuracy.value == pytest.approx(shares[0])
    assert [first.accuracy.low, first.accuracy.high] == pytest.approx(np.quantile(shares[1:], [0.025, 0.975]))
