"""The executor of Reporter: artifacts in, `report.html` and `report.json` out."""

from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact, artifact_utils

from components.reporter.collect import Folders
from components.reporter.collect_nodes import read_start
from components.reporter.draw import Told, draw
from components.reporter.run_outputs import INPUTS


class Executor(base_executor.BaseExecutor):
    """Draw."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[artifact.Artifact]],
        output_dict: dict[str, list[artifact.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Write the report of the run that this node is part of.

        Args:
          input_dict: see component.ReporterSpec; `pushed_model` may be absent or empty.
          output_dict: `report`.
          exec_properties: see component.ReporterSpec.
        """
        node_id = self._node_id()
        told = Told(
            run_id=self._run_id(),
            node_id=node_id,
            seed=exec_properties["seed"],
            code_digest=exec_properties["code_digest"],
            configuration=exec_properties["config_yaml"],
            metadata_path=exec_properties["metadata_path"],
            phantom=bool(exec_properties["phantom"]),
            pushed_version=_pushed_version(input_dict.get("pushed_model", [])),
            made_s=read_start(exec_properties["metadata_path"], self._run_id(), node_id),
        )
        draw(_folders(input_dict, exec_properties), told, Path(artifact_utils.get_single_uri(output_dict["report"])))

    def _run_id(self) -> str:
        return (self._context.pipeline_run_id if self._context else None) or ""

    def _node_id(self) -> str:
        node = self._context.pipeline_node if self._context else None
        return node.node_info.id if node else ""


def _folders(input_dict: dict[str, list[artifact.Artifact]], exec_properties: dict[str, Any]) -> Folders:
    return Folders(
        **{key: Path(artifact_utils.get_single_uri(input_dict[key])) for key in INPUTS},
        records=Path(exec_properties["records_dir"]),
        tuning=Path(exec_properties["tuning_dir"]) if exec_properties["tuning_dir"] else None,
    )


def _pushed_version(pushed: list[artifact.Artifact]) -> str:
    # Pusher emits an artifact in any case, and marks it with pushed = 1 and the version where it did push.
    if not pushed or not pushed[0].get_int_custom_property("pushed"):
        return ""
    return pushed[0].get_string_custom_property("pushed_version") or "unnamed"
