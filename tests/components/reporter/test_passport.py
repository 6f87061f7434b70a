import re

import pytest

from components.reporter.checklist import Guideline, Item, answer
from components.reporter.claim import CLAIM
from components.reporter.tripod_ai import TRIPOD_AI

GUIDELINES = pytest.mark.parametrize("guideline", [CLAIM, TRIPOD_AI], ids=lambda guideline: guideline.name)


def test_an_item_is_met_missing_or_met_by_some_runs() -> None:
    items = (Item("1", "a", "data", "rows"), Item("2", "b", "", "elsewhere"), Item("3", "c", "search", "ranked", needs="search"))
    without, searched = (answer(Guideline("G", "s", items), facts) for facts in (frozenset(), frozenset({"search"})))
    assert [(entry.place, entry.says) for entry in without.answers] == [("data", "rows"), ("", "elsewhere"), ("", "")]
    assert [(entry.place, entry.says) for entry in searched.answers][2] == ("search", "ranked")
    assert (without.met, searched.met) == (1, 2)


def test_every_item_of_both_guidelines_stands_once() -> None:
    assert [item.number for item in CLAIM.items] == [*(str(number) for number in range(1, 43)), "2024", "2024"]
    assert len(TRIPOD_AI.items) == len({item.number for item in TRIPOD_AI.items}) == 52
    whole = list(dict.fromkeys(int(re.match(r"\d+", item.number).group()) for item in TRIPOD_AI.items))
    assert whole == list(range(1, 28))


@GUIDELINES
def test_evidence_lies_in_sections_of_the_page(guideline: Guideline, plain_report) -> None:
    ids = set(re.findall(r'<section id="([a-z]+)"', plain_report.html))
    assert {item.place for item in guideline.items if item.place} <= ids


@GUIDELINES
def test_needs_are_facts_that_runs_have(guideline: Guideline) -> None:
    known = {"search", "external", "demographics", "phantom", "temperature", "sources", "least_images"}
    assert {item.needs for item in guideline.items if item.needs} <= known


def checklist(report, name: str) -> dict[str, str]:
    lists = {each["name"]: each for each in report.numbers["passport"]["checklists"]}
    return {entry["number"]: entry["place"] for entry in lists[name]["answers"]}


def test_the_facts_of_a_run_decide(tmp_path, plain_report, make_report, scenario_class) -> None:
    other = make_report(tmp_path, scenario_class(searched=False, phantom=True, blessed=False))
    claim, changed = checklist(plain_report, "CLAIM"), checklist(other, "CLAIM")
    assert (claim["26"], changed["26"]) == ("search", "")
    assert (claim["14"], changed["14"]) == ("", "data")
    assert (claim["19"], changed["19"]) == ("", "verdict")
    assert claim["34"] == "schema"
    assert claim["32"] == ""
    assert checklist(plain_report, "TRIPOD+AI")["23b"] == "within"


def test_the_card_says_what_the_run_holds(plain_report) -> None:
    card = {entry["heading"]: " ".join(entry["sentences"]) for entry in plain_report.numbers["passport"]["card"]}
    assert list(card) == ["Model", "Intended use", "Not intended use", "Data", "Factors", "Metrics", "Limits"]
    assert "own_cnn of 412,387 parameters" in card["Model"]
    assert "Measured by source, label, source and label, view, sex, age band and quality/" in card["Factors"]
    assert "do not state" not in card["Factors"]
    assert "The source gives away the class." in card["Limits"]


def test_the_commands_name_the_reader_and_no_path(tmp_path, make_report, scenario_class) -> None:
    made = make_report(tmp_path, scenario_class(config_yaml="seed: 7\ndata:\n  sources:\n  - reader: covidx\n"))
    assert "--config run.yaml --data covidx=DIR --output OUTPUT" in made.html
