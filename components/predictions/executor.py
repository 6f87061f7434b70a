"""Executor of the node `predictions`."""

import json
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact, artifact_utils
from tfx.utils import path_utils

from components.base import progress
from components.predictions.predict import predict

# The train split has no place here: what reads predictions judges, and judges on images that the model did not learn.
SPLITS = ("eval", "test")


class Executor(base_executor.BaseExecutor):
    """Writes `predictions.npz`."""

    def Do(  # noqa: N802 (TFX's name)
        self,
        input_dict: dict[str, list[artifact.Artifact]],
        output_dict: dict[str, list[artifact.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Read `examples` and `model`, write `predictions`."""
        examples, model = input_dict["examples"], artifact_utils.get_single_instance(input_dict["model"])
        records = {
            split: [path for uri in artifact_utils.get_split_uris(examples, split) for path in Path(uri).iterdir()] for split in SPLITS
        }
        table = predict(
            Path(path_utils.serving_model_path(model.uri)),
            records,
            json.loads(exec_properties["classes"]),
            lambda done, total: progress.report("predictions", done, total, "images"),
        )
        folder = Path(artifact_utils.get_single_uri(output_dict["predictions"]))
        folder.mkdir(parents=True, exist_ok=True)
        table.save(folder)
