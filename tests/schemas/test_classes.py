import pytest

from schemas.classes import parse_classes


def test_names_are_classes_of_their_own_in_order():
    parsed = parse_classes(["normal", "covid19"])
    assert parsed.names == ("normal", "covid19")
    assert parsed.by_label == {"normal": "normal", "covid19": "covid19"}


def test_a_mapping_merges_labels():
    parsed = parse_classes(["normal", {"abnormal": ["pneumonia", "covid19"]}])
    assert parsed.names == ("normal", "abnormal")
    assert parsed.by_label == {"normal": "normal", "pneumonia": "abnormal", "covid19": "abnormal"}


@pytest.mark.parametrize(
    ("items", "text"),
    [
        (["normal", "normal"], "class 'normal' is named twice"),
        (["normal", {"abnormal": ["normal", "covid19"]}], "label 'normal' is named twice"),
        (["normal", {"a": ["x"], "b": ["y"]}], "must name one class"),
        (["normal", {"abnormal": "covid19"}], "needs a list"),
        (["normal", {"abnormal": []}], "needs a list"),
        (["normal", 3], "3 is not the name"),
        (["normal", " "], "is not the name"),
        (["normal", "covid\n"], "blanks around it"),
        ("normal", "must be a list"),
        ([], "at least one"),
    ],
)
def test_what_makes_no_sense_is_refused(items, text):
    with pytest.raises(ValueError, match=text):
        parse_classes(items)
