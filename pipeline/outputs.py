"""Find what a run made, by ML Metadata."""

from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration.metadata import Metadata

_OUTPUTS = (metadata_store_pb2.Event.OUTPUT, metadata_store_pb2.Event.DECLARED_OUTPUT)


def output_folder(connection: Any, run_id: str, node: str, key: str) -> Path | None:
    """Find the folder of one output of one node in one run, cached or fresh.

    Args:
      connection: the connection configuration of the database.
      run_id: the run's id.
      node: id of the node.
      key: name of the output channel, such as "report".
    Returns:
      The folder, or None where the node made no such output in this run.
    """
    with Metadata(connection) as handle:
        store = handle.store
        context = store.get_context_by_type_and_name("pipeline_run", run_id)
        if context is None:
            return None
        executions = {execution.id: execution for execution in store.get_executions_by_context(context.id)}
        found: Path | None = None
        for event in store.get_events_by_execution_ids(sorted(executions)):
            names = [step.key for step in event.path.steps if step.HasField("key")]
            if event.type in _OUTPUTS and names == [key] and _is_of(store, event.execution_id, node):
                found = Path(store.get_artifacts_by_id([event.artifact_id])[0].uri)
        return found


def _is_of(store: Any, execution_id: int, node: str) -> bool:
    contexts = store.get_contexts_by_execution(execution_id)
    return any(context.type == "node" and context.name.rsplit(".", 1)[-1] == node for context in contexts)
