import re
from dataclasses import replace

import pytest

from components.evaluator.intervals import Interval
from components.reporter.comparison.compare import Compared, Comparison, compare
from components.reporter.comparison.sentences import describe, is_real, judged
from components.reporter.comparison.side import Side


@pytest.fixture(scope="module")
def comparison(sides: tuple[Side, Side]) -> Comparison:
    return compare(*sides)


def told(comparison: Comparison) -> dict[str, str]:
    found: dict[str, str] = {}
    for sentence in describe(comparison):
        found[sentence.topic] = f"{found.get(sentence.topic, '')} {sentence.text}".strip()
    return found


@pytest.mark.parametrize(
    ("low", "high", "real", "words"),
    [
        (0.01, 0.2, True, "is higher for B, by +0.100 (0.010 to 0.200): the interval leaves out 0"),
        (-0.01, 0.2, False, "is not shown to differ: +0.100 (-0.010 to 0.200), and the interval holds 0"),
        (0.0, 0.2, False, "is not shown to differ"),
        (None, None, False, "is +0.100 from A to B, without an interval (few): no difference is shown"),
    ],
)
def test_an_interval_that_holds_0_is_no_difference(low: float | None, high: float | None, real: bool, words: str) -> None:
    entry = Compared(None, None, Interval(0.1, low, high, 20, 0.0, "" if low is not None else "few"))
    assert is_real(entry) is real
    assert words in judged(entry)


def test_a_loss_is_told_as_one() -> None:
    assert judged(Compared(None, None, Interval(-0.1, -0.2, -0.01, 20, 0.0))).startswith("is lower for B, by -0.100")


def test_what_differs_and_what_does_not(comparison: Comparison) -> None:
    found = told(comparison)
    assert (
        found["Data"] == "Both runs read the same records and judged the same 229 test images, so that differences are paired by patient."
    )
    assert found["Configuration"] == "2 keys differ: seed (7; 8) and trainer.epochs (12; 20)."
    assert found["Code"] == "The code differs behind auditor; the versions of packages are not on record for both."
    assert re.search(r"Macro recall is higher for B, by \+0.* \(p corrected for all slices: 0\.0\d\d\); accuracy", found["All test images"])
    assert "Macro recall is higher for B, by +" in found["All test images"]
    assert "normal or covid19 is n/a (not identifiable from this data) for A" in found["Within sources"]
    assert "The AUC of normal or pneumonia is higher for B" in found["Within sources"]
    assert "Corrected for the number of slices" in found["Slices"]
    failed = "excess over every floor, within sources (AUC within sources, whole test split)"
    assert found["Gate"] == f"A is blessed and B is not: B failed {failed}."


def test_the_caution_counts_the_openings(comparison: Comparison) -> None:
    assert "A's folder opened it 8 times; B's folder opened it 8 times" in told(comparison)["Not shown"]


def test_different_images_are_said_and_nothing_is_paired(sides: tuple[Side, Side]) -> None:
    first, second = sides
    fewer = replace(second, predictions=second.predictions.subset(slice(0, 200)), data=replace(second.data, digest="other"))
    same_names = replace(fewer, data=first.data)
    comparison = compare(first, same_names)
    assert not comparison.images.same
    assert all(entry.difference is None for row in comparison.slices for entry in row.metrics.values())
    found = told(comparison)
    assert "No paired difference is made" in found["Data"]
    assert "Slices" not in found
    assert "differ" not in found["All test images"]
    assert "higher" not in " ".join(found.values())


def test_equal_answers_are_said_so(sides: tuple[Side, Side]) -> None:
    first = sides[0]
    found = told(compare(first, replace(first, run_id="other")))
    assert found["All test images"] == "Both runs gave the same answers to the last bit: there is nothing to tell apart."
    assert found["Configuration"] == "No key differs."
    assert found["Code"].startswith("The code behind every node is the same")
    assert found["Gate"] == "Both are blessed."
