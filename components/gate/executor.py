"""Executor of the node `gate`."""

import json
import logging
from pathlib import Path
from typing import Any

from tfx.components.evaluator import constants
from tfx.dsl.components.base import base_executor
from tfx.types import artifact, artifact_utils

from components.auditor.audit import Audit
from components.base import progress
from components.evaluator.slices import Slices
from components.gate.config import GateConfig
from components.gate.decide import decide, decision, is_blessed

FILE_NAME = "gate.json"

_LOGGER = logging.getLogger(__name__)


class Executor(base_executor.BaseExecutor):
    """Blesses the model, or not."""

    def Do(  # noqa: N802 (TFX's name)
        self,
        input_dict: dict[str, list[artifact.Artifact]],
        output_dict: dict[str, list[artifact.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Read `slices` and `audit`, write `blessing` with the properties that TFX's Evaluator would set."""
        slices = Slices.load(Path(artifact_utils.get_single_uri(input_dict["slices"])))
        audit = Audit.load(Path(artifact_utils.get_single_uri(input_dict["audit"]))) if input_dict.get("audit") else None
        checks = decide(slices, GateConfig.model_validate_json(exec_properties["config"]), audit)
        blessed = is_blessed(checks)

        blessing = artifact_utils.get_single_instance(output_dict["blessing"])
        folder = Path(blessing.uri)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE_NAME).write_text(json.dumps(decision(checks), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        (folder / (constants.BLESSED_FILE_NAME if blessed else constants.NOT_BLESSED_FILE_NAME)).touch()
        model = artifact_utils.get_single_instance(input_dict["model"])
        blessing.set_string_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_URI_KEY, model.uri)
        blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY, model.id)
        if input_dict.get("baseline_model"):
            baseline = artifact_utils.get_single_instance(input_dict["baseline_model"])
            blessing.set_string_custom_property(constants.ARTIFACT_PROPERTY_BASELINE_MODEL_URI_KEY, baseline.uri)
            blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BASELINE_MODEL_ID_KEY, baseline.id)
        verdict = constants.BLESSED_VALUE if blessed else constants.NOT_BLESSED_VALUE
        blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, verdict)

        progress.notice("gate", "the model is blessed" if blessed else "the model is not blessed")
        # The console tells at the end what failed; all checks stand in the log, gate.json and the report.
        for check in checks:
            _LOGGER.info("%s: %s", check.result, check.text)
