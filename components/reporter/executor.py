"""The executor of Reporter: artifacts in, `report.html` and `report.json` out."""

from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_executor
from tfx.types import artifact, artifact_utils

from components.base import progress
from components.reporter.collect import Folders, collect
from components.reporter.collect_nodes import read_nodes
from components.reporter.collect_openings import read_openings
from components.reporter.collect_provenance import describe_provenance
from components.reporter.render import render_html, render_json


class Executor(base_executor.BaseExecutor):
    """Collect and render."""

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
        progress.report("reporter", 0, 2, "reading the artifacts")
        content, pictures = collect(
            folders=_folders(input_dict, exec_properties),
            provenance=describe_provenance(
                run_id=self._run_id(),
                seed=exec_properties["seed"],
                code_digest=exec_properties["code_digest"],
                config_yaml=exec_properties["config_yaml"],
                nodes=read_nodes(exec_properties["metadata_path"], self._run_id(), self._node_id()),
                openings=read_openings(exec_properties["metadata_path"], self._run_id()),
            ),
            phantom=bool(exec_properties["phantom"]),
            pushed_version=_pushed_version(input_dict.get("pushed_model", [])),
        )
        progress.report("reporter", 1, 2, "writing the page")
        folder = Path(artifact_utils.get_single_uri(output_dict["report"]))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(render_json(content))
        (folder / "report.html").write_text(render_html(content, pictures), encoding="utf-8")
        progress.report("reporter", 2, 2, "done")

    def _run_id(self) -> str:
        return (self._context.pipeline_run_id if self._context else None) or ""

    def _node_id(self) -> str:
        node = self._context.pipeline_node if self._context else None
        return node.node_info.id if node else ""


def _folders(input_dict: dict[str, list[artifact.Artifact]], exec_properties: dict[str, Any]) -> Folders:
    keys = (
        "statistics",
        "inferred_schema",
        "curated_schema",
        "anomalies",
        "model_run",
        "slices",
        "assessment",
        "audit",
        "predictions",
        "explanations",
        "concepts",
        "blessing",
    )
    return Folders(
        **{key: Path(artifact_utils.get_single_uri(input_dict[key])) for key in keys},
        records=Path(exec_properties["records_dir"]),
        tuning=Path(exec_properties["tuning_dir"]) if exec_properties["tuning_dir"] else None,
    )


def _pushed_version(pushed: list[artifact.Artifact]) -> str:
    # Pusher emits an artifact in any case, and marks it with pushed = 1 and the version where it did push.
    if not pushed or not pushed[0].get_int_custom_property("pushed"):
        return ""
    return pushed[0].get_string_custom_property("pushed_version") or "unnamed"
