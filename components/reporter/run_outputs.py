"""What the nodes of a finished run made, by ML Metadata, so that the report can be drawn again without running anything.

The database is opened for reading alone: no execution is registered, so that no opening of the test split is counted.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_metadata import errors
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

from components.base.errors import UsageError, UserError
from components.reporter.collect_nodes import NODE_CONTEXT, RUN_CONTEXT, open_store

REPORTER = "reporter"
# Input of the reporter to the node and the output that it comes from, in the order of the data.
INPUTS = {
    "statistics": ("statistics_gen", "statistics"),
    "inferred_schema": ("schema_gen", "schema"),
    "curated_schema": ("curated_schema", "schema"),
    "anomalies": ("example_validator", "anomalies"),
    "model_run": ("trainer", "model_run"),
    "slices": ("slices", "slices"),
    "predictions": ("predictions", "predictions"),
    "assessment": ("assessor", "assessment"),
    "audit": ("auditor", "audit"),
    "blessing": ("gate", "blessing"),
    "explanations": ("explainer", "explanations"),
    "concepts": ("explainer", "concepts"),
}
# It holds nothing where the model was not blessed, and a report says so.
PUSHED_MODEL = ("pusher", "pushed_model")

_DATABASE = "metadata.sqlite"
_ENDED_WELL = (metadata_store_pb2.Execution.COMPLETE, metadata_store_pb2.Execution.CACHED)
_MADE = (metadata_store_pb2.Event.OUTPUT, metadata_store_pb2.Event.DECLARED_OUTPUT)


@dataclass(frozen=True)
class RunOutputs:
    """The outputs of one run.

    Attributes:
      run_id: its id.
      output: the output folder, absolute.
      folder: of the run, absolute.
      metadata: the database.
      records: folder that ingest wrote.
      tuning: folder of the search.
      phantom: the images are synthetic.
      configuration: YAML, as the run had it.
      found: (node, output) to its folder, of the nodes that ended well.
      pushed_version: of the pushed model; empty where nothing was pushed.
      reported_s: when the reporter began, seconds since 1970; None where it did not end well.
      reporter_code: digest of the code that drew that report; empty where there is none.
    """

    run_id: str
    output: Path
    folder: Path
    metadata: Path
    records: Path
    tuning: Path
    phantom: bool
    configuration: str
    found: dict[tuple[str, str], Path]
    pushed_version: str
    reported_s: float | None
    reporter_code: str

    def inputs(self, *names: str) -> dict[str, Path]:
        """Find inputs of the report: name to folder.

        Args:
          names: which of `INPUTS`; all by default.
        Raises:
          UsageError: the run did not come so far.
          UserError: one was removed.
        """
        wanted = {name: INPUTS[name] for name in INPUTS if not names or name in names}
        lacking = dict.fromkeys(node for node, key in wanted.values() if (node, key) not in self.found)
        if lacking:
            raise UsageError(
                f"run {self.run_id} did not come as far as its report: no finished node {', '.join(lacking)}; "
                f"run run_pipeline.py on {self.output} again, which goes on from there, or name another run"
            )
        for node, key in wanted.values():
            if not self.found[node, key].is_dir():
                raise UserError(f"run {self.run_id}: the {key} of {node} were removed; run_pipeline.py --from {node} makes them again")
        if not self.records.is_dir():
            raise UserError(f"run {self.run_id}: its records ({self.records}) were removed; run_pipeline.py makes them again from the data")
        return {name: self.found[place] for name, place in wanted.items()}


def read_run(folder: Path) -> RunOutputs:
    """Read what ML Metadata and `run.json` say of a run.

    Args:
      folder: of the run, as `components.base.run_folder.find_run` gives it.
    Raises:
      UsageError: the run failed before its first node, or the output folder lacks the database.
      UserError: the database is damaged.
    """
    folder = folder.resolve()
    output = folder.parents[1]
    about = _read_record(folder)
    database = output / _DATABASE
    if not database.is_file():
        raise UsageError(f"{database}: no such file; it says what the nodes of the run made")
    try:
        return _read(folder, output, about, database)
    except errors.StatusError as error:
        raise UserError(f"{database}: cannot be read ({' '.join(str(error).split())[:200]})") from error


def _read(folder: Path, output: Path, about: dict[str, Any], database: Path) -> RunOutputs:
    store = open_store(str(database))
    executions = _finished(store, about["run_id"])
    found, pushed_version = {}, ""
    for node, execution in executions.items():
        for event in store.get_events_by_execution_ids([execution.id]):
            if event.type not in _MADE:
                continue
            artifact = store.get_artifacts_by_id([event.artifact_id])[0]
            key = next((step.key for step in event.path.steps if step.HasField("key")), "")
            found[node, key] = _place(artifact.uri, output, about["pipeline_name"])
            if (node, key) == PUSHED_MODEL:
                pushed_version = _pushed_version(artifact)
    report = executions.get(REPORTER)
    return RunOutputs(
        run_id=about["run_id"],
        output=output,
        folder=folder,
        metadata=database,
        records=output / about["records"],
        tuning=output / about["tuning"],
        phantom=bool(about["phantom"]),
        configuration=(folder / "config.yaml").read_text(encoding="utf-8"),
        found=found,
        pushed_version=pushed_version,
        reported_s=report.create_time_since_epoch / 1000 if report else None,
        reporter_code=report.custom_properties["code_digest"].string_value if report else "",
    )


def _read_record(folder: Path) -> dict[str, Any]:
    path = folder / "run.json"
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path}: cannot be read: {error}") from error
    if not {"run_id", "pipeline_name", "records", "tuning", "phantom"} <= about.keys():
        raise UsageError(f"{folder}: this run ended before its first node ({about.get('state', 'of unknown state')}); name another run")
    return about


def _finished(store: metadata_store.MetadataStore, run_id: str) -> dict[str, metadata_store_pb2.Execution]:
    context = store.get_context_by_type_and_name(RUN_CONTEXT, run_id)
    executions = store.get_executions_by_context(context.id) if context else []
    found = {}
    for execution in sorted(executions, key=lambda item: item.id):
        if execution.last_known_state in _ENDED_WELL:
            names = [context.name for context in store.get_contexts_by_execution(execution.id) if context.type == NODE_CONTEXT]
            # The context of a node is named <pipeline>.<node>, and a pipeline's name may hold a dot.
            found.update({name.rsplit(".", 1)[-1]: execution for name in names})
    return found


def _place(uri: str, output: Path, pipeline_name: str) -> Path:
    """Find an artifact in the output folder as it lies now: the database names the place that it had when it was made."""
    parts = Path(uri).parts
    if pipeline_name not in parts:
        return Path(uri)
    start = len(parts) - 1 - parts[::-1].index(pipeline_name)
    return output.joinpath("pipeline", *parts[start:])


def _pushed_version(artifact: metadata_store_pb2.Artifact) -> str:
    # Pusher emits an artifact in any case, and marks it with pushed = 1 and the version where it did push.
    properties = artifact.custom_properties
    if "pushed" not in properties or not properties["pushed"].int_value:
        return ""
    return properties["pushed_version"].string_value or "unnamed"
