"""Executor of the node that explains predictions."""

from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact, artifact_utils

from components.base.errors import UserError
from components.explainer.config import ExplainerConfig
from components.explainer.explanations import write_explanations
from components.predictions.table import FILE_NAME, Predictions


class Executor(base_executor.BaseExecutor):
    """Reads the artifacts of model, transformed examples and predictions, and writes `cxr.Explanations`."""

    def Do(  # noqa: N802 (TFX's name)
        self,
        input_dict: dict[str, list[artifact.Artifact]],
        output_dict: dict[str, list[artifact.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Explain.

        Raises:
          UserError: an input is missing or does not fit the others.
        """
        model = Path(artifact_utils.get_single_uri(input_dict["model"]))
        predictions = Path(artifact_utils.get_single_uri(input_dict["predictions"])) / FILE_NAME
        files = _test_files(input_dict["transformed_examples"])
        if not predictions.is_file():
            raise UserError(f"the predictions artifact holds no {FILE_NAME}; run the predictions node again")
        write_explanations(
            model_folder=model,
            files=files,
            predictions=Predictions.load(predictions),
            config=ExplainerConfig.model_validate_json(exec_properties["config"]).gradcam,
            seed=exec_properties["seed"],
            folder=Path(artifact_utils.get_single_uri(output_dict["explanations"])),
        )


def _test_files(examples: list[artifact.Artifact]) -> list[Path]:
    try:
        folder = Path(artifact_utils.get_split_uri(examples, "test"))
    except ValueError as error:
        raise UserError('the transformed examples have no split "test"; run transform on it') from error
    files = sorted(folder.glob("*.gz"))
    if not files:
        raise UserError('the split "test" of the transformed examples is empty; run transform again')
    return files
