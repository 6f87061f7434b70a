import numpy as np
import pytest

from components.auditor.measures import draw_measures, excess, measures
from components.evaluator.intervals import resample
from components.evaluator.slice_figures import measure_slices
from components.evaluator.slicing import Slice

CLASSES = ("normal", "pneumonia", "covid19")


def made(counts, right):
    """Images by (source, label): how many, and how many of them the answer ranks rightly; one patient each."""
    labels = np.concatenate([np.full(number, label) for (_, label), number in counts.items()])
    sources = np.concatenate([np.full(number, source) for (source, _), number in counts.items()])
    answers = np.full((len(labels), 3), 0.1)
    answers[np.arange(len(labels)), labels] = np.where(np.arange(len(labels)) % 10 < right, 0.8, 0.1)
    answers /= answers.sum(axis=1, keepdims=True)
    return labels, answers, sources, resample(np.arange(len(labels)), 200, 5)


def drawn(counts, right=10):
    labels, answers, sources, resampling = made(counts, right)
    return draw_measures(labels, answers, sources, CLASSES, resampling)


def test_a_pair_of_a_few_patients_does_not_weigh_as_much_as_one_of_many():
    found = drawn({("a", 0): 40, ("a", 1): 40, ("b", 1): 3, ("b", 2): 40})
    assert found.within_pairs == ("normal vs pneumonia",)
    told = measures(found)
    assert told.within_pairs == ("normal vs pneumonia",)
    assert told.within_source == told.pairs["normal vs pneumonia"]
    assert told.pairs["pneumonia vs covid19"].why_none == "fewer than 10 patients"
    assert told.pairs["normal vs covid19"].why_none == "not identifiable from this data"


def test_where_all_pairs_are_of_a_few_patients_there_is_a_figure_without_an_interval():
    told = measures(drawn({("a", 0): 5, ("a", 1): 5, ("a", 2): 5}))
    assert len(told.within_pairs) == 3
    assert (told.within_source.value, told.within_source.low, told.within_source.why_none) == (1, None, "fewer than 10 patients")


def test_the_mean_over_pairs_and_the_excess_by_hand():
    counts = {("a", 0): 40, ("a", 1): 40, ("a", 2): 40}
    perfect, blind = drawn(counts), drawn(counts, right=0)
    assert measures(blind).within_source.value == 0.5
    found = excess(perfect, blind)
    # The same in every draw: 40 pairs of patients are all so in 2.5 % of the cases if the mean is lower by twice 1 - 0.025^(1/40).
    assert (found.within_source.value, found.within_source.low) == (0.5, pytest.approx(0.5 - 2 * (1 - 0.025 ** (1 / 40))))
    assert found.macro_recall.value == pytest.approx(2 / 3)
    assert excess(blind, perfect).macro_auc.high == pytest.approx(-0.5 + 2 * (1 - 0.025 ** (1 / 40)))
    assert excess(perfect, perfect).accuracy.high == pytest.approx(2 * (1 - 0.025 ** (1 / 120)))


def test_the_whole_figures_of_unbalanced_classes_with_errors_by_hand():
    # Of 6 normal images 5 are right, of 3 with pneumonia 1, and the one of covid19 is.
    counted = [(0, (0.8, 0.1, 0.1), 5), (0, (0.3, 0.6, 0.1), 1), (1, (0.2, 0.7, 0.1), 1), (1, (0.6, 0.3, 0.1), 2), (2, (0.1, 0.1, 0.8), 1)]
    labels = np.array([label for label, _, number in counted for _ in range(number)])
    answers = np.array([answer for _, answer, number in counted for _ in range(number)])
    sources, resampling = np.full(10, "a"), resample(np.arange(10), 200, 5)
    model = draw_measures(labels, answers, sources, CLASSES, resampling)
    told = measures(model)
    assert told.accuracy.value == pytest.approx(7 / 10)
    assert told.macro_recall.value == pytest.approx((5 / 6 + 1 / 3 + 1) / 3)
    # Against the rest 22 of 24 pairs of normal are in order, 19 of 21 of pneumonia and all of covid19.
    assert told.macro_auc.value == pytest.approx((22 / 24 + 19 / 21 + 1) / 3)
    always_normal = draw_measures(labels, np.tile([0.8, 0.1, 0.1], (10, 1)), sources, CLASSES, resampling)
    found = excess(model, always_normal)
    assert found.accuracy.value == pytest.approx(7 / 10 - 6 / 10)
    assert found.macro_recall.value == pytest.approx(13 / 18 - 1 / 3)
    assert found.macro_auc.value == pytest.approx(79 / 84 - 1 / 2)


def test_an_excess_where_nothing_is_identifiable_says_so():
    alone = drawn({("a", 0): 40, ("b", 1): 40, ("c", 2): 40})
    assert measures(alone).within_pairs == ()
    assert excess(alone, alone).within_source.why_none == "not identifiable from this data"


def test_all_right_has_the_exact_bound_that_the_slice_tables_have():
    # Clopper and Pearson's tables give 0.6915 for 10 of 10; the auditor and the assessor must agree on it.
    labels, answers, sources, resampling = made({("a", 0): 10, ("a", 1): 10, ("a", 2): 10}, 10)
    told = measures(draw_measures(labels, answers, sources, CLASSES, resampling))
    everything = make_slices_of(labels, answers, sources, resampling)
    for ours, name, low in (
        (told.accuracy, "accuracy", 0.8843),
        (told.macro_recall, "macro_recall", 0.8843),
        (told.pairs["normal vs covid19"], "within_source_auc/normal/covid19", 0.6915),
    ):
        assert (ours.value, ours.high, ours.note, ours.why_none) == (1, 1, "the same in every draw; exact bound", "")
        assert ours.low == pytest.approx(low, abs=5e-5)
        theirs = everything[name]
        assert (ours.value, ours.low, ours.high, ours.note) == (theirs.value, theirs.low, theirs.high, theirs.note)
    assert told.within_source.low == told.pairs["normal vs covid19"].low


def make_slices_of(labels, answers, sources, resampling):
    whole = Slice({}, np.ones(len(labels), bool))
    return measure_slices(labels, answers, CLASSES, sources, resampling, [whole])[0].metrics


def test_an_excess_that_never_varies_is_not_sure_to_the_point():
    alike = drawn({("a", 0): 40, ("a", 1): 40, ("a", 2): 40})
    found = excess(alike, alike).macro_recall
    assert (found.value, found.low, found.note) == (0, -found.high, "the same in every draw; exact bound")
    assert found.high == pytest.approx(2 * (1 - 0.025 ** (1 / 120)))


def test_what_a_floor_of_one_answer_scores_is_not_sure_to_the_point():
    told = measures(drawn({("a", 0): 40, ("a", 1): 40, ("a", 2): 40}, right=0))
    reach = 1 - 0.025 ** (1 / 120)
    assert (told.macro_recall.value, told.macro_recall.low, told.macro_recall.high) == pytest.approx((1 / 3, 1 / 3 - reach, 1 / 3 + reach))
    assert told.macro_recall.note == "the same in every draw; exact bound"
    assert (told.within_source.low, told.within_source.high) == pytest.approx((0.025 ** (1 / 40) - 0.5, 1.5 - 0.025 ** (1 / 40)))


def test_auditor_and_assessor_take_the_same_sources_into_a_pair():
    # One image of covid19 at a source is no pair for the assessor, so it must be none for the auditor.
    labels, answers, sources, resampling = made({("a", 0): 20, ("a", 2): 20, ("b", 0): 20, ("b", 2): 1, ("c", 0): 2, ("c", 1): 2}, 7)
    for least in (1, 2, 3):
        told = measures(draw_measures(labels, answers, sources, CLASSES, resampling, least))
        whole = Slice({}, np.ones(len(labels), bool))
        theirs = measure_slices(labels, answers, CLASSES, sources, resampling, [whole], least)[0].metrics
        for first, second in (("normal", "covid19"), ("normal", "pneumonia")):
            ours, other = told.pairs[f"{first} vs {second}"], theirs[f"within_source_auc/{first}/{second}"]
            assert (ours.value, ours.low, ours.high) == (other.value, other.low, other.high)
        assert told.pairs["normal vs covid19"].groups == 20 + (least == 1)
        assert (told.pairs["normal vs pneumonia"].value is None) == (least == 3)
    # What both take where nothing is configured is one number, too.
    assert draw_measures(labels, answers, sources, CLASSES, resampling).pairs["normal vs covid19"].groups == 20
