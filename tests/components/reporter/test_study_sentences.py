import pytest

from components.reporter.study_sentences import say_curves, say_mark, say_testing


def compared(p=None, corrected=None, patients=9, why="fewer than 10 patients"):
    return {"p": p, "corrected_p": corrected, "patients": patients, "why_none": "" if p else why}


def test_what_had_no_p_was_not_tested():
    assert say_testing([compared()] * 50, 0, 1) == "0 of 50 differences could be tested: fewer than 10 patients (9)."


def test_what_was_tested_names_its_family():
    some = [compared(0.2, 0.9, 12), compared(0.3, 0.9, 12), compared(patients=5), compared(patients=7)]
    assert say_testing(some, 8, 3) == (
        "2 of 4 differences could be tested: fewer than 10 patients (5 to 7). Corrected by Holm for all 8 of the 3 classes together. "
        "None is told from chance."
    )
    two_reasons = [compared(0.001, 0.01, 12), compared(patients=5), compared(patients=12, why="undefined on these images")]
    assert say_testing(two_reasons, 1, 1) == (
        "1 of 3 differences could be tested: 1 fewer than 10 patients (5); 1 undefined on these images. Corrected by Holm for all of them."
    )


def test_a_difference_at_the_level_itself_is_told():
    assert "None is told" not in say_testing([compared(0.05, 0.05, 12)], 1, 1)
    assert say_testing([compared(0.051, 0.051, 12)], 1, 1).endswith("None is told from chance.")


def curves(empty, whole, sufficient, destroying):
    found = {name: {"share": [share, 0.5]} for name, share in (("adding", empty), ("removing", whole))}
    return found | {"sufficient": sufficient, "destroying": destroying}


STAY, GONE = "half of the answers stay when all are removed (SDC)", "half of the answers are gone without the first 2 concepts (SDC)"
EMPTY = "An image without anything is answered as covid19 too, in"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            curves(1.0, 1.0, 0, None),
            f"{EMPTY} 100.0 % of the images: neither that concepts suffice (SSC), nor that {STAY}, shows anything.",
        ),
        (curves(0.9, 1.0, 0, 2), f"{EMPTY} 90.0 % of the images: that concepts suffice (SSC) shows nothing; {GONE}."),
        (
            curves(0.6, 1.0, 1, None),
            f"The first concept alone brings back 80 % of the answers (SSC). {EMPTY} 60.0 % of the images: that {STAY} shows nothing.",
        ),
        (curves(0.1, 1.0, None, None), f"The concepts together do not bring back 80 % of the answers (SSC); {STAY}."),
        (curves(0.0, 0.8, 3, 2), f"The first 3 concepts alone bring back 80 % of the answers (SSC); {GONE}."),
        (
            curves(0.0, 0.0, None, None),
            "No whole image is answered as covid19, so that there is no answer to keep (SSC) or to destroy (SDC).",
        ),
    ],
)
def test_an_empty_image_that_is_answered_alike_excuses_both_curves(given, said):
    assert say_curves("covid19", given) == said


def test_a_mark_is_read_by_what_is_known_of_it():
    assert say_mark(None).endswith("how much the model leans on it, and more is not better.")
    assert "says nothing about the class (shortcut 0): a model that leans on it is at fault" in say_mark(0.0)
    assert "always goes with the class (shortcut 1)" in say_mark(1.0)
    assert "goes with the class (shortcut 0.4 of 1)" in say_mark(0.4)
