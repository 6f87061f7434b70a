"""Executor of the node `data_gate`."""

import json
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2
from tfx.components.example_validator.executor import DEFAULT_FILE_NAME
from tfx.dsl.components.base import base_executor
from tfx.types import artifact, artifact_utils

from components.base.errors import DataRefusedError
from components.data_gate.absent_slices import refuse_absent_slices
from components.data_gate.anomalies import list_anomalies, refusal
from components.gate.config import GateConfig


class Executor(base_executor.BaseExecutor):
    """Approves the data, or stops the run."""

    def Do(  # noqa: N802 (TFX's name)
        self,
        input_dict: dict[str, list[artifact.Artifact]],
        output_dict: dict[str, list[artifact.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Read `anomalies` and `statistics`, write `approval`.

        Raises:
          DataRefusedError: a split has an anomaly; the text lists them.
          UsageError: a threshold of the gate names a slice without a test image.
        """
        found = artifact_utils.get_single_instance(input_dict["anomalies"])
        splits = artifact_utils.decode_split_names(found.split_names)
        anomalies = list_anomalies({split: _read(found, split) for split in splits})
        if anomalies:
            raise DataRefusedError(refusal(anomalies))
        test = Path(artifact_utils.get_split_uri(input_dict["statistics"], "test")) / "FeatureStats.pb"
        statistics = statistics_pb2.DatasetFeatureStatisticsList.FromString(test.read_bytes())
        refuse_absent_slices(GateConfig.model_validate_json(exec_properties["gate"]), statistics)
        folder = Path(artifact_utils.get_single_uri(output_dict["approval"]))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "approval.json").write_text(json.dumps({"approved": True, "splits": splits}) + "\n", encoding="utf-8")


def _read(anomalies: artifact.Artifact, split: str) -> anomalies_pb2.Anomalies:
    path = Path(artifact_utils.get_split_uri([anomalies], split)) / DEFAULT_FILE_NAME
    return anomalies_pb2.Anomalies.FromString(path.read_bytes())
