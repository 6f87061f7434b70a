import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest

from components.base.errors import UsageError
from pipeline.experiments.comparison import Published
from pipeline.experiments.findings import find
from pipeline.experiments.marked_text import replace_marked, update_page
from pipeline.experiments.page import render_page
from pipeline.experiments.statistics import compare
from pipeline.experiments.table import ESTIMATE_HEAD, TRAINING_HEAD, estimate_rows, render
from pipeline.experiments.wording import scarcer

REFERENCE, OTHER = "balance=class_weight", "balance=none"
PAPER = Published(name="Net", metric="accuracy", value=0.933, citation="Doe 2020, table 2", comparable=False, why="other images")


@pytest.fixture
def comparison(make_cell):
    cells = [make_cell(seed=seed, variant=variant, seconds=60.0 + seed) for seed in (1, 2) for variant in (REFERENCE, OTHER)]
    metrics = ["accuracy", "called[covid19]@guangzhou", "within_source_auc[covid19,normal]"]
    return compare(cells, metrics, {REFERENCE: 2, OTHER: 2, "never": 1}, [PAPER])


def test_the_console_shows_what_was_measured(comparison) -> None:
    text = render(comparison, "table")
    first = comparison.rows[1].estimates[0]
    line = next(line for line in text.splitlines() if line.startswith(OTHER))
    figures = (f"{first.interval.value:.3f}", f"{first.interval.low:.3f} to {first.interval.high:.3f}", f"{first.spread:.3f}")
    for figure in (*figures, f"{first.change.interval.value:+.3f}", f"{first.change.corrected_p:.3f}", "300", "150"):
        assert figure in line
    assert "Net (Doe 2020, table 2): published, not comparable" in text
    assert "n/a (not measured yet)" in text
    assert "n/a (not identifiable from this data)" in text
    assert "1 min 2 s" in text
    assert "4 of 5 cells measured" in text


def test_each_figure_has_the_images_that_it_is_about(comparison) -> None:
    everything, called, _ = comparison.rows[0].estimates
    assert (everything.images, everything.patients) == (300, 150)
    assert 0 < called.images < 150
    assert called.patients == called.images // 2


def test_markdown_has_one_width_a_table_and_escapes_names(make_cell) -> None:
    name = "px=[96|160]*"
    text = render(compare([make_cell(), make_cell(variant=name)], ["accuracy"]), "markdown")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    plain = [line.replace("\\|", "") for line in rows]
    assert {line.count("|") for line in plain} == {len(ESTIMATE_HEAD) + 1, len(TRAINING_HEAD) + 1}
    assert any(line.startswith("| px=\\[96\\|160]\\* |") for line in rows)
    assert "Measured: 2026-11-25, 2 cores, 24 GiB. Data: d1ge57. Code: c0de; 2 of 2 cells of another version than made this table." in text


def test_csv_has_a_line_a_variant_and_metric(comparison) -> None:
    lines = list(csv.DictReader(io.StringIO(render(comparison, "csv"))))
    assert len(lines) == 3 * 3 + 1
    line = next(line for line in lines if line["variant"] == OTHER and line["metric"] == "accuracy")
    estimate = comparison.rows[1].estimates[0]
    assert float(line["value"]) == pytest.approx(estimate.interval.value, abs=1e-5)
    assert float(line["difference_low"]) == pytest.approx(estimate.change.interval.low, abs=1e-5)
    assert float(line["p_holm"]) == pytest.approx(estimate.change.corrected_p, abs=1e-5)
    assert (line["seeds"], line["cells"], line["planned"], line["parameters"]) == ("1 2", "2", "2", "1160000")
    unknown = next(line for line in lines if line["variant"] == OTHER and line["metric"].startswith("within"))
    assert (unknown["value"], unknown["p"], unknown["why_no_interval"]) == ("", "", "not identifiable from this data")
    assert (lines[-1]["division"], lines[-1]["value"], lines[-1]["citation"]) == ("published", "0.933", "Doe 2020, table 2")


def test_json_has_everything(comparison) -> None:
    tree = json.loads(render(comparison, "json"))
    assert tree["rows"][1]["estimates"][0]["change"]["interval"]["value"] == comparison.rows[1].estimates[0].change.interval.value
    assert tree["published"][0]["citation"] == "Doe 2020, table 2"
    assert {finding["kind"] for finding in tree["findings"]} >= {"progress", "chance", "scope", "published"}


def scarce(make_cell, few: int, **other):
    """A cell whose answers hold so many patients of covid19, of two images each."""
    cell = make_cell(**other)
    label, group = np.array(cell.predictions.label), np.array(cell.predictions.group)
    kept = (label != 2) | np.isin(group, np.unique(group[label == 2])[:few])
    source = cell.predictions.source
    fewer = cell.predictions.model_copy(
        update={
            "order": f"{few} of covid19",
            "group": group[kept].tolist(),
            "source": source.model_copy(update={"index": np.array(source.index)[kept].tolist()}),
            "label": label[kept].tolist(),
            "probabilities": np.array(cell.predictions.probabilities)[kept].tolist(),
        }
    )
    return cell.model_copy(update={"predictions": fewer})


def test_how_many_patients_an_auc_goes_by_stands_below_its_table(make_cell) -> None:
    cells = [scarce(make_cell, 11, variant=variant) for variant in (REFERENCE, OTHER)]
    comparison = compare(cells, ["auc[covid19,normal]", "auc", "auc[covid19]", "accuracy"])
    pair, macro, one, other = (scarcer(comparison, place) for place in range(4))
    patients = comparison.rows[0].estimates[0].patients
    assert pair == f"An interval goes by the patients of the scarcer class: 11 of {patients} patients in every row."
    assert macro.startswith("An interval goes by the patients of the scarcest class: 11 of ")
    assert one.startswith("An interval goes by the patients of covid19 or of the rest, whichever are fewer: 11 of ")
    assert other == ""
    for form in ("table", "markdown"):
        assert [pair in part for part in render(comparison, form).split("AUC of covid19 against normal", 1)] == [False, True]
    assert f'<p class="note">{pair}</p>' in render_page(comparison)


def test_rows_of_other_patients_are_told_apart(make_cell) -> None:
    divisions = ("eval", "fold 0 by patient")
    cells = [scarce(make_cell, few, division=division) for few, division in zip((11, 12), divisions, strict=True)]
    text = scarcer(compare(cells, ["auc[covid19,normal]"]), 0)
    assert re.search(r": 11 of \d+ patients \(eval\); 12 of \d+ patients \(folds by patient\)\. Over several sources or folds", text)


def test_text_between_markers_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    page.write_text("# A\n\n<!-- results: a -->\nold\n<!-- end -->\n\nkept\n\n<!-- results: b -->\n\nB\n\n<!-- end -->\n")
    assert update_page(page, {"a": "| new |\n"})
    wanted = "# A\n\n<!-- results: a -->\n\n| new |\n\n<!-- end -->\n\nkept\n\n<!-- results: b -->\n\nB\n\n<!-- end -->\n"
    assert page.read_text() == wanted
    assert not update_page(page, {"a": "| new |", "b": "B"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "there is no line <!-- results: a -->"),
        ("<!-- results: a --><!-- end --><!-- results: a --><!-- end -->", "several lines"),
        ("<!-- results: a -->\nno end", "has no <!-- end --> after it"),
        ("<!-- results: a -->\n<!-- results: b -->\n<!-- end -->", "has no <!-- end --> after it"),
    ],
)
def test_markers_must_be_a_pair(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace_marked(text, "a", "new")
    page = tmp_path / "results.md"
    page.write_text(text)
    with pytest.raises(UsageError, match=r"results\.md: "):
        update_page(page, {"a": "new"})
    assert page.read_text() == text
    with pytest.raises(UsageError, match="make it, with a line <!-- results: EXPERIMENT -->"):
        update_page(tmp_path / "none.md", {"a": "new"})


def test_a_metric_at_a_source_is_about_the_networks_without_it(make_cell) -> None:
    cells = [make_cell(variant=variant, division=f"without {source}") for variant in (REFERENCE, OTHER) for source in ("cohen", "chest14")]
    comparison = compare(cells, ["accuracy@cohen", "accuracy"])
    assert [row[0] for row in estimate_rows(comparison, 0)] == [f"{REFERENCE} (without cohen)", f"{OTHER} (without cohen)"]
    assert len(estimate_rows(comparison, 1)) == 4
    assert "chest14" not in "".join(finding.text for finding in find(comparison) if finding.subject == "Accuracy at cohen")
