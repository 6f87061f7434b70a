"""What the page says where images name no patient."""

import re

import pytest

from tests.components.reporter.simulated import BALANCED, PATIENT

ONE = {("covid-cxnet", "covid19", "train"): 90, ("covid-cxnet", "covid19", "test"): 47}
EACH = "Each counts as a patient of its own, copies aside: images of one person may lie on both sides of a split"


@pytest.fixture(scope="module")
def half(make_report, scenario_class, tmp_path_factory):
    """A report of data where covid-cxnet names the patients of some images alone."""
    return make_report(tmp_path_factory.mktemp("half"), scenario_class(without_patient=ONE))


def limits(report):
    return [limit for limit in report.numbers["limits"] if limit["headline"].startswith("Patients not")]


def items(report):
    return {
        each["name"]: {entry["number"]: (entry["state"], entry["lacks"]) for entry in each["answers"]}
        for each in report.numbers["passport"]["checklists"]
    }


def section(report, name: str) -> str:
    start = report.html.index(f'<section id="{name}"')
    return report.html[start : report.html.index("</section>", start)]


def data_of_card(report) -> str:
    [entry] = [entry for entry in report.numbers["passport"]["card"] if entry["heading"] == "Data"]
    return " ".join(entry["sentences"])


def test_many_images_without_patient_are_a_grave_limit(half):
    [limit] = limits(half)
    assert limit["text"].startswith("No patient is named for 137 of 1,505 images (137 of 365 of covid-cxnet): 28 % of covid19. ")
    assert f"{EACH}, and intervals may be too narrow." in limit["text"]
    assert limit["grave"]


def test_the_test_images_without_patient_are_told_beside_the_verdict(half):
    assert "none is named for 47 of 229 test images; each counts as a patient of its own" in section(half, "verdict")


def test_the_data_section_counts_them_by_source_class_and_split(half):
    shown = section(half, "data")
    table = shown[shown.index("Images that name no patient") :]
    [row] = re.findall(r"<tr><td>covid-cxnet</td><td>covid19</td>(.*?)</tr>", table[: table.index("</table>")])
    assert re.findall(r">([^<>]+)</td>", row) == ["90", "0", "47", "137", "37.5 %"]


def test_items_that_ask_for_disjoint_patients_are_shown_in_part(half, plain_report):
    for name, number in (("CLAIM", "20"), ("TRIPOD+AI", "12a")):
        assert items(half)[name][number] == ("in part", "whose the images are that name no patient")
        assert items(plain_report)[name][number] == ("shown", "")
    assert "No patient is named for 137 of these images; each counts as one." in data_of_card(half)


def test_no_pseudonym_comes_with_it(half):
    assert PATIENT not in half.html


def test_where_all_images_name_a_patient_there_is_no_limit(plain_report):
    assert limits(plain_report) == []
    assert "Every image names its patient." in section(plain_report, "data")
    assert "Patients not known" not in plain_report.html
    assert "No patient is named" not in data_of_card(plain_report)


def test_less_than_a_tenth_of_a_class_is_no_grave_limit(make_report, scenario_class, tmp_path):
    few = {("site a", "normal", "train"): 8, ("site b", "normal", "test"): 1, ("site b", "covid19", "eval"): 1}
    [limit] = limits(make_report(tmp_path, scenario_class(cells=BALANCED, without_patient=few, worst_source="site a")))
    assert not limit["grave"]
    assert limit["text"].startswith("No patient is named for 10 of 276 images (8 of 138 of site a, 2 of 138 of site b). Each")


def test_older_records_do_not_tell(make_report, scenario_class, tmp_path):
    older = make_report(tmp_path, scenario_class(older_records=True))
    [limit] = limits(older)
    assert (limit["headline"], limit["grave"]) == ("Patients not on record", False)
    assert "not on record: the records are older" in section(older, "data")
    assert items(older)["TRIPOD+AI"]["12a"][0] == "in part"
    assert "none is named for" not in section(older, "verdict")
