import numpy as np
import pytest
from scipy import optimize
from sklearn.metrics import log_loss, roc_auc_score

from components.base.temperature import fit_temperature, log_losses, scale


def overconfident(factor: float, images: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from honest probabilities of three classes, and these probabilities with their logits times the factor."""
    generator = np.random.default_rng(5)
    honest = generator.dirichlet([0.7, 0.7, 0.7], images)
    labels = (generator.random(images)[:, None] > honest.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    return labels, scale(honest, 1 / factor)


def test_scaling_by_hand() -> None:
    # At 2, the roots of 0.8 and 0.2 stand as 2 to 1; at 0.5, their squares as 16 to 1.
    np.testing.assert_allclose(scale([[0.8, 0.2]], 2.0), [[2 / 3, 1 / 3]])
    np.testing.assert_allclose(scale([[0.8, 0.2]], 0.5), [[16 / 17, 1 / 17]])
    np.testing.assert_allclose(log_losses(np.array([0, 1]), [[0.5, 0.5], [0.75, 0.25]]), [np.log(2), np.log(4)])


def test_the_fit_by_hand() -> None:
    # Answers of 0.9 that are right 3 times of 4: ln 9 over the temperature must be ln 3.
    value, note = fit_temperature(np.array([0, 0, 0, 1]), [[0.9, 0.1]] * 4)
    assert (value, note) == (pytest.approx(2.0), "")


@pytest.mark.parametrize("factor", [0.4, 1.0, 2.0])
def test_the_temperature_is_the_one_of_the_greatest_likelihood(factor: float) -> None:
    labels, scores = overconfident(factor)
    value, note = fit_temperature(labels, scores)
    assert note == ""
    # Probabilities that are too sure by a factor are put right by it.
    assert value == pytest.approx(factor, rel=0.06)
    best = optimize.minimize_scalar(lambda each: log_loss(labels, scale(scores, each)), bounds=(0.05, 20), method="bounded")
    assert value == pytest.approx(best.x, rel=1e-3)


def test_a_temperature_keeps_the_answers_and_undoes_itself() -> None:
    _, scores = overconfident(1.0, images=50)
    np.testing.assert_allclose(scale(scores, 1.0), scores)
    np.testing.assert_allclose(scale(scale(scores, 3.0), 1 / 3), scores)
    np.testing.assert_array_equal(scale(scores, 3.0).argmax(axis=1), scores.argmax(axis=1))
    np.testing.assert_allclose(scale([[1.0, 0.0]], 2.0).sum(), 1)


@pytest.mark.parametrize("temperature", [0.3, 4.0])
def test_two_classes_rank_as_before_and_a_third_may_change_the_rank_against_the_rest(temperature: float) -> None:
    labels, scores = overconfident(1.0, images=300)
    scaled = scale(scores, temperature)
    pair = labels < 2
    before, after = (roc_auc_score(labels[pair], each[pair, 1] / each[pair, :2].sum(axis=1)) for each in (scores, scaled))
    assert after == pytest.approx(before, abs=1e-12)
    two = scale(scores[:, :2] / scores[:, :2].sum(axis=1, keepdims=True), temperature)
    assert roc_auc_score(labels[pair], two[pair, 1]) == pytest.approx(before, abs=1e-12)
    # The first row is ahead in the first class, and falls behind at 0.5: the second row's rest is divided.
    by_hand = np.array([[0.5, 0.5, 0.0], [0.45, 0.275, 0.275]])
    assert by_hand[0, 0] > by_hand[1, 0]
    assert scale(by_hand, 0.5)[0, 0] < scale(by_hand, 0.5)[1, 0]


@pytest.mark.parametrize(
    ("labels", "why"),
    [([0, 1, 0, 1], "below 0.05: every answer there is right"), ([1, 0, 1, 0], "above 20: the probabilities"), ([], "no image")],
)
def test_where_eval_does_not_decide_there_is_no_temperature(labels: list[int], why: str) -> None:
    scores = np.array([[0.9, 0.1], [0.1, 0.9]] * 2)[: len(labels)]
    value, note = fit_temperature(np.array(labels, np.int64), scores)
    assert value is None
    assert why in note
