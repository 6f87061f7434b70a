"""TCAV on planted concepts, on chance, and on classes whose gradients are all alike."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from components.base.errors import UsageError
from components.evaluator.intervals import resample
from components.explainer import concept_vectors
from components.explainer.overflow import OverflowedError
from components.explainer.tcav import VERDICTS, score_concepts, score_vectors

CHANNELS, SETS = 16, 20
AXIS = np.eye(CHANNELS)


def normal(seed, count, shift=0):
    return (np.random.default_rng(seed).normal(size=(count, CHANNELS)) + shift).astype(np.float32)


@pytest.fixture(scope="module")
def random_sets():
    return [normal(100 + place, 30) for place in range(SETS)]


@pytest.fixture(scope="module")
def planted(random_sets):
    """A class that likes channel 0 and dislikes channel 1; channel 2 does not matter to it."""
    concepts = [normal(1, 30, 4 * AXIS[0]), normal(2, 30, 4 * AXIS[1]), normal(3, 24, 4 * AXIS[2]), normal(4, 30)]
    gradients = 5 * AXIS[0] - 5 * AXIS[1] + normal(5, 40, -normal(5, 40)[:, 2:3] * AXIS[2])
    patients = np.repeat(np.arange(20), 2)
    return score_concepts(concepts, random_sets, gradients, groups=patients), concepts, gradients


def test_concepts_along_and_against_the_gradient(planted):
    liked, disliked, _, _ = planted[0]
    assert (liked.mean, liked.verdict) == (1, "for the class")
    assert (disliked.mean, disliked.verdict) == (0, "against it")
    for score in (liked, disliked):
        assert score.q < 0.01
        assert score.p == max(score.p_scores, score.p_set)
        assert score.accuracy > 0.9
        assert score.weak_count == 0
        assert score.sd == score.standard_error == 0
    assert liked.direction[0] > 0.9
    assert disliked.direction[1] > 0.9
    # The gradient is 5 and -5 there, and a CAV has a length of 1.
    assert 4 < liked.sensitivity < 5.5
    assert -5.5 < disliked.sensitivity < -4
    # They lie 4 from the random sets.
    assert liked.importance == liked.effect == pytest.approx(20, abs=3)
    assert disliked.importance == disliked.effect == pytest.approx(-20, abs=3)


def test_concept_that_the_class_does_not_read(planted):
    irrelevant = planted[0][2]
    assert irrelevant.accuracy > 0.9
    assert irrelevant.verdict == "not told from random"
    assert irrelevant.importance == 0
    assert irrelevant.q > 0.05


def test_random_examples_are_weak(planted):
    weak = planted[0][3]
    assert weak.verdict == "weak"
    assert weak.weak_count > SETS / 2
    assert weak.p is weak.q is weak.p_scores is weak.p_set is None
    assert weak.importance == 0
    assert weak.mean == pytest.approx(weak.scores.mean())


def test_every_figure_is_that_of_its_definition(planted):
    for score in planted[0]:
        kept = score.strong if score.verdict != "weak" else np.ones(SETS, bool)
        assert len(score.scores) == len(score.accuracies) == SETS
        assert score.mean == pytest.approx(score.scores[kept].mean())
        assert score.sd == pytest.approx(np.std(score.scores[kept], ddof=1))
        assert score.standard_error == pytest.approx(score.sd / kept.sum() ** 0.5)
        np.testing.assert_array_equal(score.strong, score.accuracies >= 0.7)
        assert np.linalg.norm(score.direction) == pytest.approx(1)
        assert score.verdict in VERDICTS
        # Scores are shares of 40 images.
        np.testing.assert_allclose(score.scores * 40, np.round(score.scores * 40), atol=1e-9)


def test_interval_over_patients(planted, random_sets):
    scores, concepts, gradients = planted
    # Every derivative is positive, and the exact bound says how many patients that was seen of (Clopper and Pearson: 0.025 ** (1 / 20)).
    assert (scores[0].interval.low, scores[0].interval.high) == (pytest.approx(0.8316, abs=1e-4), 1)
    assert (scores[0].interval.value, scores[0].interval.groups) == (1, 20)
    between = scores[2].interval
    assert between.value == pytest.approx(scores[2].mean)
    assert between.low < scores[2].mean < between.high
    # One patient more often is no other patient: images that are copied ten times must not narrow the interval much.
    copied = score_concepts(concepts[2:3], random_sets, np.repeat(gradients, 10, axis=0), groups=np.repeat(np.arange(20), 20))[0]
    assert copied.mean == pytest.approx(scores[2].mean)
    assert copied.interval.high - copied.interval.low == pytest.approx(between.high - between.low, rel=0.05)
    few = score_concepts(concepts[2:3], random_sets, gradients, groups=np.repeat([0, 1], 20))[0]
    assert few.interval.why_none == "fewer than 10 patients"
    assert score_concepts(concepts[2:3], random_sets, gradients)[0].interval is None


def test_the_effect_has_an_interval_over_patients_of_images_and_examples(random_sets):
    patients = np.repeat(np.arange(12), 2)
    concept, gradients = normal(1, 24, 4 * AXIS[0]), 3 * AXIS[0] + normal(2, 24)
    vectors = concept_vectors.concept_vectors([concept], random_sets)
    (found,) = score_vectors(vectors, gradients, patients, seed=5, origins=[np.arange(24)])
    random = np.mean([each.mean(axis=0) for each in random_sets], axis=0)
    counts = resample(patients, 1000, 5).counts[patients].T
    drawn = [(np.average(concept, axis=0, weights=one) - random) @ np.average(gradients, axis=0, weights=one) for one in counts]
    assert found.effect_interval.value == pytest.approx(found.effect)
    expected = np.quantile(drawn[1:], [0.025, 0.975])
    assert (found.effect_interval.low, found.effect_interval.high) == pytest.approx(tuple(expected))
    # Segments of nine patients alone, however many images there are.
    (few,) = score_vectors(vectors, gradients, patients, origins=[np.arange(24) % 18])
    assert (few.effect_interval.low, few.effect_interval.why_none) == (None, "fewer than 10 patients")
    (unknown,) = score_vectors(vectors, gradients, patients)
    assert unknown.effect_interval is None


def test_the_error_of_an_effect_is_that_of_its_concept(monkeypatch):
    monkeypatch.setattr(concept_vectors, "activation_vector", lambda *_: (AXIS[0], 1.0))
    sets = [np.tile(place * AXIS[0], (6, 1)) for place in range(5)]
    even = np.tile(8 * AXIS[0], (6, 1))
    # 5 and 11 three times each: their variance is 6 * 9 / 5. The sets lie at 0 to 4, whose variance is 2.5.
    uneven = even + np.repeat([-3, 3], 3)[:, None] * AXIS[0]
    quiet, loud = score_concepts([even, uneven], sets, np.tile(2 * AXIS[0], (3, 1)))
    assert quiet.effect == loud.effect == pytest.approx(12)
    assert quiet.effect_error == pytest.approx(2 * (2.5 / 5) ** 0.5)
    assert loud.effect_error == pytest.approx(2 * (54 / 5 / 6 + 2.5 / 5) ** 0.5)


def test_the_interval_of_an_effect_is_of_the_vectors_that_are_kept(random_sets):
    # Sets that differ in what the class reads, so that leaving some out moves the effect.
    sets = [each + place * AXIS[1] for place, each in enumerate(random_sets)]
    patients = np.repeat(np.arange(12), 2)
    concept, gradients = normal(1, 24, 4 * AXIS[0]), 3 * AXIS[0] + AXIS[1] + normal(2, 24)
    vectors = concept_vectors.concept_vectors([concept], sets)
    for dropped, weak in ((6, False), (14, True)):
        accuracies = np.where(np.arange(SETS) < dropped, 0.5, 1.0)
        (found,) = score_vectors(replace(vectors, accuracies=[accuracies]), gradients, patients, origins=[np.arange(24)])
        assert (found.weak_count, found.verdict == "weak") == (dropped, weak)
        kept = sets if weak else sets[dropped:]
        random = np.mean([each.mean(axis=0) for each in kept], axis=0)
        assert found.effect == pytest.approx((concept.mean(axis=0) - random) @ gradients.mean(axis=0))
        effects = [(concept.mean(axis=0) - each.mean(axis=0)) @ gradients.mean(axis=0) for each in kept]
        of_examples = np.var(concept @ gradients.mean(axis=0), ddof=1) / 24
        assert found.effect_error == pytest.approx((of_examples + np.var(effects, ddof=1) / len(kept)) ** 0.5)
        assert found.effect_interval.value == pytest.approx(found.effect)
        assert found.effect_interval.low < found.effect < found.effect_interval.high


def test_one_gradient_has_an_interval_of_the_effect_alone(random_sets):
    vectors = concept_vectors.concept_vectors([normal(1, 24, 4 * AXIS[0])], random_sets)
    patients, slopes = np.repeat(np.arange(12), 2), np.tile(3 * AXIS[0], (24, 1))
    (one,) = score_vectors(vectors, slopes * (1 + 1e-7 * np.arange(24))[:, None], patients, origins=[np.arange(24)])
    assert one.one_gradient
    assert one.interval is None
    assert one.effect_interval.low < one.effect < one.effect_interval.high
    (several,) = score_vectors(vectors, slopes + normal(2, 24), patients, origins=[np.arange(24)])
    assert not several.one_gradient
    assert several.interval.low is not None


def test_a_concept_that_dissolves_has_no_verdict_for_or_against(random_sets):
    vectors = concept_vectors.concept_vectors([normal(1, 30, 2 * AXIS[0]), normal(1, 30, 6 * AXIS[0]), normal(4, 30)], random_sets)
    slopes = np.tile(3 * AXIS[0], (5, 1))
    free = score_vectors(vectors, slopes)
    told = score_vectors(vectors, slopes, floor=free[0].effect, dissolves=[True] * 3)
    assert [score.verdict for score in told] == ["as in untrained networks", "dissolves", "weak"]
    # Its segments are painted all the same.
    assert [score.importance for score in told] == [0, free[1].effect, 0]
    assert [score.q for score in told] == [score.q for score in free]


def test_dropped_vectors_are_counted_and_left_out(monkeypatch, random_sets):
    given = iter([(AXIS[0], 0.9), (-AXIS[0], 0.6), (AXIS[0], 0.7)])
    real = concept_vectors.activation_vector

    def vector(concept, random, scale, seed):
        return next(given) if seed[1] == 0 and seed[2] < 3 else real(concept, random, scale, seed)

    monkeypatch.setattr(concept_vectors, "activation_vector", vector)
    found = score_concepts([normal(1, 30, 4 * AXIS[0])], random_sets, AXIS[0] * np.arange(1, 6)[:, None], groups=np.arange(5))[0]
    assert found.weak_count == 1
    assert found.interval.value == 1
    assert found.scores[1] == 0
    assert found.mean == 1
    assert found.accuracies[:3] == pytest.approx([0.9, 0.6, 0.7])


def test_random_sets_take_the_concepts_place(monkeypatch):
    def vector(concept, random, scale, seed):
        return (AXIS[0] * (8 - seed[2] if seed[1] == 0 else seed[2] - seed[3]), 1.0)

    monkeypatch.setattr(concept_vectors, "activation_vector", vector)
    sets = [np.tile(place * AXIS[0], (6, 1)) for place in range(5)]
    # Sets lie at 0 to 4 and the concept at 8: 6 from their mean, where the variance of one more is 2.5 * (1 + 1 / 5).
    found = score_concepts([np.tile(8 * AXIS[0], (6, 1))], sets, np.tile(AXIS[0], (3, 1)))[0]
    assert found.sensitivity == pytest.approx(6)
    assert found.effect == pytest.approx(6)
    assert found.p_set == pytest.approx(2 * stats.t.sf(6 / 3**0.5, 4))
    # Each set lies before the next, and the last behind the first.
    np.testing.assert_array_equal(found.random_scores, [0, 0, 0, 0, 1])
    # The mean of twice as many examples varies half as much; a gradient twice as steep doubles every effect.
    found = score_concepts([np.tile(8 * AXIS[0], (12, 1))], sets, np.tile(2 * AXIS[0], (3, 1)))[0]
    assert found.effect == pytest.approx(12)
    assert found.p_set == pytest.approx(2 * stats.t.sf(6 / (2.5 * (0.5 + 0.2)) ** 0.5, 4))


def test_the_effect_says_how_far_and_not_only_how_often(random_sets):
    near, far = score_concepts([normal(1, 30, 2 * AXIS[0]), normal(1, 30, 6 * AXIS[0])], random_sets, np.tile(3 * AXIS[0], (5, 1)))
    assert near.mean == far.mean == 1
    assert near.effect == pytest.approx(6, abs=1)
    assert far.effect - near.effect == pytest.approx(12, abs=0.1)


def test_a_verdict_needs_an_effect_beyond_the_floor(random_sets):
    vectors = concept_vectors.concept_vectors([normal(1, 30, 2 * AXIS[0]), normal(1, 30, 6 * AXIS[0])], random_sets)
    slopes = np.tile(3 * AXIS[0], (5, 1))
    free = score_vectors(vectors, slopes)
    bound = score_vectors(vectors, slopes, floor=free[0].effect)
    assert [score.verdict for score in free] == ["for the class", "for the class"]
    # An effect as strong as that of an untrained network is none beyond it, whatever its q; the sign does not matter.
    assert [score.verdict for score in bound] == ["as in untrained networks", "for the class"]
    assert [score.importance for score in bound] == [0, free[1].effect]
    assert [score.q for score in bound] == [score.q for score in free]
    turned = score_vectors(vectors, -slopes, floor=free[0].effect)
    assert [score.verdict for score in turned] == ["as in untrained networks", "against it"]


def test_half_weak_is_not_yet_weak(monkeypatch, random_sets):
    real = concept_vectors.activation_vector
    for weak, verdict in ((10, "for the class"), (11, "weak")):

        def vector(concept, random, scale, seed, weak=weak):
            return (AXIS[0], 0.5 if seed[2] < weak else 1.0) if seed[1] == 0 else real(concept, random, scale, seed)

        monkeypatch.setattr(concept_vectors, "activation_vector", vector)
        found = score_concepts([normal(1, 30, 4 * AXIS[0])], random_sets, np.tile(3 * AXIS[0], (5, 1)))[0]
        assert (found.weak_count, found.verdict) == (weak, verdict)
        assert found.sensitivity == pytest.approx(3)


def test_one_gradient_for_all_images(random_sets):
    # A linear head: scores are 0 or 1, and of 20 random sets hardly one leads all others, so that signs alone would call this chance.
    unread = [normal(seed, 30, 4 * AXIS[1]) for seed in range(2, 14)]
    liked, *others = score_concepts([normal(1, 30, 4 * AXIS[0]), *unread], random_sets, np.tile(AXIS[0], (12, 1)))
    for score in (liked, *others):
        assert set(score.scores) | set(score.random_scores) <= {0, 1}
    assert (liked.mean, liked.sd, liked.verdict) == (1, 0, "for the class")
    # The published test alone finds a direction that the class does not read.
    assert min(score.p_scores for score in others) < 0.01
    assert {score.verdict for score in others} == {"not told from random"}


def test_no_gradient_at_all(random_sets):
    found = score_concepts([normal(1, 30, 4 * AXIS[0])], random_sets, np.zeros((12, CHANNELS)))[0]
    assert (found.mean, found.sensitivity, found.verdict, found.p) == (0, 0, "not told from random", 1)


def test_chance_is_told_from_a_concept():
    """Random examples in a concept's place, with the gate of accuracy open: the share of small p-values is that of the level.

    The concepts of a seed share random sets and gradients, so that their shares scatter by some 0.13 over the seeds: three standard
    errors of the mean of 15 are 0.1.
    """
    both, published = [], []
    for seed in range(15):
        sets = [normal([seed, 1, place], 16) for place in range(SETS)]
        concepts = [normal([seed, 2, place], 16) for place in range(6)]
        gradients = normal([seed, 3], 20, normal([seed, 4], 1))
        scores = score_concepts(concepts, sets, gradients, min_accuracy=0)
        both.append(np.mean([score.p < 0.1 for score in scores]))
        published.append(np.mean([score.p_scores < 0.1 for score in scores]))
    assert np.mean(both) <= 0.1 + 0.1
    assert np.mean(published) > 0.25


def test_seed_decides_and_other_concepts_do_not(planted, random_sets):
    scores, concepts, gradients = planted
    alone = score_concepts(concepts[2:3], random_sets, gradients)[0]
    np.testing.assert_array_equal(alone.scores, scores[2].scores)
    assert (alone.p, alone.sensitivity) == (scores[2].p, scores[2].sensitivity)
    assert alone.q == alone.p
    other = score_concepts(concepts[2:3], random_sets, gradients, seed=1)[0]
    assert other.sensitivity != alone.sensitivity


def test_no_concept_is_no_score(random_sets):
    assert score_concepts([], random_sets, np.ones((3, CHANNELS))) == []


def test_what_does_not_fit_is_refused(random_sets):
    concept, gradients = normal(1, 30), np.ones((3, CHANNELS))
    with pytest.raises(UsageError, match="5 random sets, better 20, here are 4"):
        score_concepts([concept], random_sets[:4], gradients)
    with pytest.raises(UsageError, match="not of one layer"):
        score_concepts([concept[:, :5]], random_sets, gradients)
    with pytest.raises(UsageError, match="3 gradients have 2 groups"):
        score_concepts([concept], random_sets, gradients, groups=["a", "b"])
    with pytest.raises(OverflowedError, match="numbers of the gradients are not finite"):
        score_concepts([concept], random_sets, gradients * np.nan)
    with pytest.raises(UsageError, match=r"concept 1: .* not \[30\]"):
        score_concepts([concept, concept[:, 0]], random_sets, gradients)
    with pytest.raises(UsageError, match="leave small concepts out"):
        score_concepts([concept[:3]], random_sets, gradients)
