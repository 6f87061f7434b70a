import pytest

from components.ingest.demographics import parse_age, parse_sex


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("57", 57), ("57.0", 57), ("058Y", 58), ("007M", 0), ("030M", 2), ("104W", 2), ("400D", 1), ("50+", 50), (" 33 ", 33),
        ("0", 0), ("89", 89), ("90", 90), ("91", 90), ("120", 90), ("121", None), ("414", None), ("", None), ("old", None), ("-5", None),
    ],
)  # fmt: skip
def test_ages_are_whole_years_and_old_ones_are_merged(text, years):
    assert parse_age(text) == years


@pytest.mark.parametrize(("text", "sex"), [("M", "M"), ("female", "F"), (" f ", "F"), ("", "unknown"), ("O", "unknown")])
def test_sexes_have_one_vocabulary(text, sex):
    assert parse_sex(text) == sex
