import pytest

from pipeline.conclusion import _verdict_lines

MET = {"passed": True, "not_compared": "", "text": "recall is at least 0.5."}
LOW = {"passed": False, "not_compared": "", "text": "recall is below 0.5."}
ALONE = {"passed": False, "not_compared": "no earlier model was blessed on these data", "text": "recall: no earlier model."}


@pytest.mark.parametrize(
    ("blessed", "checks", "lines"),
    [
        (True, [MET], ["blessed: every threshold is met, and the model was pushed"]),
        (
            True,
            [MET, ALONE],
            ["blessed: every threshold that could be checked is met, and the model was pushed", "  recall: no earlier model."],
        ),
        (
            False,
            [ALONE],
            [
                "NOT blessed, and not pushed:",
                "  No threshold could be checked: set one in gate.value_thresholds.",
                "  recall: no earlier model.",
            ],
        ),
        (False, [MET, ALONE, LOW], ["NOT blessed, and not pushed:", "  recall is below 0.5."]),
    ],
)
def test_the_end_of_a_run_says_what_was_checked(blessed: bool, checks: list[dict], lines: list[str]) -> None:
    assert _verdict_lines({"blessed": blessed, "checks": checks}) == lines


def test_a_model_that_replaces_one_of_other_data_says_that_they_were_not_compared() -> None:
    *_, last = _verdict_lines({"blessed": True, "checks": [MET]}, "20260101-000000-00")
    assert (
        last == "  It takes the place of the model of run 20260101-000000-00, which was blessed on other data: the two were not compared."
    )
