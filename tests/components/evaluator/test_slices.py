import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from components.base.errors import UsageError
from components.evaluator.config import EvaluatorConfig
from components.evaluator.slice_table import render, select, show
from components.evaluator.slices import Slices, make_row, metric_names

ROOT = Path(__file__).resolve().parents[3]
CLASSES = ("normal", "pneumonia", "covid19")

# Truth in rows: 4 normal, 3 pneumonia, 1 covid19.
WHOLE = make_row({}, CLASSES, [[3, 1, 0], [1, 2, 0], [1, 0, 0]], {"normal": 0.8, "pneumonia": 0.7, "covid19": 0.6})
NIH = make_row({"source": "nih"}, CLASSES, [[3, 1, 0], [1, 2, 0], [0, 0, 0]], {"normal": 0.75, "pneumonia": 0.75, "covid19": 0.5})
COHEN = make_row({"source": "cohen"}, CLASSES, [[0, 0, 0], [0, 0, 0], [1, 0, 0]], {"covid19": 0.0})
CELL = make_row({"source": "nih", "label": "normal"}, CLASSES, [[3, 1, 0], [0, 0, 0], [0, 0, 0]], {})
SLICES = Slices(CLASSES, {"candidate": [WHOLE, NIH, COHEN, CELL]})


def test_rows_by_hand():
    assert WHOLE.n == 8
    assert WHOLE.class_counts == {"normal": 4, "pneumonia": 3, "covid19": 1}
    assert WHOLE.accuracy == 5 / 8
    assert WHOLE.recall == {"normal": 3 / 4, "pneumonia": 2 / 3, "covid19": 0.0}
    assert WHOLE.precision == {"normal": 3 / 5, "pneumonia": 2 / 3, "covid19": None}
    assert WHOLE.f1 == {"normal": 6 / 9, "pneumonia": 4 / 6, "covid19": 0.0}
    assert WHOLE.macro_recall == pytest.approx((3 / 4 + 2 / 3) / 3)
    assert WHOLE.macro_auc == pytest.approx(0.7)
    assert WHOLE.metric("recall/normal") == 3 / 4
    assert WHOLE.metric("accuracy") == 5 / 8


def test_classes_that_a_slice_lacks_are_undefined_and_not_zero():
    assert NIH.macro_recall == pytest.approx((3 / 4 + 2 / 3) / 2)
    assert NIH.macro_auc == pytest.approx(0.75)
    assert NIH.auc["covid19"] is None
    assert NIH.recall["covid19"] is None
    assert show(NIH, "auc/covid19") == "n/a (no covid19 image)"
    assert show(NIH, "precision/covid19") == "n/a (covid19 never predicted)"


def test_a_slice_of_one_class_has_recall_and_accuracy_only():
    assert COHEN.accuracy == 0.0
    assert COHEN.recall == {"normal": None, "pneumonia": None, "covid19": 0.0}
    undefined = [name for name in metric_names(CLASSES) if COHEN.metric(name) is None]
    assert set(metric_names(CLASSES)) - set(undefined) == {"accuracy", "recall/covid19"}
    assert show(COHEN, "macro_recall") == show(COHEN, "auc/covid19") == show(COHEN, "f1/covid19") == "n/a (one class)"
    assert show(COHEN, "recall/normal") == "n/a (no normal image)"


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_rows_agree_with_scikit_learn(pairs):
    truth, predicted = (np.array(column) for column in zip(*pairs, strict=True))
    confusion = np.zeros((3, 3), int)
    np.add.at(confusion, (truth, predicted), 1)
    row = make_row({}, CLASSES, confusion.tolist(), {})
    labels = sorted(set(truth.tolist()))
    assert row.accuracy == pytest.approx(np.mean(truth == predicted))
    for kind, score in (("recall", recall_score), ("precision", precision_score), ("f1", f1_score)):
        wanted = score(truth, predicted, labels=[0, 1, 2], average=None, zero_division=np.nan)
        for name, value in zip(CLASSES, wanted, strict=True):
            found = row.metric(f"{kind}/{name}")
            assert found is None or found == pytest.approx(value)
            assert kind != "recall" or (found is None) == np.isnan(value)
    if len(labels) > 1:
        assert row.macro_recall == pytest.approx(recall_score(truth, predicted, labels=labels, average="macro"))
        assert row.macro_f1 == pytest.approx(f1_score(truth, predicted, labels=labels, average="macro", zero_division=0))
    else:
        assert row.macro_recall is row.macro_f1 is None


def test_slices_come_back_from_their_file(tmp_path):
    SLICES.save(tmp_path)
    assert Slices.load(tmp_path) == SLICES
    content = json.loads((tmp_path / "slices.json").read_text())
    assert content["models"]["candidate"][0]["slice"] == {}
    assert SLICES.find({"label": "normal", "source": "nih"}) == CELL
    assert SLICES.find({"source": "other"}) is None


def test_a_crossing_shows_its_cells_without_test_images():
    lines = select(SLICES, "source,label", {"source": ["figure1"]})
    assert len(lines) == 3 * 3
    assert [line for line in lines if not isinstance(line, dict)] == [CELL]
    table = render(lines, CLASSES, "table").splitlines()
    assert sum("no test image" in line for line in table) == 8
    assert any(line.startswith("source=figure1, label=covid19") and "no test image" in line for line in table)
    assert json.loads(render(lines, CLASSES, "json"))[0] == {"slice": {"source": "cohen", "label": "normal"}, "n": 0}


def test_formats():
    table = render(select(SLICES, None), CLASSES, "table").splitlines()
    assert table[0].split()[:3] == ["slice", "images", "normal"]
    assert table[1].split()[:6] == ["overall", "8", "4", "3", "1", "0.625"]
    assert any("source=cohen" in line and "n/a (one class)" in line for line in table)
    cells = [cell for line in table if line.startswith("source=cohen ") for cell in line.split()[1:]]
    assert cells == ["1", "0", "0", "1", "0.000", *["n/a", "(one", "class)"] * 3, "n/a", "n/a", "0.000"]
    assert max(map(len, table)) <= 110
    lines = render(select(SLICES, "source"), CLASSES, "csv").splitlines()
    assert lines[0] == ",".join(["source", "images", *CLASSES, *metric_names(CLASSES)])
    assert lines[1].startswith("cohen,1,0,0,1,0.000,n/a (one class),")
    assert lines[2].startswith("nih,7,4,3,0,0.714,0.708,")
    assert json.loads(render(select(SLICES, "overall"), CLASSES, "json"))[0]["n"] == 8


def test_slices_that_were_not_evaluated_are_named():
    with pytest.raises(UsageError, match=r"no slices by 'view', only by 'overall', 'source', 'source,label'"):
        select(SLICES, "view")
    with pytest.raises(UsageError, match="no baseline in this evaluation, only candidate"):
        select(SLICES, "source", model="baseline")


def test_identifiers_are_no_slices():
    with pytest.raises(ValueError, match="cannot be slices"):
        EvaluatorConfig(slices=(("source", "group"),))
    with pytest.raises(ValueError, match="one feature or several"):
        EvaluatorConfig(slices=((),))


def command(*arguments, module="components.evaluator"):
    return subprocess.run([sys.executable, "-m", module, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    folder = tmp_path_factory.mktemp("output")
    run = folder / "runs" / "20260101-000000"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"records": "records/abc"}))
    SLICES.save(run)
    records = folder / "records" / "abc"
    records.mkdir(parents=True)
    (records / "summary.json").write_text(json.dumps({"cells": [{"source": "figure1", "label": "normal"}]}))
    return folder


def test_command_shows_slices(output):
    done = command("slices", output, "--by", "source,label")
    assert (done.returncode, done.stderr) == (0, "read from slices.json, without intervals: this run has no assessment.json\n")
    assert "source=figure1, label=normal" in done.stdout
    assert done.stdout.count("no test image") == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "view"], "no slices by 'view'"),
        (["--model", "baseline"], "no baseline"),
        (["--format", "xml"], "invalid choice: 'xml'"),
    ],
)
def test_command_refuses_in_one_line(output, arguments, message):
    done = command("slices", output, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_command_without_a_run(tmp_path):
    done = command("slices", tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_command_imports_no_tensorflow():
    code = (
        "import sys, components.evaluator.__main__; print([m for m in ('tensorflow', 'tfx', 'apache_beam', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
