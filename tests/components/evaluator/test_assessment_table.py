import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from components.evaluator.assess import assess
from components.evaluator.assessment import Assessment, Figure
from components.evaluator.assessment_table import render, select, show, summary
from components.evaluator.blocks import blocks
from components.evaluator.config import EvaluatorConfig
from components.evaluator.slices import Slices, make_row, metric_names
from components.predictions.table import Predictions

ROOT = Path(__file__).resolve().parents[3]
CLASSES = ("normal", "pneumonia", "covid19")
PAIR = "within_source_auc/normal/pneumonia"


@pytest.fixture(scope="module")
def assessment(table: Predictions) -> Assessment:
    return assess(table, EvaluatorConfig(draws=100, slices=(("source",), ("source", "label"), ("sex",))), seed=3)


@pytest.fixture(scope="module")
def output(assessment: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("output") / "runs" / "20260101-000000"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    assessment.save(run)
    rows = [make_row({}, CLASSES, [[3, 1, 0], [1, 2, 0], [1, 0, 0]], {})]
    Slices(CLASSES, {"candidate": rows, "baseline": rows}).save(run)
    return run.parents[1]


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "components.evaluator", "slices", *map(str, arguments)]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)


def test_columns_that_do_not_fit_go_below() -> None:
    assert blocks([["a", "bb", "ccc"], ["1", "2", "3"]], width=6) == "a  bb\n1   2\n\na  ccc\n1    3"
    assert blocks([["a", "bb", "ccc"], ["1", "2", "3"]], width=10) == "a  bb  ccc\n1   2    3"


def test_figures_in_words() -> None:
    assert show(Figure(value=0.5, low=0.25, high=1, note="")) == "0.500 [0.250, 1.000]"
    assert show(Figure(value=0.5, low=None, high=None, note="fewer than 10 patients")) == "0.500 (no interval)"
    assert show(Figure(value=None, low=None, high=None, note="n/a (one class)")) == "n/a (one class)"


def test_the_table_fits_and_begins_within_sources(assessment: Assessment) -> None:
    table = render(select(assessment, None, {"source": ["figure1"]}), CLASSES, "table").splitlines()
    assert max(map(len, table)) <= 110
    assert table[0].split()[:5] == ["slice", "images", "patients", "within", "normal/pneumonia"]
    overall = next(line for line in table if line.startswith("overall"))
    assert overall.split()[1:3] == ["200", "100"]
    assert show(assessment.slices[0].metrics[PAIR]) in overall
    assert "not identifiable" in overall
    assert any(line.startswith("source=figure1 ") and "no test image" in line for line in table)
    assert any(line.startswith("source=cohen ") and "n/a (one class)" in line for line in table)


def test_no_interval_says_why(table: Predictions) -> None:
    few = assess(table.subset(table.group < "000000000000000f"), EvaluatorConfig(draws=100, slices=()), seed=1)
    lines = render(select(few, None, {}), CLASSES, "table").splitlines()
    assert any("(no interval)" in line for line in lines)
    assert lines[-1] == "no interval: fewer than 10 patients"


def test_csv_has_both_ends_of_every_interval(assessment: Assessment) -> None:
    text = render(select(assessment, "source", {}), CLASSES, "csv")
    rows = {row["source"]: row for row in csv.DictReader(io.StringIO(text))}
    assert list(rows) == ["cohen", "nih", "rsna"]
    for name in metric_names(CLASSES):
        shown = assessment.slices[2].metrics[name]
        if shown.value is not None:
            assert float(rows["nih"][name]) == pytest.approx(shown.value, abs=6e-4)
            assert (rows["nih"][f"{name}.low"] == "") == (shown.low is None)
    assert rows["cohen"]["auc/covid19"] == "n/a (one class)"
    assert rows["cohen"]["within_source_auc/normal/covid19"] == "n/a (not identifiable from this data)"
    crossed = list(csv.reader(io.StringIO(render(select(assessment, "source,label", {}), CLASSES, "csv"))))
    assert len({len(row) for row in crossed}) == 1


def test_json_keeps_the_layout_of_the_slices(assessment: Assessment) -> None:
    row = json.loads(render(select(assessment, "overall", {}), CLASSES, "json"))[0]
    assert (row["slice"], row["n"], row["patients"]) == ({}, 200, 100)
    assert row["n"] == sum(map(sum, row["confusion"]))
    metrics = assessment.slices[0].metrics
    assert row["recall"]["covid19"] == metrics["recall/covid19"].value
    assert row["intervals"]["accuracy"] == [metrics["accuracy"].low, metrics["accuracy"].high]
    assert row["within_source_auc"]["normal/covid19"] is None
    assert row["notes"]["within_source_auc/normal/covid19"] == "n/a (not identifiable from this data)"


def test_the_command_says_what_it_reads(output: Path) -> None:
    done = command(output, "--by", "source")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "read from assessment.json: 95 % intervals of 100 draws of patients\n"
    assert "[0." in done.stdout
    baseline = command(output, "--model", "baseline")
    assert baseline.stderr == "read from slices.json, without intervals: the assessment is of the candidate alone\n"
    assert baseline.stdout.splitlines()[1].split()[:2] == ["overall", "8"]


def test_a_damaged_assessment_is_not_passed_over(output: Path, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "20260101-000000"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    (run / "slices.json").write_bytes(next(output.glob("runs/*/slices.json")).read_bytes())
    (run / "assessment.json").write_text("[]")
    done = command(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "damaged or of another version" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_summary_of_a_run_has_pairs_within_sources_before_what_pools_them(assessment: Assessment) -> None:
    sources = sorted({row.slice["source"] for row in assessment.slices if set(row.slice) == {"source"}})
    text = summary(assessment, {"source": [*sources, "empty"]})
    heads = " ".join(line for line in text.splitlines() if line.startswith("slice")).split()
    assert heads.index("normal/pneumonia") < heads.index("macro_recall")
    assert "macro_auc" not in heads
    first = text.split("\n\n")[0].splitlines()
    whole = assessment.slices[0]
    assert first[1].split()[:5] == ["overall", str(whole.n), *(str(whole.class_counts[name]) for name in CLASSES)]
    assert [line.split()[0] for line in first[2:]] == [f"source={name}" for name in sorted([*sources, "empty"])]
    assert "no test image" in next(line for line in first if line.startswith("source=empty"))
