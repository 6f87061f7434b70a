"""What is striking about concepts whose shares are given by hand, and where they lie."""

import pytest

from components.evaluator.intervals import Interval
from components.explainer.concept_words import Striking, place, striking
from components.explainer.crossing import Crossing, RegionShare, ValueShare

FOR = "for the class"
NAN = float("nan")


def value(column, name, share, base, low=None, high=None):
    why = "" if low is not None else "fewer than 10 patients"
    return ValueShare(column, name, 10, share, base, Interval(share / base, low, high, 12, 0.0, why))


def region(name, inside, covered, base=0.36, base_covered=0.05):
    return RegionShare(name, inside, base, covered, base_covered)


def crossing(values=(), regions=(), centre=(0.5, 0.5), spread=0.1):
    return Crossing(100, 41, 50, tuple(values), tuple(regions), centre, spread)


def test_a_concept_of_one_source_in_the_border_is_a_reason_to_distrust_the_model():
    found = crossing(
        [
            value("source", "nih", 0.94, 0.325, 2.1, 3.75),
            value("source", "rsna", 0.06, 0.675, 0.0, 0.2),
            value("view", "PA", 0.6, 0.5, 1.1, 1.3),
        ],
        [region("border", 0.88, 0.2), region("mark", 0.3, 0.85, 0.02, 0.04)],
    )
    assert striking(found, FOR) == Striking(
        "doubt",
        "94 % source nih (all segments 32 %), 88 % of its area in the border (all segments 36 %), "
        "covers 85 % of the mark (4 % of the images): a reason to distrust the model",
    )


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (value("source", "nih", 0.9, 0.3, 1.51, 4), True),
        (value("source", "nih", 0.9, 0.3, 1.5, 4), False),
        (value("source", "nih", 0.9, 0.3), False),
        (value("view", "AP", 0.9, 0.3, 1.6, 4), True),
        (value("answer", "wrong", 0.9, 0.3, 1.6, 4), True),
        (value("answer", "right", 0.9, 0.3, 1.6, 4), False),
    ],
)
def test_a_lift_is_striking_where_its_whole_interval_lies_above_the_bound(share, told):
    assert bool(striking(crossing([share]), FOR)) == told


def test_of_several_clear_values_of_a_column_the_largest_share_is_told():
    found = crossing([value("source", "a", 0.6, 0.3, 1.6, 2), value("source", "b", 0.4, 0.1, 2, 5)])
    assert striking(found, FOR) == Striking("doubt", "60 % source a (all segments 30 %): a reason to distrust the model")


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (region("border", 0.51, 0.1), True),
        (region("border", 0.5, 0.9), False),
        (region("mark", 0.01, 0.2, base_covered=0.05), True),
        (region("mark", 0.9, 0.19, base_covered=0.05), False),
        (region("mark", 0.9, 0.29, base_covered=0.1), False),
        (region("mark", 0.9, 0.31, base_covered=0.1), True),
        (region("mark", 0.0, NAN), False),
        (region("lung", 0.99, 0.99), False),
        (region("lung", 0.0, 0.0), False),
    ],
)
def test_regions_are_striking_by_their_own_bounds(where, told):
    assert bool(striking(crossing(regions=[where]), FOR)) == told


@pytest.mark.parametrize("name", ["lesion", "pneumonia box"])
def test_a_concept_on_the_truth_is_told_too(name):
    found = striking(crossing(regions=[region("lung", 0.5, 0.13), region(name, 0.3, 0.45)]), FOR)
    assert found == Striking("truth", f"covers 45 % of the {name} (13 % of the lungs, 5 % of the images): it lies where the evidence is")


def test_a_concept_of_the_lungs_is_no_finding_in_them():
    """The lungs of the phantom cover all of the lesions and 28 % of the images, without any relation to the lesions."""
    found = crossing(regions=[region("lung", 1.0, 1.0, base_covered=0.28), region("lesion", 0.15, 1.0, base_covered=0.28)])
    assert striking(found, FOR) is None


@pytest.mark.parametrize(("of_lung", "told"), [(0.1, True), (0.14, True), (0.16, False), (0.0, True)])
def test_a_finding_is_held_against_what_the_concept_covers_of_the_lungs(of_lung, told):
    found = crossing(regions=[region("lung", 0.5, of_lung), region("lesion", 0.3, 0.45)])
    assert bool(striking(found, FOR)) == told
    # A mark lies in no lung.
    assert striking(crossing(regions=[region("lung", 0.5, of_lung), region("mark", 0.3, 0.45)]), FOR).kind == "doubt"


def test_where_the_lungs_are_not_known_the_sentence_says_so():
    found = striking(crossing(regions=[region("pneumonia box", 0.3, 0.45)]), FOR)
    assert found == Striking(
        "truth",
        "covers 45 % of the pneumonia box (5 % of the images): it lies where the evidence is, or in the lungs at large, which are not "
        "known here",
    )


def test_a_doubt_is_not_softened_by_the_truth():
    found = striking(crossing(regions=[region("lesion", 0.3, 0.45), region("mark", 0.1, 0.5)]), FOR)
    assert found == Striking("doubt", "covers 50 % of the mark (5 % of the images): a reason to distrust the model")


@pytest.mark.parametrize("verdict", ["not told from random", "weak"])
def test_a_concept_without_a_verdict_is_no_evidence_about_the_model(verdict):
    found = striking(crossing(regions=[region("border", 0.9, 0.1)]), verdict)
    assert found == Striking("open", "90 % of its area in the border (all segments 36 %); whether the model answers by it is not shown")
    assert striking(crossing(regions=[region("border", 0.9, 0.1)]), "against it").kind == "doubt"


@pytest.mark.parametrize(
    ("centre", "spread", "words"),
    [
        ((0.5, 0.5), 0.1, "middle"),
        ((0.5, 0.1), 0.1, "middle left"),
        ((0.1, 0.9), 0.05, "top right"),
        ((0.9, 0.5), 0.1, "bottom middle"),
        ((0.5, 0.5), 0.35, "scattered"),
    ],
)
def test_words_for_places(centre, spread, words):
    assert place(crossing(centre=centre, spread=spread)) == words
