import csv
import io

import pytest

from pipeline.experiments.findings import find
from pipeline.experiments.forest import forests
from pipeline.experiments.page import render_page
from pipeline.experiments.statistics import compare
from pipeline.experiments.table import ESTIMATE_HEAD, estimate_head, estimate_rows, render

REFERENCE = "balance=class_weight"
REFERENCES = {"frozen": ["frozen, lungs"]}


@pytest.fixture(scope="module")
def cells(make_cell):
    skills = {REFERENCE: 0.3, "frozen": 0.0, "frozen, lungs": 0.0}
    return [make_cell(seed=seed, variant=variant, skill=skill) for seed in (1, 2, 3, 4) for variant, skill in skills.items()]


@pytest.fixture(scope="module")
def comparison(cells):
    return compare(cells, ["accuracy"], references=REFERENCES)


def test_a_row_is_compared_with_what_it_names(cells, comparison) -> None:
    _, frozen, lungs = comparison.rows
    assert [row.against for row in comparison.rows] == ["", REFERENCE, "frozen"]
    value = lungs.estimates[0].change.interval.value
    assert value == pytest.approx(lungs.estimates[0].interval.value - frozen.estimates[0].interval.value)
    plain = compare(cells, ["accuracy"]).rows[2].estimates[0].change
    assert plain.interval.value != pytest.approx(value, abs=0.05)
    assert (plain.real, lungs.estimates[0].change.real) == (True, False)
    assert comparison.comparisons == 2


def test_tables_sentences_and_page_name_it(comparison) -> None:
    assert estimate_head(comparison)[7:9] == ("against", "difference")
    assert [row[7] for row in estimate_rows(comparison, 0)] == ["", REFERENCE, "frozen"]
    lines = {line["variant"]: line["against"] for line in csv.DictReader(io.StringIO(render(comparison, "csv")))}
    assert lines == {REFERENCE: "", "frozen": REFERENCE, "frozen, lungs": "frozen"}
    told = {finding.kind: finding.details or finding.text for finding in find(comparison)}
    assert told["real"].startswith(f"frozen is lower than {REFERENCE} by")
    assert told["chance"].startswith("frozen, lungs against frozen (")
    assert [forest.reference for forest in forests(comparison)] == [REFERENCE, "frozen"]
    assert [[row.name for row in forest.rows] for forest in forests(comparison)] == [["frozen"], ["frozen, lungs"]]
    page = render_page(comparison)
    assert "<span>against frozen</span>" in page
    assert ", against frozen</span>" in page


def test_without_references_the_tables_stay(cells) -> None:
    comparison = compare(cells, ["accuracy"])
    assert estimate_head(comparison) == ESTIMATE_HEAD
    assert {len(row) for row in estimate_rows(comparison, 0)} == {len(ESTIMATE_HEAD)}
    assert "against" not in render(comparison, "table")
    assert "than the reference by" in render(comparison, "markdown")


def test_a_reference_that_is_not_measured_is_named(cells, make_cell) -> None:
    some = [cell for cell in cells if cell.variant != "frozen"]
    change = compare(some, ["accuracy"], references=REFERENCES).rows[1].estimates[0].change
    assert change.why_none == "frozen has no result for eval"
    some = [make_cell(variant="frozen", images=302), make_cell(variant="frozen, lungs")]
    comparison = compare(some, ["accuracy"], references=REFERENCES)
    assert comparison.rows[1].estimates[0].change.why_none == "not comparable with frozen: other images, or in another order"
    assert comparison.warnings == ("the reference is not measured yet, so there are no differences from it",)
