import pytest

from schemas import label_map
from schemas.label_map import LEFT_OUT, SEVERAL, UNMAPPED, LabelMap, load_label_map

FINDINGS = LabelMap({"no finding": "normal", "pneumonia": "pneumonia", "edema": None, "covid": "covid19"}, separator="|")
TREE = LabelMap({"pneumonia": "pneumonia", "pneumonia/viral/covid-19": "covid19", "tuberculosis": None}, hierarchy="/")


@pytest.mark.parametrize(
    ("label", "outcome"),
    [
        ("No Finding", ("normal", "")),
        ("PNEUMONIA", ("pneumonia", "")),
        ("Edema|Pneumonia", ("pneumonia", "")),
        (" Pneumonia | Edema ", ("pneumonia", "")),
        ("Edema", ("", LEFT_OUT)),
        ("Pneumonia|Covid", ("", SEVERAL)),
        ("Pneumonia|Fracture", ("", UNMAPPED)),
        ("", ("", UNMAPPED)),
    ],
)
def test_several_labels_make_one_class_or_say_why_not(label, outcome):
    assert FINDINGS.read(label) == outcome


@pytest.mark.parametrize(
    ("label", "outcome"),
    [
        ("Pneumonia/Viral/COVID-19", ("covid19", "")),
        ("Pneumonia/Viral/COVID-19/mild", ("covid19", "")),
        ("Pneumonia/Viral/SARS", ("pneumonia", "")),
        ("Tuberculosis/old", ("", LEFT_OUT)),
        ("Fracture/Viral", ("", UNMAPPED)),
    ],
)
def test_a_label_that_the_map_lacks_is_read_as_its_parent(label, outcome):
    assert TREE.read(label) == outcome


def test_the_weakest_class_gives_way():
    classes = {"no finding": "normal", "pneumonia": "pneumonia", "edema": "other", "mass": "other", "covid": "covid19"}
    findings = LabelMap(classes, separator="|", weakest="other")
    labels = ("Edema", "Edema|Mass", "Edema|Pneumonia", "No Finding", "Pneumonia|Covid|Mass")
    assert [findings.read(label) for label in labels] == [
        ("other", ""),
        ("other", ""),
        ("pneumonia", ""),
        ("normal", ""),
        ("", SEVERAL),
    ]


def test_a_map_that_keeps_takes_a_label_as_it_stands():
    assert LabelMap({"sick": "pneumonia"}, keep=True).read("Well") == ("Well", "")
    assert LabelMap({"sick": "pneumonia"}, keep=True).read("SICK") == ("pneumonia", "")


def test_the_configuration_goes_before_the_file():
    assert load_label_map("nih_chestxray14", {}).read("Infiltration") == ("other_finding", "")
    assert load_label_map("nih_chestxray14", {"Infiltration": "pneumonia"}).read("infiltration") == ("pneumonia", "")
    assert load_label_map("nih_chestxray14", {"Pneumonia": None}).read("Pneumonia") == ("", LEFT_OUT)


@pytest.mark.parametrize(
    ("text", "fault"),
    [("labels: {}\nseperator: '|'\n", "unknown key 'seperator'"), ("labels: {A: x, a: y}\n", "two labels differ in case alone")],
)
def test_a_wrong_map_is_a_fault(tmp_path, monkeypatch, text, fault):
    (tmp_path / "mine.yaml").write_text(text)
    monkeypatch.setattr(label_map, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=fault):
        load_label_map("mine", {})
