"""Executor of the node `assessor`."""

from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact, artifact_utils
from tfx.utils import path_utils

from components.base import progress
from components.base.plural import plural
from components.evaluator.assess import assess
from components.evaluator.config import EvaluatorConfig
from components.predictions.table import Predictions
from components.trainer.training_data import load_training_data


class Executor(base_executor.BaseExecutor):
    """Writes `assessment.json`."""

    def Do(  # noqa: N802 (TFX's name)
        self,
        input_dict: dict[str, list[artifact.Artifact]],
        output_dict: dict[str, list[artifact.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Read `predictions` and what lies beside `model`, write `assessment`."""
        table = Predictions.load(Path(artifact_utils.get_single_uri(input_dict["predictions"])))
        model = Path(path_utils.serving_model_path(artifact_utils.get_single_uri(input_dict["model"])))
        config = EvaluatorConfig.model_validate_json(exec_properties["config"])
        assessment = assess(table, config, exec_properties["seed"], load_training_data(model).temperature)
        folder = Path(artifact_utils.get_single_uri(output_dict["assessment"]))
        folder.mkdir(parents=True, exist_ok=True)
        assessment.save(folder)
        test = assessment.splits["test"]
        text = f"{plural(test['images'], 'test image')} of {plural(test['patients'], 'patient')}, {plural(len(assessment.slices), 'slice')}"
        progress.notice("assessor", f"{text}, {assessment.draws} draws of patients")
