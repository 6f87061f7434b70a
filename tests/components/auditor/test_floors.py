"""Floors on data whose class is decided where we say."""

import numpy as np
import pytest

from components.auditor.floors import (
    BORDER_RING,
    FILE,
    HISTOGRAM,
    LUNGS_OUT,
    SIGHTS,
    SOURCE,
    THUMBNAIL,
    Rows,
    best_floor,
    best_floor_within_source,
    make_floor,
)
from components.auditor.measures import draw_measures
from components.auditor.regression import INVERSE_PENALTIES
from components.evaluator.intervals import resample

CLASSES = ("normal", "pneumonia", "covid19")
DRAWS, SEED = 200, 5


def noise(random, px):
    return random.integers(90, 120, (px, px), np.uint8)


def by_source(random, label):
    """The source tells the class, and nothing else does."""
    return "abc"[label], noise(random, 24)


def by_middle(random, label):
    """A bright spot in the lungs tells the class by its place; sources are drawn apart from it."""
    image = noise(random, 24)
    row, column = ((7, 5), (7, 16), (13, 5))[label]
    image[row : row + 3, column : column + 3] = 255
    return "ab"[random.integers(2)], image


def by_both(random, label):
    source, image = by_middle(random, label)
    image[0:2, 8 * label : 8 * label + 8] = 255
    return source, image


def misled(random, label):
    """The border tells the class, and the spot is at the place of another."""
    source, image = by_middle(random, (label + 1) % 3)
    image[0:2, 8 * label : 8 * label + 8] = 255
    return source, image


def by_border(random, label):
    image = noise(random, 24)
    image[0:2, 8 * label : 8 * label + 8] = 255
    return "ab"[random.integers(2)], image


def floors(by_hand, draw, answers_of=None, test_seed=3):
    """Every floor, beside a model that is always right (or answers what it is told)."""
    train, evaluation, test = by_hand.rows(1, 180, draw), by_hand.rows(2, 60, draw), by_hand.rows(test_seed, 60, draw)
    answers = np.eye(3)[test.label_index] * 0.98 + 0.02 / 3 if answers_of is None else answers_of(test)
    model = draw_measures(test.label_index, answers, test.sources, CLASSES, resample(test.groups, DRAWS, SEED))
    return {name: make_floor(name, train, evaluation, test, model, CLASSES, DRAWS, SEED) for name in SIGHTS}


def test_where_the_source_decides_a_perfect_model_exceeds_its_name_by_nothing(by_hand):
    found = floors(by_hand, by_source)
    source = found[SOURCE]
    assert source.measures.accuracy.value == source.measures.macro_recall.value == source.measures.macro_auc.value == 1
    reach = 2 * (1 - 0.025 ** (1 / 60))  # three classes of 20 patients, all right by both
    assert (source.excess.macro_recall.value, source.excess.macro_recall.low, source.excess.macro_recall.high) == (0, -reach, reach)
    assert source.measures.within_source.value is None
    assert source.excess.within_source.why_none == source.measures.pairs["normal vs covid19"].why_none == "not identifiable from this data"
    assert best_floor(tuple(found.values())) == SOURCE
    assert best_floor_within_source(tuple(found.values())) is None
    for name in (FILE, BORDER_RING, LUNGS_OUT, THUMBNAIL, HISTOGRAM):
        assert found[name].measures.macro_recall.value == pytest.approx(1 / 3, abs=0.2)


def test_where_the_middle_decides_what_does_not_see_it_is_at_chance(by_hand):
    found = floors(by_hand, by_middle)
    for name in (SOURCE, FILE, BORDER_RING, LUNGS_OUT):
        assert not found[name].sees_lungs
        assert found[name].measures.macro_recall.value == pytest.approx(1 / 3, abs=0.15)
        assert found[name].excess.macro_recall.low > 0.4
        assert found[name].measures.within_source.value == pytest.approx(0.5, abs=0.15)
        assert found[name].excess.within_source.low > 0
    assert found[THUMBNAIL].sees_lungs
    assert found[THUMBNAIL].measures.macro_recall.value > 0.95
    assert best_floor(tuple(found.values())) == THUMBNAIL


def test_where_the_border_decides_the_ring_and_what_is_left_without_lungs_know(by_hand):
    found = floors(by_hand, by_border)
    for name in (BORDER_RING, LUNGS_OUT):
        assert found[name].measures.macro_recall.value > 0.95
        assert found[name].measures.within_source.value > 0.95
    assert found[SOURCE].measures.macro_recall.value < 0.6
    assert best_floor_within_source(tuple(found.values())) in (BORDER_RING, LUNGS_OUT, THUMBNAIL)


def test_a_model_that_knows_nothing_falls_short_of_the_floor(by_hand):
    found = floors(by_hand, by_border, answers_of=lambda test: np.full((len(test.label_index), 3), 1 / 3))
    excess = found[BORDER_RING].excess
    assert excess.macro_recall.value < -0.6
    assert excess.macro_recall.high < 0
    assert excess.within_source.value == pytest.approx(-0.5, abs=0.05)


def test_the_best_floor_is_chosen_on_eval_and_not_on_test(by_hand):
    # Train learns from middle and border; eval has only the middle to go by, while that of test misleads.
    train, evaluation, test = by_hand.rows(1, 180, by_both), by_hand.rows(2, 60, by_middle), by_hand.rows(3, 60, misled)
    model = draw_measures(test.label_index, np.eye(3)[test.label_index], test.sources, CLASSES, resample(test.groups, DRAWS, SEED))
    made = tuple(make_floor(name, train, evaluation, test, model, CLASSES, DRAWS, SEED) for name in SIGHTS)
    on_test = {floor.name: floor.measures.macro_recall.value for floor in made}
    on_eval = {floor.name: floor.eval_macro_recall for floor in made}
    assert max(on_test, key=on_test.get) == BORDER_RING
    assert on_test[BORDER_RING] > on_test[THUMBNAIL] + 0.1
    assert on_eval[THUMBNAIL] > on_eval[BORDER_RING] + 0.1
    assert best_floor(made) == THUMBNAIL


def test_the_penalty_is_chosen_on_eval_and_not_on_test():
    # On images like those of train the weakest penalty has the least loss; where the feature misleads, the strongest.
    labels = np.arange(60) % 3

    def rows(told):
        return Rows(labels, np.arange(60).astype(str), np.full(60, "a"), {HISTOGRAM: np.eye(3, dtype=np.float32)[told]})

    like_train, misleading = rows(labels), rows((labels + 1) % 3)
    answers = draw_measures(labels, np.eye(3)[labels], like_train.sources, CLASSES, resample(like_train.groups, DRAWS, SEED))
    for evaluation, test, wanted in ((like_train, misleading, INVERSE_PENALTIES[-1]), (misleading, like_train, INVERSE_PENALTIES[0])):
        found = make_floor(HISTOGRAM, like_train, evaluation, test, answers, CLASSES, DRAWS, SEED)
        assert found.inverse_penalty == wanted


def test_the_same_seed_gives_the_same_floors(by_hand):
    assert floors(by_hand, by_border) == floors(by_hand, by_border)
