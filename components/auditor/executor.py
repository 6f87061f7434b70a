"""Executor of the node that audits a model."""

import json
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact, artifact_utils

from components.auditor.config import AuditorConfig
from components.auditor.study import STAGE, Study, make_audit
from components.auditor.verdict import headline
from components.base import progress
from components.base.errors import UserError
from components.base.split_files import split_files
from components.explainer.trained_model import load_model
from components.phantom.config import PhantomConfig
from components.predictions.table import FILE_NAME, Predictions
from schemas import features


class Executor(base_executor.BaseExecutor):
    """Reads the artifacts of examples, model and predictions, and writes `cxr.Audit`."""

    def Do(  # noqa: N802 (TFX's name)
        self,
        input_dict: dict[str, list[artifact.Artifact]],
        output_dict: dict[str, list[artifact.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Audit.

        Raises:
          UserError: an input is missing or does not fit the others.
        """
        predictions = Path(artifact_utils.get_single_uri(input_dict["predictions"])) / FILE_NAME
        if not predictions.is_file():
            raise UserError(f"the predictions artifact holds no {FILE_NAME}; run the predictions node again")
        study = Study(
            trained=load_model(Path(artifact_utils.get_single_uri(input_dict["model"])) / "keras"),
            predictions=Predictions.load(predictions),
            transformed=_files(input_dict["transformed_examples"], "transformed examples"),
            ingested=_files(input_dict["examples"], "examples"),
            phantom=PhantomConfig.model_validate_json(exec_properties["phantom"]) if exec_properties["phantom"] else None,
            crossings=json.loads(exec_properties["slices"]),
            config=AuditorConfig.model_validate_json(exec_properties["config"]),
            seed=exec_properties["seed"],
            least_in_pair=exec_properties["least_in_pair"],
        )
        audit = make_audit(study)
        folder = Path(artifact_utils.get_single_uri(output_dict["audit"]))
        folder.mkdir(parents=True, exist_ok=True)
        audit.save(folder)
        progress.notice(STAGE, headline(audit))


def _files(examples: list[artifact.Artifact], what: str) -> dict[str, list[Path]]:
    return {split: split_files(examples, split, what) for split in features.SPLITS}
