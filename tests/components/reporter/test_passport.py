import re

import pytest

from components.reporter.checklist import Guideline, Item, Section, answer
from components.reporter.claim import CLAIM
from components.reporter.limits import Limit
from components.reporter.passport import _limits
from components.reporter.tripod_ai import TRIPOD_AI

GUIDELINES = pytest.mark.parametrize("guideline", [CLAIM, TRIPOD_AI], ids=lambda guideline: guideline.name)


def test_an_item_is_shown_in_part_missing_or_shown_by_some_runs() -> None:
    first = (Item("1", "a", "data", "rows"), Item("2", "b", "", "elsewhere"))
    second = (Item("3", "c", "search", "ranked", needs="search"), Item("4", "d", "data", "rows", "columns"))
    guideline = Guideline("G", "s", (Section("Methods", first), Section("Results", second)))
    without, searched = (answer(guideline, facts) for facts in (frozenset(), frozenset({"search"})))
    assert [(entry.section, entry.number) for entry in without.answers] == [
        ("Methods", "1"),
        ("Methods", "2"),
        ("Results", "3"),
        ("Results", "4"),
    ]
    assert [(entry.state, entry.place, entry.says, entry.lacks) for entry in without.answers] == [
        ("shown", "data", "rows", ""),
        ("missing", "", "elsewhere", ""),
        ("missing", "", "", ""),
        ("in part", "data", "rows", "columns"),
    ]
    assert (searched.answers[2].state, searched.answers[2].place, searched.answers[2].says) == ("shown", "search", "ranked")
    assert (without.shown, without.in_part, searched.shown) == (1, 1, 2)


def test_every_item_of_both_guidelines_stands_once() -> None:
    assert [item.number for item in CLAIM.items] == [str(number) for number in range(1, 45)]
    assert len(TRIPOD_AI.items) == len({item.number for item in TRIPOD_AI.items}) == 52
    whole = list(dict.fromkeys(int(re.match(r"\d+", item.number).group()) for item in TRIPOD_AI.items))
    assert whole == list(range(1, 28))


def test_items_stand_in_the_sections_of_their_guideline() -> None:
    spans = {section.name: (section.items[0].number, section.items[-1].number) for section in (*CLAIM.sections, *TRIPOD_AI.sections)}
    assert spans["Methods: reference standard"] == ("14", "18")
    assert spans["Methods: evaluation"] == ("28", "34")
    assert spans["Results: model performance"] == ("37", "39")
    assert spans["Open science"] == ("18a", "18f")
    assert spans["Results"] == ("20a", "24")
    assert spans["Other information"] == ("42", "44")


def test_the_page_says_which_version_and_links_to_sections_that_it_has(plain_report) -> None:
    page = plain_report.html[plain_report.html.index('<section id="passport"') :]
    assert "The 44 items of the 2024 update" in page
    assert "BMJ 385:e078378" in page
    ids = set(re.findall(r'id="([a-z-]+)"', plain_report.html))
    tables = re.findall(r"<summary>All items of .*?</table>", page, re.DOTALL)
    links = [link for table in tables for link in re.findall(r'href="#([^"]*)"', table)]
    assert len(tables) == 2
    assert len(links) > 50
    assert set(links) <= ids
    for each in plain_report.numbers["passport"]["checklists"]:
        states = [entry["state"] for entry in each["answers"]]
        assert (each["shown"], each["in_part"]) == (states.count("shown"), states.count("in part"))
        assert f"evidence for {each['shown']} of {len(states)} items, in part for {each['in_part']} more" in page


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("verdict", ("Checks of the gate", "as version 3", "Chest radiograph classifier")),
        ("data", ("Drift between splits", "by reason", "Copies of one radiograph", "it lies in one split", "quality flag")),
        ("schema", ("Missing", "curated", "Values", "Most frequent")),
        ("training", ("Hyperparameters", "Weight in the loss", "Every epoch", "weights")),
        ("provenance", ("Versions", "Configuration of the run", "Digest of its code", "To repeat", "Seed of the run")),
        ("confusion", ("Eval beside test", "answered")),
        ("audit", ("without looking at the lungs", "The border masked")),
        ("calibration", ("Operating points", "Thresholds chosen on eval", "after the temperature")),
        ("search", ("ranked by", "The test split takes no part")),
        ("passport", ("Intended use", "Not intended use", "Ids are pseudonyms", "Research on methods")),
        ("concepts", ("Randomisation check", "random segments")),
    ],
)
def test_what_items_say_of_a_section_stands_there(place: str, shown: tuple[str, ...], plain_report) -> None:
    start = plain_report.html.index("<h1>" if place == "verdict" else f'<section id="{place}"')
    section = plain_report.html[start : plain_report.html.index("</section>", start)]
    assert [words for words in shown if words not in section] == []


@GUIDELINES
def test_evidence_lies_in_sections_of_the_page(guideline: Guideline, plain_report) -> None:
    ids = set(re.findall(r'<section id="([a-z]+)"', plain_report.html))
    assert {item.place for item in guideline.items if item.place} <= ids


@GUIDELINES
def test_needs_are_facts_that_runs_have(guideline: Guideline) -> None:
    known = {"search", "external", "demographics", "phantom", "temperature", "sources", "least_images", "concepts", "pushed"}
    assert {item.needs for item in guideline.items if item.needs} <= known


def checklist(report, name: str) -> dict[str, str]:
    lists = {each["name"]: each for each in report.numbers["passport"]["checklists"]}
    return {entry["number"]: entry["place"] for entry in lists[name]["answers"]}


def test_the_facts_of_a_run_decide(tmp_path, plain_report, make_report, scenario_class) -> None:
    other = make_report(tmp_path, scenario_class(searched=False, phantom=True, blessed=False))
    claim, changed = checklist(plain_report, "CLAIM"), checklist(other, "CLAIM")
    assert (claim["26"], changed["26"]) == ("search", "")
    assert (claim["14"], changed["14"]) == ("", "data")
    assert (claim["21"], changed["21"]) == ("", "verdict")
    assert claim["36"] == "schema"
    assert claim["33"] == ""
    tripod, other_tripod = checklist(plain_report, "TRIPOD+AI"), checklist(other, "TRIPOD+AI")
    assert tripod["23b"] == "within"
    assert (tripod["22"], other_tripod["22"]) == ("verdict", "")


def test_the_card_says_what_the_run_holds(plain_report) -> None:
    card = {entry["heading"]: " ".join(entry["sentences"]) for entry in plain_report.numbers["passport"]["card"]}
    assert list(card) == ["Model", "Intended use", "Not intended use", "Data", "Factors", "Metrics", "Limits"]
    assert "own_cnn of 412,387 parameters" in card["Model"]
    assert "Measured by source, label, source and label, view, sex, age band and quality/" in card["Factors"]
    assert "do not state" not in card["Factors"]


def test_the_card_names_every_limit_once_the_grave_ones_first(plain_report) -> None:
    [entry] = [entry for entry in plain_report.numbers["passport"]["card"] if entry["heading"] == "Limits"]
    limits = plain_report.numbers["limits"]
    grave, others = (re.split("; ", sentence.partition(": ")[2].rstrip(".")) for sentence in entry["sentences"])
    assert grave == list(dict.fromkeys(limit["headline"] for limit in limits if limit["grave"]))
    assert set(grave + others) == {limit["headline"] for limit in limits}
    assert len(grave + others) == len(set(grave + others))
    twice = (Limit("A", "", True), Limit("B", "", True), Limit("A", "", True), Limit("B", "", False), Limit("C", "", False))
    assert list(_limits(twice)) == ["Grave: A; B.", "Others: C."]
    assert list(_limits(twice[4:])) == ["No grave one was found.", "Others: C."]


def test_the_commands_name_the_reader_and_no_path(tmp_path, make_report, scenario_class) -> None:
    made = make_report(tmp_path, scenario_class(config_yaml="seed: 7\ndata:\n  sources:\n  - reader: covidx\n"))
    assert "--config run.yaml --data covidx=DIR --output OUTPUT" in made.html
