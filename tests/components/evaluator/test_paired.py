import numpy as np
import pytest

from components.evaluator.drawn_counts import drawn_share
from components.evaluator.intervals import NO_SPREAD, Resampling, Sampled, interval, measure, resample
from components.evaluator.paired import difference_of_shares, holm, least_p, paired_difference, two_sided_p


def accuracy(right: np.ndarray, draws: int = 1000, group: np.ndarray | None = None) -> Sampled:
    scores = np.where(right[:, None], [[0.9, 0.1]], [[0.1, 0.9]])
    resampling = resample(np.arange(len(right)) if group is None else group, draws, seed=1)
    return measure(np.zeros(len(right), int), scores, ("a", "b"), resampling)["accuracy"]


def test_pairing_removes_what_both_models_share() -> None:
    # 400 images, of which the second model loses 20 that the first has right: McNemar's discordant pairs.
    first = np.arange(400) < 320
    second = np.arange(400) < 300
    found = paired_difference([accuracy(first, 4000)], [accuracy(second, 4000)])
    assert found.interval.value == pytest.approx(0.05)
    share = 20 / 400
    half = 1.96 * np.sqrt(share * (1 - share) / 400)
    assert found.interval.high - found.interval.low == pytest.approx(2 * half, rel=0.06)
    assert found.p == 2 / 4001
    alone = interval(accuracy(first))
    assert alone.high - alone.low > 1.5 * (found.interval.high - found.interval.low)


def test_equal_models_do_not_differ() -> None:
    same = accuracy(np.arange(100) < 70)
    found = paired_difference([same], [same])
    assert (found.interval.value, found.interval.low, found.interval.high, found.p) == (0, 0, 0, 1)
    three = paired_difference([same] * 3, [same])
    assert (three.interval.low, three.interval.high, three.p) == (0, 0, 1)


def test_a_difference_that_never_varies_reaches_as_far_as_two_flawless_figures() -> None:
    always, never = accuracy(np.ones(100, bool)), accuracy(np.zeros(100, bool))
    equal = difference_of_shares(always, always)
    assert (equal.low, equal.high, equal.note) == (pytest.approx(-2 * (1 - 0.025**0.01)), -equal.low, NO_SPREAD)
    most = difference_of_shares(always, never)
    assert (most.value, most.low, most.high) == (1, pytest.approx(1 - 2 * (1 - 0.025**0.01)), 1)
    some = accuracy(np.arange(100) < 70)
    assert difference_of_shares(always, some) == paired_difference([always], [some]).interval


def test_an_unlikely_mean_looks_alike_in_all_patients_as_rarely_as_is_said() -> None:
    # Of 40 patients each is right by the first model alone, or wrong by it alone: the mean that makes the first 2.5 % likely.
    low = difference_of_shares(accuracy(np.ones(40, bool)), accuracy(np.zeros(40, bool))).low
    assert ((1 + low) / 2) ** 40 == pytest.approx(0.025)


def test_a_difference_turns_with_its_models() -> None:
    generator = np.random.default_rng(2)
    a, b = accuracy(generator.random(150) < 0.8), accuracy(generator.random(150) < 0.75)
    there, back = paired_difference([a], [b]), paired_difference([b], [a])
    assert there.interval.low == pytest.approx(-back.interval.high)
    assert there.p == back.p
    assert 0.002 < there.p < 1


def test_p_by_hand() -> None:
    assert two_sided_p(np.array([1.0] * 97 + [-1.0] * 2 + [np.nan] * 5)) == pytest.approx(2 * 3 / 100)
    assert two_sided_p(np.array([-1.0] * 99)) == pytest.approx(2 / 100)
    assert two_sided_p(np.array([0.0] * 99)) == 1


def test_least_p_by_hand() -> None:
    # Student's t of 2 with 10 degrees of freedom, two-sided, is 0.0734; the draws' own spread is that of 11 patients, unbiased by 11 / 10.
    values = np.concatenate([[2.0], np.repeat([3.0, 1.0], 50)])
    assert least_p(Sampled(values * [1, *[1 / np.sqrt(1.1)] * 100], 11)) == pytest.approx(0.0734, abs=1e-4)
    assert least_p(Sampled(np.full(101, 0.5), 10)) == 2 / 2**10
    assert least_p(Sampled(values, 1)) == 1


@pytest.mark.parametrize(("patients", "by_the_draws_alone"), [(10, 0.2), (20, 0.05)])
def test_differences_of_few_patients_are_not_told_from_chance_too_often(patients: int, by_the_draws_alone: float) -> None:
    # 20 differences, none real, that share half of their variance: one family in twenty may err.
    generator, families = np.random.default_rng(3), 80
    wrong = alone = 0
    for family in range(families):
        counts = resample(np.arange(patients), 2000, family).counts
        values = generator.normal(size=(patients, 20)) + generator.normal(size=(patients, 1))
        means, nothing = values.T @ counts / patients, Sampled(np.zeros(2001), patients)
        wrong += min(holm([paired_difference([Sampled(mean, patients)], [nothing]).p for mean in means])) <= 0.05
        alone += min(holm([two_sided_p(mean[1:]) for mean in means])) <= 0.05
    assert wrong / families <= 0.08
    assert alone / families > by_the_draws_alone


def test_no_interval_no_p() -> None:
    few = accuracy(np.arange(60) < 30, group=np.arange(60) % 5)
    found = paired_difference([few], [few])
    assert (found.p, found.interval.why_none) == (None, "fewer than 10 patients")


def test_unlike_draws_are_refused() -> None:
    right = np.arange(60) < 30
    with pytest.raises(ValueError, match="101 and 201 draws"):
        paired_difference([accuracy(right, 100)], [accuracy(right, 200)])


def test_luck_of_the_seed_is_not_taken_for_a_difference() -> None:
    # Two settings that are alike, whose trained models are not: each seed shifts every image's chance to be right.
    generator = np.random.default_rng(7)
    group, trials = np.repeat(np.arange(100), 2), 150
    found = {1: 0, 2: 0, 3: 0}
    for trial in range(trials):
        ease = generator.normal(1.2, 1.5, 100)[group]
        resampling = resample(group, 200, trial)

        def model(ease: np.ndarray = ease, resampling: Resampling = resampling) -> Sampled:
            right = generator.random(200) < 1 / (1 + np.exp(-(ease + generator.normal(0, 0.4))))
            return Sampled(drawn_share(right, resampling.index, resampling.counts), 100)

        for seeds in found:
            found[seeds] += paired_difference([model() for _ in range(seeds)], [model() for _ in range(seeds)], trial).p < 0.05
    assert max(found[2], found[3]) / trials <= 0.05
    # With one seed nothing can tell the setting from its luck: what the comparison says beside such a row.
    assert found[1] / trials > 0.2


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, None, 0.005]) == pytest.approx([0.03, 0.06, 0.06, None, 0.02])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []
