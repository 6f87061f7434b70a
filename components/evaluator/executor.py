"""Executor of the node `slices`."""

import json
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact, artifact_utils

from components.base import progress
from components.base.plural import plural
from components.evaluator.metrics_reader import read_slices


class Executor(base_executor.BaseExecutor):
    """Writes `slices.json` from what Evaluator found."""

    def Do(  # noqa: N802 (TFX's name)
        self,
        input_dict: dict[str, list[artifact.Artifact]],
        output_dict: dict[str, list[artifact.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Read `evaluation`, write `slices`."""
        slices = read_slices(Path(artifact_utils.get_single_uri(input_dict["evaluation"])), json.loads(exec_properties["classes"]))
        folder = Path(artifact_utils.get_single_uri(output_dict["slices"]))
        folder.mkdir(parents=True, exist_ok=True)
        slices.save(folder)
        for model, rows in slices.models.items():
            progress.notice("slices", f"{model}: {plural(len(rows), 'slice')} of {plural(rows[0].n, 'test image')}")
