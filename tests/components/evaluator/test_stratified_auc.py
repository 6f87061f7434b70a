import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from components.evaluator.auc_within import auc_within
from components.evaluator.intervals import interval, interval_of_share, resample
from components.evaluator.stratified_auc import pair_score, stratified_auc


def columns(score: np.ndarray) -> np.ndarray:
    return np.stack([1 - score, score, np.zeros(len(score))], axis=1)


def test_a_score_that_only_knows_the_source_is_worth_nothing() -> None:
    # Source 0 is mostly class 0 and scores low, source 1 mostly class 1 and scores high.
    label = np.array([0] * 40 + [1] * 10 + [0] * 10 + [1] * 40)
    source = np.array([0] * 50 + [1] * 50)
    scores = columns(np.where(source == 1, 0.9, 0.1))
    found = stratified_auc(label, scores, (1, 0), source, resample(np.arange(100), 200))
    assert roc_auc_score(label, scores[:, 1]) == pytest.approx(0.8)
    assert found.pooled.values[0] == 0.5
    assert np.nanmax(found.pooled.values) == np.nanmin(found.pooled.values) == 0.5


def test_sources_are_pooled_by_pairs_and_checked_draw_by_draw() -> None:
    generator = np.random.default_rng(3)
    label, source, patient = generator.integers(0, 3, 200), generator.integers(0, 2, 200), generator.integers(0, 80, 200)
    scores = generator.dirichlet([1, 1, 1], 200)
    resampling = resample(patient, 3, seed=1)
    found = stratified_auc(label, scores, (2, 0), source, resampling)
    for draw in range(4):
        weights, ordered, pairs = resampling.counts[resampling.index, draw], 0.0, 0.0
        for name in (0, 1):
            inside = (source == name) & (label != 1)
            share = scores[inside, 2] / (scores[inside, 2] + scores[inside, 0])
            area = roc_auc_score(label[inside] == 2, share, sample_weight=weights[inside])
            its_pairs = weights[inside & (label == 2)].sum() * weights[inside & (label == 0)].sum()
            assert found.by_part[name].values[draw] == pytest.approx(area)
            ordered, pairs = ordered + area * its_pairs, pairs + its_pairs
        assert found.pooled.values[draw] == pytest.approx(ordered / pairs)


def test_sources_with_one_of_the_classes_take_no_part() -> None:
    label = np.array([0, 1] * 15 + [1] * 30)
    source = np.array([0] * 30 + [7] * 30)
    scores = columns(np.linspace(0, 1, 60))
    found = stratified_auc(label, scores, (1, 0), source, resample(np.arange(60), 100))
    assert list(found.by_part) == [0]
    assert found.pooled.groups == 15
    assert interval(found.pooled).low is not None


def test_no_source_with_both_classes_is_not_identifiable() -> None:
    label = np.array([0] * 30 + [1] * 30)
    assert stratified_auc(label, columns(np.linspace(0, 1, 60)), (1, 0), label, resample(np.arange(60))) is None


def test_the_score_of_a_pair() -> None:
    scores = np.array([[0.2, 0.6, 0.2], [0.0, 0.0, 1.0], [0.0, 0.1, 0.9]])
    np.testing.assert_allclose(pair_score(scores, (1, 0)), [0.75, 0.5, 1.0])


def test_a_source_with_too_few_of_a_class_takes_no_part() -> None:
    labels = np.array([0, 1, 1, 0, 0, 1, 1])
    sources = np.array([5, 5, 5, 6, 6, 6, 6])
    scores = np.random.default_rng(1).dirichlet([1, 1], 7)
    resampling = resample(np.arange(7), 5)
    found = stratified_auc(labels, scores, (1, 0), sources, resampling, least=2)
    assert found is not None
    assert list(found.by_part) == [6]
    assert found.pooled.values[0] == found.by_part[6].values[0]
    assert stratified_auc(labels, scores, (1, 0), sources, resampling, least=3) is None


def scarce(here: int, plenty: int, sources: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and sources: the sources hold few of either class in turn."""
    counts = [(here, plenty) if name % 2 == 0 else (plenty, here) for name in range(sources)]
    labels = np.concatenate([np.repeat([1, 0], pair) for pair in counts])
    return labels, np.repeat(np.arange(sources), here + plenty)


def test_the_patients_of_two_sources_do_not_stand_in_for_each_other() -> None:
    # Each source has 2 patients of its scarcer class, and pairs across sources are not compared: 4 disjoint pairs in all.
    labels, sources = scarce(2, 50, 2)
    found = stratified_auc(labels, columns(labels * 0.8 + 0.1), (1, 0), sources, resample(np.arange(104), 200))
    assert (found.pooled.values[0], found.pooled.groups) == (1, 4)
    told = interval_of_share(found.pooled)
    assert (told.low, told.why_none) == (None, "fewer than 10 patients")
    within = auc_within(labels * 0.8, labels == 1, sources, np.ones(104, bool), resample(np.arange(104), 200))
    assert within.pooled.groups == 4


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        # Pairs 1000, 25, 25, 25, 25: the first source has 10 of 11 parts of the weight, and 2 patients: 2.2. The sum would be 22.
        ([(2, 500), (5, 5), (5, 5), (5, 5), (5, 5)], 2),
        # 900, 400, 400, 400: 3 patients on 3 of 7 parts, exactly 7. The sum would be 63.
        ([(3, 300), (20, 20), (20, 20), (20, 20)], 7),
        # 100, 300: 10 on a quarter and 10 on three quarters: 13 and a third. The sum would be 20.
        ([(10, 10), (10, 30)], 13),
        # As many in each, as if they were one.
        ([(4, 30), (4, 30), (30, 4)], 12),
    ],
)
def test_patients_of_a_source_count_as_its_pairs_do(sizes, groups) -> None:
    labels = np.concatenate([np.repeat([1, 0], pair) for pair in sizes])
    sources = np.repeat(np.arange(len(sizes)), [sum(pair) for pair in sizes])
    resampling = resample(np.arange(len(labels)), 50)
    within = auc_within(labels * 0.8, labels == 1, sources, np.ones(len(labels), bool), resampling)
    assert within.pooled.groups == groups
    assert [its.groups for its in within.by_part.values()] == [min(pair) for pair in sizes]


def test_several_sources_of_few_patients_are_pooled_with_the_sum_of_them() -> None:
    labels, sources = scarce(3, 50, 4)
    found = stratified_auc(labels, columns(labels * 0.8 + 0.1), (1, 0), sources, resample(np.arange(len(labels)), 200))
    told = interval_of_share(found.pooled)
    assert (told.groups, told.low) == (12, pytest.approx(0.025 ** (1 / 12)))


@pytest.mark.parametrize(("here", "sources", "area"), [(2, 6, 0.9), (3, 4, 0.95), (5, 4, 0.9)])
def test_the_pooled_interval_covers_the_truth_where_each_source_has_few_patients(here: int, sources: int, area: float) -> None:
    generator = np.random.default_rng(here)
    labels, places = scarce(here, 30, sources)
    shift, covered, trials = stats.norm.ppf(area) * np.sqrt(2), 0, 100
    for trial in range(trials):
        scores = stats.norm.cdf(generator.normal(labels * shift, 1))
        told = interval_of_share(
            stratified_auc(labels, columns(scores), (1, 0), places, resample(np.arange(len(labels)), 200, trial)).pooled
        )
        covered += told.low <= area <= told.high
    assert covered / trials >= 0.93
