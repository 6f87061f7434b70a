import numpy as np
import pytest
from scipy import stats

from components.evaluator.intervals import Sampled, interval
from components.evaluator.paired import paired_difference
from components.evaluator.seeds import over_seeds, seed_mean

# What leaving sources out showed: the seeds of a network lie further apart than the draws of patients.
SEEDS_SD, PATIENTS_SD = 0.053, 0.015
CORRECTED = 0.05 / 80
GENERATOR_SEED = 11


def models(figures: np.ndarray, patients: np.ndarray) -> list[Sampled]:
    return [Sampled(np.concatenate([[figure], figure + patients]), 200) for figure in figures]


def p_values(trials: int, seeds: tuple[int, int], seeds_sd: tuple[float, float], difference: float = 0.0, draws: int = 3300) -> np.ndarray:
    """p of pairs whose settings differ by `difference`, with the luck of seeds and of patients on top."""
    generator = np.random.default_rng(GENERATOR_SEED)
    patients, nothing = PATIENTS_SD * generator.permutation(stats.norm.ppf((np.arange(draws) + 0.5) / draws)), np.zeros(draws)
    found = np.empty(trials)
    for trial in range(trials):
        first = 0.8 + difference + generator.normal(0, PATIENTS_SD) + generator.normal(0, seeds_sd[0], seeds[0])
        second = 0.8 + generator.normal(0, seeds_sd[1], seeds[1])
        found[trial] = paired_difference(models(first, patients), models(second, nothing), trial).p
    return found


@pytest.mark.parametrize(
    ("seeds", "seeds_sd"),
    [
        ((2, 2), (SEEDS_SD, SEEDS_SD)),
        ((3, 3), (SEEDS_SD, SEEDS_SD)),
        ((2, 2), (SEEDS_SD, SEEDS_SD / 20)),
        ((2, 3), (SEEDS_SD, SEEDS_SD / 20)),
    ],
)
def test_settings_that_are_alike_are_not_told_apart(seeds: tuple[int, int], seeds_sd: tuple[float, float]) -> None:
    trials = 700
    found = p_values(trials, seeds, seeds_sd)
    for level in (0.05, CORRECTED):
        # As many as a test of exactly this level has, but for one simulation in a thousand.
        assert (found < level).sum() <= stats.binom.ppf(0.999, trials, level)


def test_a_clear_difference_is_found() -> None:
    assert (p_values(200, (3, 3), (SEEDS_SD, SEEDS_SD), difference=0.4) < 0.05).mean() > 0.9
    assert (p_values(200, (5, 5), (0.01, 0.01), difference=0.15) < CORRECTED).mean() > 0.9


def test_seeds_that_agree_leave_the_bootstrap_as_it_is() -> None:
    generator = np.random.default_rng(1)
    one, other = (models(np.array([figure]), generator.normal(0, PATIENTS_SD, 2000)) for figure in (0.75, 0.78))
    assert paired_difference(one * 2, other * 2) == paired_difference(one, other)
    np.testing.assert_array_equal(over_seeds(one * 2).values, one[0].values)
    np.testing.assert_array_equal(over_seeds(one).values, one[0].values)


@pytest.mark.parametrize("figures", [[0.7, 0.8], [0.70, 0.75, 0.83]])
def test_without_patients_the_interval_is_students(figures: list[float]) -> None:
    found = interval(over_seeds(models(np.array(figures), np.zeros(20_000))))
    low, high = stats.t.interval(0.95, len(figures) - 1, np.mean(figures), stats.sem(figures))
    assert (found.value, found.low, found.high) == pytest.approx((np.mean(figures), low, high), abs=0.002)


def test_without_patients_the_p_is_welchs() -> None:
    first, second, nothing = np.array([0.70, 0.75, 0.83]), np.array([0.61, 0.62, 0.66]), np.zeros(20_000)
    found = paired_difference(models(first, nothing), models(second, nothing))
    assert found.p == pytest.approx(stats.ttest_ind(first, second, equal_var=False).pvalue, rel=0.01)


def test_a_difference_has_the_parts_of_patients_and_of_seeds() -> None:
    generator, figures = np.random.default_rng(3), np.array([0.70, 0.72, 0.71, 0.74, 0.69, 0.73])
    patients = generator.normal(0, PATIENTS_SD, 20_000)
    drawn = over_seeds(models(figures, patients)).values[1:]
    # Student's t with 5 degrees of freedom has a variance of 5 / 3.
    assert drawn.var() == pytest.approx(patients.var() + 5 / 3 * figures.var(ddof=1) / 6, rel=0.03)
    assert seed_mean(models(figures, patients)).variance == pytest.approx(figures.var(ddof=1) / 6)


def test_a_seed_that_is_undefined_leaves_no_mean() -> None:
    undefined = Sampled(np.full(101, np.nan), 20)
    found = interval(over_seeds([undefined, Sampled(np.full(101, 0.6), 30)]))
    assert (found.value, found.why_none, found.groups) == (None, "undefined on these images", 20)
    with pytest.raises(ValueError, match="no training seed"):
        over_seeds([])


def test_the_mean_and_its_luck_keep_what_the_metric_is() -> None:
    values = [np.linspace(figure, figure + 0.01, 101) for figure in (0.90, 0.95)]
    mean = over_seeds([Sampled(values[0], 30, "score", 50), Sampled(values[1], 20, "score", 40)])
    assert (mean.kind, mean.trials, mean.groups) == ("score", 40, 20)
    assert over_seeds([Sampled(each, 30, "share") for each in values]).trials is None
