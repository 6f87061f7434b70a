import json
from pathlib import Path

import pytest
from tfx.types import channel_utils, standard_artifacts

from components.base import artifacts
from components.base.errors import UsageError
from components.base.temperature import ModelTemperature
from components.evaluator.assess import assess
from components.evaluator.assessment import Assessment
from components.evaluator.assessor import Assessor
from components.evaluator.assessor_executor import Executor
from components.evaluator.config import EvaluatorConfig
from components.predictions.table import Predictions
from components.trainer.training_data import FILE_NAME, FOLDER, TrainingData

CONFIG = EvaluatorConfig(draws=100, slices=(("source",),), operating_points=({"label": "covid19", "sensitivity": 0.9},))


def write_facts(model: Path, classes: list[str], temperature: ModelTemperature | None) -> None:
    """Write what the trainer leaves beside a SavedModel."""
    place = model / "Format-Serving" / FOLDER
    place.mkdir(parents=True)
    labels = {name: name for name in classes}
    common = {"max_side_px": 64, "pseudonym_key": "0" * 64, "fingerprints": "none", "images": {"train": 2}}
    (place / FILE_NAME).write_text(TrainingData(classes=classes, labels=labels, temperature=temperature, **common).model_dump_json())


@pytest.mark.parametrize("carried", [None, ModelTemperature(value=1.6, note="", applied=True, eval_images=200)], ids=["none", "carried"])
def test_the_node_writes_the_assessment(table: Predictions, tmp_path: Path, carried: ModelTemperature | None) -> None:
    (tmp_path / "in").mkdir()
    table.save(tmp_path / "in")
    write_facts(tmp_path / "model", table.classes.tolist(), carried)
    given, model, made = artifacts.Predictions(), standard_artifacts.Model(), artifacts.Assessment()
    given.uri, model.uri, made.uri = str(tmp_path / "in"), str(tmp_path / "model"), str(tmp_path / "out")
    channels = {"predictions": channel_utils.as_channel([given]), "model": channel_utils.as_channel([model])}
    node = Assessor(**channels, config=CONFIG, seed=7, code_digest="abc", classes=table.classes.tolist())
    assert node.outputs["assessment"].type is artifacts.Assessment
    assert artifacts.Assessment.TYPE_NAME == "cxr.Assessment"
    assert node.exec_properties["code_digest"] == "abc"
    assert json.loads(node.exec_properties["config"])["draws"] == 100
    Executor().Do({"predictions": [given], "model": [model]}, {"assessment": [made]}, node.exec_properties)
    found = Assessment.load(Path(made.uri))
    assert found == assess(table, CONFIG, 7, carried)
    assert found.temperature.exported == (carried is not None)


def test_aims_for_other_classes_are_refused_before_the_run() -> None:
    channels = {
        "predictions": channel_utils.as_channel([artifacts.Predictions()]),
        "model": channel_utils.as_channel([standard_artifacts.Model()]),
    }
    with pytest.raises(UsageError, match="'covid19' is no class"):
        Assessor(**channels, config=CONFIG, seed=7, code_digest="abc", classes=["a", "b"])
