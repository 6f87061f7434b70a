import json

import numpy as np
import pytest

from components.evaluator.intervals import resample
from components.explainer.faithfulness.comparison import Pair, compare, correct_together
from components.explainer.faithfulness.measures import DELETION, MARK, MASS, POINTING

PATIENTS = np.arange(40)
DRAWS = resample(PATIENTS, 2000, seed=3)


def pair(first, second, measure=DELETION, truth=""):
    return Pair("gradcam", "ace", measure, truth, np.asarray(first, float), np.asarray(second, float))


def test_a_clear_difference_says_which_is_better() -> None:
    rng = np.random.default_rng(1)
    base = rng.random(40) * 0.5
    lower, higher = compare([pair(base, base + 0.1), pair(base + 0.1, base, POINTING, "lesions")], DRAWS)
    assert lower.difference == pytest.approx(-0.1)
    assert lower.p == pytest.approx(2 / 2001)
    assert lower.corrected_p == pytest.approx(4 / 2001)
    assert "gradcam has a lower area under the deletion curve than ace, which is better" in lower.sentence
    assert "-0.100, 95 % interval -0.100 to -0.100, 40 images of 40 patients" in lower.sentence
    assert "higher score of the pointing game (lesions) than ace, which is better" in higher.sentence
    worse = compare([pair(base + 0.1, base)], DRAWS)[0]
    assert "higher area under the deletion curve than ace, which is worse" in worse.sentence


def test_no_difference_shown_is_not_equality() -> None:
    rng = np.random.default_rng(2)
    found = compare([pair(rng.random(40), rng.random(40))], DRAWS)[0]
    assert found.low < 0 < found.high
    assert found.sentence.startswith("No difference between gradcam and ace is shown")
    assert found.sentence.endswith("that does not show that they are equal.")
    assert "leaves out 0" not in found.sentence


def test_an_interval_beside_0_is_not_enough_among_many_comparisons() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 1, 40)
    shift = (noise - noise.mean()) / noise.std() + 0.37
    alone = compare([pair(shift, np.zeros(40))], DRAWS)[0]
    assert alone.low > 0
    assert alone.corrected_p == alone.p <= 0.05
    many = compare([pair(shift, np.zeros(40))] * 20, DRAWS)[0]
    assert many.corrected_p == pytest.approx(min(1, 20 * many.p))
    assert "the interval leaves out 0, but not after correcting for 20 comparisons" in many.sentence


def test_only_images_that_both_could_be_judged_on() -> None:
    first, second = np.full(40, 0.5), np.full(40, 0.25)
    first[:5], second[30:] = np.nan, np.nan
    first[35] = 100
    found = compare([pair(first, second)], DRAWS)[0]
    assert found.images == found.patients == 25
    assert found.difference == 0.25


def test_too_few_patients_prove_nothing() -> None:
    found = compare([pair([0.1, 0.2], [0.3, 0.4])], resample(["a", "b"], 200))[0]
    assert (found.low, found.p, found.corrected_p) == (None, None, None)
    assert "no interval (fewer than 10 patients), so nothing follows" in found.sentence
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["difference"] == pytest.approx(-0.2)
    nothing = compare([pair([np.nan, 0.2], [0.3, np.nan])], resample(["a", "b"], 200))[0]
    assert nothing.difference is None
    assert "share no image" in nothing.sentence


@pytest.mark.parametrize("measure", [POINTING, MASS])
def test_on_a_mark_neither_is_better(measure) -> None:
    base = np.random.default_rng(4).random(40) * 0.5
    for first, second, direction in ((base + 0.1, base, "higher"), (base, base + 0.1, "lower")):
        sentence = compare([pair(first, second, measure, MARK)], DRAWS)[0].sentence
        assert f"has a {direction} {measure.words} (mark) than ace, which is no merit: it says how much lies on a mark" in sentence
        assert "better" not in sentence
        assert "worse" not in sentence


def test_classes_are_corrected_as_one_family() -> None:
    base = np.random.default_rng(5).random(40) * 0.5
    untested = compare([pair([np.nan] * 40, base)], DRAWS)
    trees = [{"comparisons": [one.to_json() for one in found]} for found in (compare([pair(base, base + 0.1)] * 2, DRAWS), untested)]
    trees.append({"comparisons": [one.to_json() for one in compare([pair(base, base + 0.1)] * 3, DRAWS)]})
    alone = trees[0]["comparisons"][0]
    correct_together(trees)
    assert [len(tree["comparisons"]) for tree in trees] == [2, 1, 3]
    for tree in (trees[0], trees[2]):
        for one in tree["comparisons"]:
            assert one["p"] == alone["p"] == pytest.approx(2 / 2001)
            assert one["corrected_p"] == pytest.approx(5 * 2 / 2001)
            assert "corrected p 0.005)" in one["sentence"]
    assert alone["corrected_p"] == pytest.approx(2 * 2 / 2001)
    assert trees[1]["comparisons"][0]["corrected_p"] is None
