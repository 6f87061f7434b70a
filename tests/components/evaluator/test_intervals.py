import subprocess
import sys

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from components.evaluator.intervals import Interval, Sampled, bootstrap, interval, measure, resample

CLASSES = ("normal", "pneumonia", "covid19")
MODULES = ("intervals", "paired", "stratified_auc")


def made_up(n: int, seed: int, decimals: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, n)
    scores = generator.dirichlet([1, 1, 1], n)
    scores[np.arange(n), labels] += 0.3
    scores /= scores.sum(axis=1, keepdims=True)
    return labels, scores if decimals is None else np.round(scores, decimals)


def test_one_image_a_patient_is_the_binomial_interval() -> None:
    right, n = 1200, 1500
    scores = np.where(np.arange(n)[:, None] < right, [[0.9, 0.1]], [[0.1, 0.9]])
    found = interval(bootstrap(np.zeros(n, int), scores, np.arange(n), draws=8000, seed=3)["accuracy"])
    low, high = stats.binom.ppf([0.025, 0.975], n, right / n) / n
    assert found.value == right / n
    assert found.high - found.low == pytest.approx(high - low, rel=0.02)
    assert [found.low, found.high] == pytest.approx([low, high], rel=0.02)


def test_copies_of_a_patients_images_do_not_narrow_the_interval() -> None:
    labels, scores = made_up(300, seed=1)
    patients = np.arange(300) // 2
    once = bootstrap(labels, scores, patients, seed=5)
    twice = bootstrap(np.tile(labels, 2), np.tile(scores, (2, 1)), np.tile(patients, 2), seed=5)
    for name in ("accuracy", "macro_recall", "macro_auc", "precision/1"):
        np.testing.assert_allclose(twice[name].values, once[name].values, atol=1e-12)
    as_if_independent = interval(bootstrap(np.tile(labels, 2), np.tile(scores, (2, 1)), np.arange(600), seed=5)["accuracy"])
    honest = interval(twice["accuracy"])
    assert as_if_independent.high - as_if_independent.low < 0.85 * (honest.high - honest.low)


@pytest.mark.parametrize("decimals", [None, 1])
def test_every_metric_of_every_draw_is_that_of_scikit_learn(decimals: int | None) -> None:
    labels, scores = made_up(120, seed=2, decimals=decimals)
    patients = np.random.default_rng(0).integers(0, 40, 120)
    resampling = resample(patients, draws=4, seed=0)
    found = measure(labels, scores, CLASSES, resampling)
    for draw in range(5):
        weights = resampling.counts[resampling.index, draw]
        assert draw == 0 or set(weights) > {0.0, 1.0}
        answers = scores.argmax(axis=1)
        options = {"sample_weight": weights, "average": None}
        recall = metrics.recall_score(labels, answers, **options)
        expected = {
            "accuracy": metrics.accuracy_score(labels, answers, sample_weight=weights),
            "macro_recall": metrics.balanced_accuracy_score(labels, answers, sample_weight=weights),
            "macro_f1": metrics.f1_score(labels, answers, sample_weight=weights, average="macro"),
        }
        for place, name in enumerate(CLASSES):
            negative = metrics.recall_score(labels != place, answers != place, sample_weight=weights)
            expected |= {
                f"recall/{name}": recall[place],
                f"precision/{name}": metrics.precision_score(labels, answers, **options)[place],
                f"specificity/{name}": negative,
                f"f1/{name}": metrics.f1_score(labels, answers, **options)[place],
                f"auc/{name}": metrics.roc_auc_score(labels == place, scores[:, place], sample_weight=weights),
                f"average_precision/{name}": metrics.average_precision_score(labels == place, scores[:, place], sample_weight=weights),
            }
            shares = metrics.confusion_matrix(labels, answers, sample_weight=weights, normalize="true")[place]
            expected |= {f"confusion/{name}/{answer}": shares[other] for other, answer in enumerate(CLASSES)}
        expected["macro_auc"] = np.mean([expected[f"auc/{name}"] for name in CLASSES])
        assert {name: sampled.values[draw] for name, sampled in found.items()} == pytest.approx(expected, abs=1e-9)


def test_an_area_by_hand() -> None:
    # Positives 0.9, 0.5, negatives 0.5, 0.1: three of four pairs are in order, one is a tie.
    scores = np.array([[0.1, 0.9], [0.5, 0.5], [0.5, 0.5], [0.9, 0.1]])
    assert bootstrap([1, 1, 0, 0], scores, [1, 2, 3, 4], draws=1)["auc/1"].values[0] == 3.5 / 4


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(11)
    covered, trials, truth = 0, 300, 0.75
    for trial in range(trials):
        # 60 patients of 1 to 5 images; what a patient's images share makes them alike.
        group = np.repeat(np.arange(60), generator.integers(1, 6, 60))
        chance = generator.beta(3, 1, 60)[group]
        right = generator.random(len(group)) < chance
        scores = np.where(right[:, None], [[0.9, 0.1]], [[0.1, 0.9]])
        found = interval(bootstrap(np.zeros(len(group), int), scores, group, draws=300, seed=trial)["accuracy"])
        covered += found.low <= truth <= found.high
    assert 0.90 <= covered / trials <= 0.98


def test_a_slice_reads_the_draws_of_the_whole() -> None:
    labels, scores = made_up(200, seed=4)
    patients = np.arange(200) // 2
    where = np.arange(200) < 80
    resampling = resample(patients, draws=20, seed=1)
    sliced = measure(labels, scores, CLASSES, resampling, where)["accuracy"].values
    right = (scores.argmax(axis=1) == labels) & where
    for draw in range(21):
        weights = resampling.counts[resampling.index, draw]
        assert sliced[draw] == pytest.approx(weights[right].sum() / weights[where].sum())


def test_few_patients_have_no_interval() -> None:
    labels, scores = made_up(60, seed=6)
    few = interval(bootstrap(labels, scores, np.arange(60) % 9)["accuracy"])
    assert (few.low, few.high, few.why_none) == (None, None, "fewer than 10 patients")
    assert few.value is not None
    assert interval(bootstrap(labels, scores, np.arange(60) % 10)["accuracy"]).low is not None


def test_the_scarcest_class_counts() -> None:
    labels = np.array([0] * 50 + [1] * 9)
    scores = np.full((59, 2), 0.5)
    found = bootstrap(labels, scores, np.arange(59))
    assert interval(found["accuracy"]).low is not None
    for name in ("macro_recall", "auc/0", "auc/1", "recall/1", "specificity/0"):
        assert found[name].groups == 9
        assert interval(found[name]).low is None
    assert interval(found["recall/0"]).groups == 50


def test_draws_without_a_class_are_left_out_and_counted() -> None:
    values = np.array([0.5] + [0.4] * 48 + [0.6] * 48 + [np.nan] * 4)
    found = interval(Sampled(values, 20))
    assert (found.low, found.high, found.undefined) == (0.4, 0.6, 0.04)
    too_many = interval(Sampled(np.append(values, [np.nan] * 3), 20))
    assert too_many == Interval(0.5, None, None, 20, pytest.approx(7 / 103), "undefined in 7 % of the draws")


def test_one_class_leaves_undefined_what_needs_two() -> None:
    _, scores = made_up(40, seed=7)
    found = bootstrap(np.ones(40, int), scores, np.arange(40), draws=50)
    for name in ("macro_recall", "macro_f1", "macro_auc", "auc/1", "average_precision/1", "precision/1", "f1/1", "recall/0"):
        assert interval(found[name]) == Interval(None, None, None, found[name].groups, 1.0, "undefined on these images")
    assert interval(found["recall/1"]).value == interval(found["accuracy"]).value


def test_the_seed_decides() -> None:
    labels, scores = made_up(50, seed=8)
    values = [bootstrap(labels, scores, np.arange(50), draws=30, seed=seed)["macro_auc"].values for seed in (1, 1, 2)]
    np.testing.assert_array_equal(values[0], values[1])
    assert not np.array_equal(values[0], values[2])


def test_names_of_groups_do_not_matter() -> None:
    labels, scores = made_up(50, seed=9)
    numbers = np.arange(50) // 2
    by_number = bootstrap(labels, scores, numbers, draws=20)["accuracy"].values
    by_text = bootstrap(labels, scores, [f"patient {number:02}" for number in numbers], draws=20)["accuracy"].values
    np.testing.assert_array_equal(by_number, by_text)


@pytest.mark.parametrize("module", MODULES)
def test_a_notebook_needs_no_tensorflow(module: str) -> None:
    heavy = "{'tensorflow', 'tfx', 'apache_beam', 'keras'}"
    code = f"import sys, components.evaluator.{module}; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
