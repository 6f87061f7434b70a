"""Executor of the node that explains predictions."""

from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact, artifact_utils

from components.base.errors import UserError
from components.base.split_files import split_files
from components.explainer.concept_study import Study, write_concepts
from components.explainer.config import ExplainerConfig
from components.explainer.explanations import test_rows, write_explanations
from components.explainer.phantom_truth import Phantom
from components.explainer.trained_model import load_model
from components.phantom.config import PhantomConfig
from components.predictions.table import FILE_NAME, Predictions


class Executor(base_executor.BaseExecutor):
    """Reads the artifacts of model, transformed examples and predictions, and writes `cxr.Explanations` and `cxr.Concepts`."""

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
        files, raw_files = (split_files(input_dict[key], "test", key.replace("_", " ")) for key in ("transformed_examples", "examples"))
        if not predictions.is_file():
            raise UserError(f"the predictions artifact holds no {FILE_NAME}; run the predictions node again")
        config = ExplainerConfig.model_validate_json(exec_properties["config"])
        trained, seed = load_model(model / "keras"), exec_properties["seed"]
        table = test_rows(Predictions.load(predictions), trained)
        phantom = _phantom(exec_properties)
        explanations, concepts = (Path(artifact_utils.get_single_uri(output_dict[key])) for key in ("explanations", "concepts"))
        write_explanations(trained, table, files, raw_files, phantom, config.gradcam, seed, explanations)
        write_concepts(Study(trained, table, files, raw_files, phantom, config, seed), concepts)


def _phantom(exec_properties: dict[str, Any]) -> Phantom | None:
    if not exec_properties["phantom"]:
        return None
    return Phantom(Path(exec_properties["phantom_dir"]), PhantomConfig.model_validate_json(exec_properties["phantom"]))
