import json
from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2
from tfx.components.example_validator import executor as tfx_validator
from tfx.dsl.io import fileio
from tfx.types import artifact_utils, channel_utils, standard_artifacts
from tfx.utils import io_utils

from components.base import artifacts
from components.base.errors import DataRefusedError, UsageError
from components.data_gate.anomalies import list_anomalies, refusal
from components.data_gate.component import DataGate
from components.data_gate.executor import Executor
from components.gate.config import GateConfig, ValueThreshold

SPLITS = ["train", "eval"]
ASKS = GateConfig(value_thresholds=(ValueThreshold(metric="accuracy", lower_bound=0.5, slice={"view": "PA"}),))


def anomalies(*names):
    message = anomalies_pb2.Anomalies()
    for name in names:
        message.anomaly_info[name].short_description = "Unexpected string values"
        message.anomaly_info[name].description = "Examples contain values\nmissing from the schema: x (50%)."
    return message


def test_anomalies_are_listed_in_the_order_of_splits_and_features():
    empty = anomalies_pb2.Anomalies(data_missing=True)
    dataset = anomalies()
    dataset.dataset_anomaly_info.short_description = "Low num examples in dataset."
    found = list_anomalies({"test": empty, "eval": anomalies("view", "label"), "train": dataset})
    assert [(one.split, one.feature) for one in found] == [
        ("train", "the whole split"),
        ("eval", "label"),
        ("eval", "view"),
        ("test", "the whole split"),
    ]
    assert found[1].description == "Examples contain values missing from the schema: x (50%)."


def test_refusal_is_short():
    text = refusal(list_anomalies({"train": anomalies(*(f"feature{i:02d}" for i in range(13)))}))
    lines = text.splitlines()
    assert lines[0] == "The data do not fit the schema: 13 anomalies."
    assert lines[1].strip() == ("feature00 (train): Unexpected string values: Examples contain values missing from the schema: x (50%).")
    assert lines[-2].strip() == "and 3 more"
    assert len(lines) == 1 + 10 + 1 + 1


def statistics(values):
    """Statistics of one text feature, "view", with a value for every example."""
    message = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = message.datasets.add(num_examples=len(values))
    feature = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.STRING)
    feature.path.step.append("view")
    common = feature.string_stats.common_stats
    common.num_non_missing = len(values)
    common.min_num_values = common.max_num_values = 1
    feature.string_stats.unique = len(set(values))
    for value in sorted(set(values)):
        feature.string_stats.rank_histogram.buckets.add(label=value, sample_count=values.count(value))
    return message


def validate(folder, by_split):
    """Run TFX's ExampleValidator on statistics against a schema where `view` is AP or PA."""
    schema = schema_pb2.Schema()
    schema.string_domain.add(name="view").value.extend(["AP", "PA"])
    schema.feature.add(name="view", type=schema_pb2.BYTES, domain="view")
    io_utils.write_pbtxt_file(str(folder / "schema" / "schema.pbtxt"), schema)
    found = standard_artifacts.ExampleStatistics()
    found.uri = str(folder / "statistics")
    found.split_names = artifact_utils.encode_split_names(list(by_split))
    for split, values in by_split.items():
        path = Path(found.uri) / f"Split-{split}" / "FeatureStats.pb"
        fileio.makedirs(str(path.parent))
        path.write_bytes(statistics(values).SerializeToString())
    schemas = standard_artifacts.Schema()
    schemas.uri = str(folder / "schema")
    written = standard_artifacts.ExampleAnomalies()
    written.uri = str(folder / "anomalies")
    tfx_validator.Executor().Do({"statistics": [found], "schema": [schemas]}, {"anomalies": [written]}, {"exclude_splits": "[]"})
    return written


def gate(folder, written, config=None, test=("AP",)):
    path = folder / "of_test" / "Split-test" / "FeatureStats.pb"
    path.parent.mkdir(parents=True)
    path.write_bytes(statistics(list(test)).SerializeToString())
    found = standard_artifacts.ExampleStatistics()
    found.uri, found.split_names = str(folder / "of_test"), artifact_utils.encode_split_names(["test"])
    approval = artifacts.DataApproval()
    approval.uri = str(folder / "approval")
    inputs = {"anomalies": [written], "statistics": [found]}
    Executor().Do(inputs, {"approval": [approval]}, {"gate": (config or GateConfig()).model_dump_json(), "code_digest": ""})
    return json.loads((folder / "approval" / "approval.json").read_text())


def test_data_that_fit_are_approved(tmp_path):
    written = validate(tmp_path, {"train": ["AP", "PA"], "eval": ["AP"]})
    assert gate(tmp_path, written) == {"approved": True, "splits": SPLITS}


def test_data_that_do_not_fit_are_refused(tmp_path):
    written = validate(tmp_path, {"train": ["AP", "PA"], "eval": ["AP", "lateral"]})
    with pytest.raises(DataRefusedError) as caught:
        gate(tmp_path, written)
    assert "view (eval): Unexpected string values: " in str(caught.value)
    assert "lateral" in str(caught.value)
    assert "(train)" not in str(caught.value)
    assert caught.value.exit_code == 3
    assert not (tmp_path / "approval").exists()


def test_an_empty_split_is_refused(tmp_path):
    written = validate(tmp_path, {"train": ["AP"], "eval": []})
    with pytest.raises(DataRefusedError, match=r"the whole split \(eval\): No examples"):
        gate(tmp_path, written)


def test_thresholds_that_no_test_image_can_meet_are_refused(tmp_path):
    written = validate(tmp_path, {"train": ["AP", "PA"], "eval": ["AP"]})
    with pytest.raises(UsageError, match="the test split holds no view 'PA'; it holds AP") as caught:
        gate(tmp_path, written, ASKS)
    assert caught.value.exit_code == 2
    assert not (tmp_path / "approval").exists()


def test_thresholds_that_test_images_can_meet_are_let_through(tmp_path):
    written = validate(tmp_path, {"train": ["AP", "PA"], "eval": ["AP"]})
    assert gate(tmp_path, written, ASKS, test=("AP", "PA"))["approved"]


def test_node_is_wired(tmp_path):
    node = DataGate(
        anomalies=channel_utils.as_channel([standard_artifacts.ExampleAnomalies()]),
        statistics=channel_utils.as_channel([standard_artifacts.ExampleStatistics()]),
        gate=ASKS,
        code_digest="abc",
    )
    assert GateConfig.model_validate_json(node.exec_properties["gate"]) == ASKS
    assert node.outputs["approval"].type is artifacts.DataApproval
    assert node.exec_properties["code_digest"] == "abc"
