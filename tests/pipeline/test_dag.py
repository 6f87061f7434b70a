import json
from pathlib import Path
from typing import Any

import pytest

from components.base import source_digest as digest_module
from components.reporter.run_outputs import INPUTS, PUSHED_MODEL
from pipeline import dag
from pipeline.config import Config, load_config
from pipeline.nodes import NODES

# One file behind each node that runs code of ours; a change in it must change what the cache sees of that node.
BEHIND = {
    "data_gate": "components.data_gate.anomalies",
    "transform": "components.transform.augment",
    "tuning": "tuning.oracle",
    "trainer": "components.trainer.schedule",
    "evaluator": "components.evaluator.auc",
    "slices": "components.evaluator.metrics_reader",
    "gate": "components.gate.decide",
    "predictions": "components.predictions.table",
    "assessor": "components.evaluator.assess",
    "auditor": "components.auditor.verdict",
    "explainer": "components.explainer.gradcam",
    "reporter": "components.reporter.figures",
}


def properties(config: Config, tmp_path: Path) -> dict[str, str]:
    """The execution properties of every node, as the cache sees them."""
    places = dag.Places(tmp_path, tmp_path / "records", tmp_path / "schema.pbtxt", dag.tuning_folder(config, tmp_path, "d1"))
    pipeline = dag.create_pipeline(config, places, "cxr-test", phantom=True)
    return {node.id: json.dumps({name: str(value) for name, value in node.exec_properties.items()}) for node in pipeline.components}


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(None, {}, [])


def test_the_wiring_has_the_named_nodes(config: Config, tmp_path: Path) -> None:
    assert set(properties(config, tmp_path)) == set(NODES)


@pytest.mark.parametrize("node", BEHIND)
def test_the_cache_sees_the_code_behind_a_node(node: str, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = properties(config, tmp_path)
    changed = digest_module.ROOT.joinpath(*BEHIND[node].split(".")).with_suffix(".py")
    read = Path.read_bytes

    def read_changed(self: Path) -> Any:
        return read(self) + b"\nA_CHANGED_LINE = 1\n" if self == changed else read(self)

    monkeypatch.setattr(Path, "read_bytes", read_changed)
    after = properties(config, tmp_path)
    assert after[node] != before[node]
    unchanged = {"import_example_gen", "statistics_gen", "schema_gen", "curated_schema", "example_validator", "pusher"}
    assert {name for name in NODES if after[name] != before[name]}.isdisjoint(unchanged)


def test_the_trainer_is_told_what_travels_with_the_model_and_the_search_is_not(config: Config, tmp_path: Path) -> None:
    other = load_config(None, {}, ["data.fingerprints=none"])
    before, after = properties(config, tmp_path), properties(other, tmp_path)
    assert str(tmp_path / "records") in before["trainer"]
    assert {name for name in NODES if after[name] != before[name]} == {"trainer", "reporter"}


def test_the_report_is_drawn_again_from_the_outputs_that_the_reporter_is_wired_to(config: Config, tmp_path: Path) -> None:
    places = dag.Places(tmp_path, tmp_path / "records", tmp_path / "schema.pbtxt", tmp_path / "tuning")
    pipeline = dag.create_pipeline(config, places, "cxr-test", phantom=None)
    reporter = next(node for node in pipeline.components if node.id == "reporter")
    wired = {name: (channel.producer_component_id, channel.output_key) for name, channel in reporter.inputs.items()}
    assert wired == {**INPUTS, "pushed_model": PUSHED_MODEL}


def test_a_longer_search_goes_on_in_the_same_folder(config: Config, tmp_path: Path) -> None:
    def folder(*assignments: str, records: str = "d1") -> Path:
        return dag.tuning_folder(load_config(None, {}, assignments), tmp_path, records)

    assert folder() == folder("tuning.max_trials=9") == folder("trainer.epochs=99")
    others = {
        folder("tuning.widths=[4]"),
        folder("seed=1"),
        folder("transform.image_px=64"),
        folder("augmentation=off"),
        folder(records="d2"),
    }
    assert len(others | {folder()}) == 6


def test_other_thresholds_are_looked_for_in_the_data_again(config: Config, tmp_path: Path) -> None:
    asked = "gate.value_thresholds=[{metric: accuracy, slice: {source: nih}, lower_bound: 0.5}]"
    before, after = properties(config, tmp_path), properties(load_config(None, {}, [asked]), tmp_path)
    assert before["data_gate"] != after["data_gate"]
    assert {"transform", "tuning", "trainer"}.isdisjoint(name for name in NODES if after[name] != before[name])


def test_statistics_are_divided_by_source(config: Config, tmp_path: Path) -> None:
    options = json.loads(json.loads(properties(config, tmp_path)["statistics_gen"])["stats_options_json"])
    assert json.loads(options["slicing_config_json"]) == {"slicingSpecs": [{"featureKeys": ["source"]}]}


def test_auditor_and_assessor_are_told_the_same_least_number_of_images_in_a_pair(tmp_path: Path) -> None:
    found = properties(load_config(None, {}, ["evaluator.least_in_pair=4"]), tmp_path)
    assert json.loads(found["auditor"])["least_in_pair"] == "4"
    assert json.loads(json.loads(found["assessor"])["config"])["least_in_pair"] == 4
