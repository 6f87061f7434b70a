import json
from pathlib import Path

import pytest
from tfx.components.util import model_utils
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy
from tfx.types import channel_utils, standard_artifacts

from components.base import artifacts
from components.evaluator.slices import Slices, make_row
from components.gate.component import Gate
from components.gate.config import GateConfig
from components.gate.executor import Executor

CLASSES = ("normal", "covid19")


def artifact(kind, uri, number):
    made = kind()
    made.uri = str(uri)
    made.id = number
    return made


def run_gate(folder, right, with_baseline=False, audit=None, config=None):
    row = make_row({}, CLASSES, [[right, 100 - right], [100 - right, right]], {"normal": 0.9, "covid19": 0.9})
    folder.mkdir()
    Slices(CLASSES, {"candidate": [row]}).save(folder)
    inputs = {
        "slices": [artifact(artifacts.SliceMetrics, folder, 1)],
        "model": [artifact(standard_artifacts.Model, folder / "model", 12)],
        "baseline_model": [artifact(standard_artifacts.Model, folder / "earlier", 7)] if with_baseline else [],
    }
    blessing = artifact(standard_artifacts.ModelBlessing, folder / "blessing", 20)
    if audit is not None:
        audit.save(folder)
        inputs["audit"] = [artifact(artifacts.Audit, folder, 3)]
    Executor().Do(inputs, {"blessing": [blessing]}, {"config": (config or GateConfig(min_gap_over_blind_floors=None)).model_dump_json()})
    return inputs["model"][0], blessing


@pytest.mark.parametrize(("right", "name"), [(90, "BLESSED"), (10, "NOT_BLESSED")])
def test_blessing_is_what_pusher_and_resolver_read(tmp_path, right, name):
    model, blessing = run_gate(tmp_path / "run", right)
    blessed = name == "BLESSED"
    assert sorted(path.name for path in Path(blessing.uri).iterdir()) == sorted([name, "gate.json"])
    assert json.loads((Path(blessing.uri) / "gate.json").read_text())["blessed"] is blessed
    assert model_utils.is_model_blessed(blessing) is blessed
    resolved = LatestBlessedModelStrategy().resolve_artifacts(None, {"model": [model], "model_blessing": [blessing]})
    assert resolved["model"] == ([model] if blessed else [])


@pytest.mark.parametrize(("low", "name"), [(0.2, "BLESSED"), (-0.1, "NOT_BLESSED")])
def test_the_audit_decides_with_the_thresholds(tmp_path, by_hand, low, name):
    _, blessing = run_gate(
        tmp_path / "run", 90, audit=by_hand.audit(by_hand.figure(low + 0.1, low, low + 0.2)), config=GateConfig(min_excess_over_floor=0.1)
    )
    assert (Path(blessing.uri) / name).exists()
    kinds = [check["kind"] for check in json.loads((Path(blessing.uri) / "gate.json").read_text())["checks"]]
    assert kinds == ["value", "change", "gap_over_blind_floors", "excess"]


def test_the_log_does_not_call_a_comparison_passed_that_was_not_made(tmp_path, caplog):
    with caplog.at_level("INFO", "components.gate.executor"):
        run_gate(tmp_path / "run", 90)
    logged = [record.getMessage() for record in caplog.records if record.name == "components.gate.executor"]
    assert [text.partition(":")[0] for text in logged] == ["passed", "nothing to compare"]


def test_blessing_names_the_models(tmp_path):
    _, blessing = run_gate(tmp_path / "run", 90, with_baseline=True)
    assert blessing.get_string_custom_property("current_model") == str(tmp_path / "run" / "model")
    assert blessing.get_int_custom_property("current_model_id") == 12
    assert blessing.get_string_custom_property("baseline_model") == str(tmp_path / "run" / "earlier")
    assert blessing.get_int_custom_property("baseline_model_id") == 7


def test_blessing_without_an_earlier_model_names_none(tmp_path):
    _, blessing = run_gate(tmp_path / "run", 90)
    assert not blessing.has_custom_property("baseline_model_id")


def test_node_is_wired(tmp_path):
    slices = channel_utils.as_channel([artifact(artifacts.SliceMetrics, tmp_path, 1)])
    model = channel_utils.as_channel([artifact(standard_artifacts.Model, tmp_path, 2)])
    node = Gate(slices=slices, model=model, config=GateConfig(), code_digest="abc")
    assert node.outputs["blessing"].type is standard_artifacts.ModelBlessing
    assert GateConfig.model_validate_json(node.exec_properties["config"]) == GateConfig()
    assert "audit" not in node.inputs
    audit = channel_utils.as_channel([artifact(artifacts.Audit, tmp_path, 3)])
    assert "audit" in Gate(slices=slices, model=model, config=GateConfig(), code_digest="abc", audit=audit).inputs
    assert "baseline_model" in Gate(slices=slices, model=model, config=GateConfig(), code_digest="abc", baseline_model=model).inputs
