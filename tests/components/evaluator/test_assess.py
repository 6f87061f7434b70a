import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from components.base.errors import UsageError, UserError
from components.evaluator.assess import assess
from components.evaluator.assessment import Assessment
from components.evaluator.config import EvaluatorConfig
from components.predictions.table import Predictions

CONFIG = EvaluatorConfig(
    draws=100,
    slices=(("source",), ("label",), ("quality",)),
    operating_points=({"label": "covid19", "sensitivity": 0.9}, {"label": "normal", "specificity": 0.8}),
    prevalence={"covid19": 0.02},
)


@pytest.fixture(scope="module")
def assessment(table: Predictions) -> Assessment:
    return assess(table, CONFIG, seed=3)


def test_it_holds_everything_and_comes_back_from_its_file(assessment: Assessment, tmp_path: Path) -> None:
    path = assessment.save(tmp_path)
    assert Assessment.load(path) == Assessment.load(tmp_path) == assessment
    content = json.loads(path.read_text())
    # What the source cannot have given away comes before what it can.
    assert list(content).index("within_source") < list(content).index("slices")
    assert content["splits"] == {"eval": {"images": 200, "patients": 100}, "test": {"images": 200, "patients": 100}}
    assert [row["slice"] for row in content["slices"]] == [
        *({}, {"source": "cohen"}, {"source": "nih"}, {"source": "rsna"}),
        *({"label": "normal"}, {"label": "pneumonia"}, {"label": "covid19"}),
        *({"quality/inverted": "0"}, {"quality/inverted": "1"}),
    ]
    for calibrations in (content["calibration"], content["temperature"]["after"]):
        assert [each["slice"] for each in calibrations] == [row["slice"] for row in content["slices"][:4]]
    assert [(point["label"], point["prevalence"]) for point in content["operating_points"]] == [("covid19", 0.02), ("normal", None)]


def test_the_temperature_mends_eval(assessment: Assessment) -> None:
    assert assessment.temperature.eval_log_loss is not None
    before, after = assessment.temperature.eval_log_loss
    assert after < before
    assert assessment.temperature.after[0].log_loss.value != assessment.calibration[0].log_loss.value


def test_no_id_and_no_patient_is_in_it(assessment: Assessment, table: Predictions) -> None:
    text = assessment.model_dump_json()
    assert not any(name in text for name in [*table.id.tolist(), *table.group.tolist()])


def test_the_seed_decides(table: Predictions, assessment: Assessment) -> None:
    assert assess(table, CONFIG, seed=3).model_dump_json() == assessment.model_dump_json()
    other = assess(table, CONFIG, seed=4)
    assert other.slices[0].metrics["accuracy"].value == assessment.slices[0].metrics["accuracy"].value
    assert other.slices[0].metrics["accuracy"] != assessment.slices[0].metrics["accuracy"]


def test_eval_only_chooses(table: Predictions, assessment: Assessment) -> None:
    on_eval = table.split == "eval"
    shuffled = np.where(on_eval[:, None], table.probabilities[:, ::-1], table.probabilities)
    other = assess(replace(table, probabilities=shuffled), CONFIG, seed=3)
    for name in ("within_source", "slices", "calibration"):
        assert getattr(other, name) == getattr(assessment, name)
    assert other.operating_points[0].threshold != assessment.operating_points[0].threshold
    assert other.temperature != assessment.temperature


def test_test_does_not_choose(table: Predictions, assessment: Assessment) -> None:
    kept = (table.split == "eval") | (np.arange(len(table)) % 3 > 0)
    other = assess(table.subset(kept), CONFIG, seed=3)
    assert [point.threshold for point in other.operating_points] == [point.threshold for point in assessment.operating_points]
    assert other.temperature.value == assessment.temperature.value
    assert other.slices != assessment.slices


def test_without_eval_nothing_is_chosen(table: Predictions) -> None:
    found = assess(table.subset(table.split == "test"), CONFIG, seed=3)
    assert (found.temperature.value, found.temperature.note, found.temperature.after) == (None, "eval holds no image", [])
    assert found.operating_points[0].sensitivity.note == "n/a (eval holds no covid19 image)"


def test_what_cannot_be_assessed_is_refused(table: Predictions) -> None:
    with pytest.raises(UserError, match="test split is empty"):
        assess(table.subset(table.split == "eval"), CONFIG, seed=3)
    with pytest.raises(UserError, match="no numbers"):
        assess(replace(table, probabilities=np.full_like(table.probabilities, np.nan)), CONFIG, seed=3)
    with pytest.raises(UsageError, match="'flu' is no class"):
        assess(table, EvaluatorConfig(prevalence={"flu": 0.1}), seed=3)


@pytest.mark.parametrize(("text", "where"), [("{", "the file"), ('{"version": 2}', "version")])
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, text: str, where: str) -> None:
    (tmp_path / "assessment.json").write_text(text)
    with pytest.raises(UserError, match=f"damaged or of another version: {where}: .*Run the pipeline again") as caught:
        Assessment.load(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("module", "heavy"),
    [("assess", "tensorflow tfx apache_beam keras"), ("paired_slices", "tensorflow tfx"), ("assessment", "numpy tensorflow tfx")],
)
def test_what_is_imported(module: str, heavy: str) -> None:
    code = f"import sys, components.evaluator.{module}; sys.exit(bool(set({heavy.split()!r}) & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
