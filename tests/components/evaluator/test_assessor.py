import json
from pathlib import Path

import pytest
from tfx.types import channel_utils

from components.base import artifacts
from components.base.errors import UsageError
from components.evaluator.assess import assess
from components.evaluator.assessment import Assessment
from components.evaluator.assessor import Assessor
from components.evaluator.assessor_executor import Executor
from components.evaluator.config import EvaluatorConfig
from components.predictions.table import Predictions

CONFIG = EvaluatorConfig(draws=100, slices=(("source",),), operating_points=({"label": "covid19", "sensitivity": 0.9},))


def test_the_node_writes_the_assessment(table: Predictions, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    table.save(tmp_path / "in")
    given, made = artifacts.Predictions(), artifacts.Assessment()
    given.uri, made.uri = str(tmp_path / "in"), str(tmp_path / "out")
    node = Assessor(predictions=channel_utils.as_channel([given]), config=CONFIG, seed=7, code_digest="abc", classes=table.classes.tolist())
    assert node.outputs["assessment"].type is artifacts.Assessment
    assert artifacts.Assessment.TYPE_NAME == "cxr.Assessment"
    assert node.exec_properties["code_digest"] == "abc"
    assert json.loads(node.exec_properties["config"])["draws"] == 100
    Executor().Do({"predictions": [given]}, {"assessment": [made]}, node.exec_properties)
    assert Assessment.load(Path(made.uri)) == assess(table, CONFIG, seed=7)


def test_aims_for_other_classes_are_refused_before_the_run() -> None:
    given = artifacts.Predictions()
    with pytest.raises(UsageError, match="'covid19' is no class"):
        Assessor(predictions=channel_utils.as_channel([given]), config=CONFIG, seed=7, code_digest="abc", classes=["a", "b"])
