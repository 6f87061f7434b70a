"""Intervals of figures close to 0 or 1, where few patients are wrong."""

import numpy as np
import pytest
from scipy import stats

from components.evaluator.auc_within import auc_within
from components.evaluator.exact_bounds import clopper_pearson, count_patients, flawless
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


def test_patients_of_unequal_size_are_worth_fewer() -> None:
    assert count_patients(np.array([7, 7, 3, 5])) == (3, pytest.approx(16 / 6))
    assert count_patients(np.arange(60) // 3) == (20, 20)
    assert count_patients(np.array([], int)) == (0, 0)


def test_one_patient_of_40_images_among_39_of_one_leaves_little_sure() -> None:
    group = np.concatenate([np.arange(39), np.full(40, 39)])
    worth = 79**2 / (39 + 40**2)
    assert share_of(group >= 0, group).low == pytest.approx(0.025 ** (1 / worth))
    # Of both classes 20 patients; those of the second are worth fewer.
    labels = (group >= 20).astype(int)
    found = measure(labels, np.eye(2)[labels], CLASSES[:2], resample(group))
    second = 59**2 / (19 + 40**2)
    assert (found["macro_recall"].groups, found["macro_recall"].trials) == (20, pytest.approx(2 * second))
    for name in ("recall/pneumonia", "auc/normal", "macro_auc", "f1/pneumonia", "confusion/pneumonia/normal", "precision/pneumonia"):
        assert found[name].trials == pytest.approx(second)
    assert found["specificity/pneumonia"].trials == 20
    within = auc_within(np.arange(79.0), labels == 1, np.zeros(79, int), np.ones(79, bool), resample(group))
    assert (within.pooled.groups, within.pooled.trials) == (20, pytest.approx(second))


def test_a_heavy_tail_of_images_is_covered() -> None:
    # Patients of 10 images or more are all right or all wrong in four cases of five, the others nearly always right.
    generator, covered = np.random.default_rng(4), 0

    def drawn(patients: int) -> tuple[np.ndarray, np.ndarray]:
        images = np.minimum(np.ceil(generator.pareto(1, patients)), 40).astype(int)
        return images, np.where(images >= 10, 0.8, 0.99)

    images, chance = drawn(200_000)
    share = np.average(chance, weights=images)
    for trial in range(100):
        images, chance = drawn(40)
        group = np.repeat(np.arange(40), images)
        found = share_of((generator.random(40) < chance)[group], group, trial, 200)
        covered += found.low <= share <= found.high
    assert covered >= 95


def test_a_share_that_is_the_same_in_every_draw_has_no_point_for_an_interval() -> None:
    # Of each of 30 patients one image of two is right.
    half = share_of(np.arange(60) % 2 == 0, np.arange(60) // 2)
    assert (half.low, half.high) == pytest.approx(clopper_pearson(0.5, 30, 0.95))
    assert (half.value, half.note, half.one_point) == (0.5, NO_SPREAD, False)
    f1 = interval_of_share(Sampled(np.full(101, 2 / 3), 30, "f1"))  # half of those called so or of the class
    reach = 1 - 0.025 ** (1 / 30)
    assert (f1.low, f1.high) == pytest.approx(tuple(2 * j / (1 + j) for j in (0.5 - reach, 0.5 + reach)))


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
