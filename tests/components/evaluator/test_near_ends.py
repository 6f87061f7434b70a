"""Intervals of figures close to 0 or 1, where few patients are wrong."""

import numpy as np
import pytest
from scipy import stats

from components.evaluator.exact_bounds import clopper_pearson, flawless
from components.evaluator.figures import figures
from components.evaluator.intervals import NEAR_END, NO_SPREAD, Interval, Sampled, bootstrap, interval, interval_of_share, measure, resample

CLASSES = ("normal", "pneumonia", "covid19")


def answered(right: np.ndarray) -> np.ndarray:
    return np.where(right[:, None], [[0.9, 0.1]], [[0.1, 0.9]])


def share_of(right: np.ndarray, group: np.ndarray, seed: int = 0, draws: int = 300) -> Interval:
    return interval_of_share(bootstrap(np.zeros(len(right), int), answered(right), group, draws, seed)["recall/0"])


@pytest.mark.parametrize(("right", "patients"), [(0, 12), (1, 12), (11, 12), (50, 50), (49, 50), (17, 30)])
def test_the_bound_is_that_of_scipy(right: int, patients: int) -> None:
    expected = stats.binomtest(right, patients).proportion_ci(0.95, method="exact")
    assert clopper_pearson(right / patients, patients, 0.95) == pytest.approx((expected.low, expected.high))
    assert flawless(patients, 0.95) == pytest.approx(clopper_pearson(1.0, patients, 0.95)[0])


@pytest.mark.parametrize("patients", [10, 20, 50, 100])
@pytest.mark.parametrize("images", [1, 3])
def test_a_flawless_share_never_reaches_lower_than_one_with_errors(patients: int, images: int) -> None:
    group = np.repeat(np.arange(patients), images)
    lows, highs = [], []
    for wrong in range(patients):
        found = share_of(np.arange(len(group)) >= wrong, group)
        lows.append(found.low)
        highs.append(share_of(np.arange(len(group)) < wrong, group).high)
    assert lows[0] == pytest.approx(flawless(patients, 0.95))
    assert max(lows) == lows[0]
    assert min(highs) == highs[0] == pytest.approx(1 - lows[0])


def test_a_recall_of_49_in_50_is_less_sure_than_one_of_50() -> None:
    group = np.arange(50)
    whole, one = share_of(group >= 0, group), share_of(group >= 1, group)
    assert (whole.low, whole.note) == (pytest.approx(0.9289, abs=1e-4), NO_SPREAD)
    assert (one.low, one.note) == (pytest.approx(0.8935, abs=1e-4), NEAR_END)


@pytest.mark.parametrize("name", ["auc/1", "macro_recall", "macro_auc", "macro_f1", "f1/1"])
def test_a_flawless_score_never_reaches_lower_than_one_with_an_error(name: str) -> None:
    labels = np.arange(60) % 2
    scores = np.stack([1 - labels, labels], axis=1) * 0.8 + 0.1
    perfect = interval_of_share(bootstrap(labels, scores, np.arange(60))[name])
    scores[1] = scores[1, ::-1] if name.endswith("recall") or "f1" in name else [0.88, 0.12]
    scores[0] = [0.87, 0.13]
    flawed = interval_of_share(bootstrap(labels, scores, np.arange(60))[name])
    assert (perfect.value, perfect.note) == (1, NO_SPREAD)
    assert flawed.value < 1
    assert flawed.low <= perfect.low < 1


def test_the_worst_recalls_that_could_look_flawless_average_to_the_bound() -> None:
    # Three classes of 15 patients: macro recall 1 - d has its best chance to look flawless where each class misses d.
    labels, scores = np.arange(45) % 3, np.eye(3)[np.arange(45) % 3] * 0.7 + 0.1
    told = interval_of_share(measure(labels, scores, CLASSES, resample(np.arange(45)))["macro_recall"])
    chance = max(
        np.prod([(1 - miss) ** 15 for miss in split * 3 * (1 - told.low)]) for split in np.random.default_rng(1).dirichlet([1] * 3, 2000)
    )
    assert chance == pytest.approx(0.025, rel=0.05)
    assert told.low**45 == pytest.approx(0.025)
    # Patients of all three classes may be right or wrong in all of them at once, and count once.
    same = measure(labels, scores, CLASSES, resample(np.arange(45) // 3))["macro_recall"]
    assert (same.groups, same.trials) == (15, 15)


def test_what_is_no_share_has_no_exact_bound() -> None:
    labels = np.arange(60) % 2
    found = figures(bootstrap(labels, np.stack([1 - labels, labels], axis=1) * 0.8 + 0.1, np.arange(60)), {"0": 30, "1": 30})
    told = found["average_precision/1"]
    assert (told.value, told.low, told.high, told.note) == (1, None, None, "the same in every draw")
    assert found["auc/1"].low == pytest.approx(0.025 ** (1 / 30))
    # A Brier score of 0.03 of 40 patients is no share of them.
    values = np.append(0.03, np.linspace(0.02, 0.04, 101))
    assert interval_of_share(Sampled(values, 40)) == interval(Sampled(values, 40))


def test_far_from_the_ends_the_draws_decide() -> None:
    group = np.repeat(np.arange(60), 2)
    right = np.random.default_rng(2).random(120) < 0.6
    sampled = bootstrap(np.zeros(120, int), answered(right), group)["accuracy"]
    assert interval_of_share(sampled) == interval(sampled)


@pytest.mark.parametrize(
    ("patients", "share"), [(20, 0.9), (20, 0.98), (50, 0.9), (50, 0.95), (50, 0.98), (100, 0.9), (100, 0.95), (100, 0.99)]
)
def test_shares_near_one_are_covered(patients: int, share: float) -> None:
    generator = np.random.default_rng(patients)
    for alike in (False, True):
        covered, trials = 0, 150
        for trial in range(trials):
            images = generator.integers(1, 6, patients)
            group = np.repeat(np.arange(patients), images)
            right = (generator.random(patients) < share)[group] if alike else generator.random(len(group)) < share
            found = share_of(right, group, trial, 200)
            covered += found.low <= share <= found.high
        assert covered / trials >= 0.93
