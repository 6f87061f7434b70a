"""The nodes of a run, as ML Metadata recorded them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

RUN_CONTEXT = "pipeline_run"
NODE_CONTEXT = "node"


@dataclass(frozen=True)
class Node:
    """One node: its state ("complete", "cached", ...), and seconds of the execution that made its outputs.

    `seconds` of a cached node is the time that it took when it ran, where that is on record. `code_digest` is that of the
    source of ours behind a node; empty where there is none.
    """

    node_id: str
    state: str
    seconds: float | None
    started_s: float
    code_digest: str = ""


def read_nodes(metadata_path: str, run_id: str, this_node: str = "") -> tuple[Node, ...]:
    """List the executions of a run.

    Args:
      metadata_path: SQLite file of ML Metadata; "" where there is none.
      run_id: the pipeline run's id.
      this_node: id of the node that asks, which is left out since it is still running.
    Returns:
      The nodes in the order in which they started; empty where the file does not know the run.
    """
    if not metadata_path or not Path(metadata_path).is_file():
        return ()
    store = open_store(metadata_path)
    context = store.get_context_by_type_and_name(RUN_CONTEXT, run_id)
    if context is None:
        return ()
    nodes = [_node(store, execution) for execution in store.get_executions_by_context(context.id)]
    return tuple(sorted((node for node in nodes if node.node_id != this_node), key=lambda node: node.started_s))


def read_start(metadata_path: str, run_id: str, node_id: str) -> float | None:
    """Find when a node of a run began, seconds since 1970; None where it is not on record."""
    return next((node.started_s for node in read_nodes(metadata_path, run_id) if node.node_id == node_id), None)


def open_store(metadata_path: str) -> metadata_store.MetadataStore:
    """Open a database of ML Metadata for reading alone."""
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = metadata_path
    config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READONLY
    return metadata_store.MetadataStore(config)


def _node(store: metadata_store.MetadataStore, execution: metadata_store_pb2.Execution) -> Node:
    state = metadata_store_pb2.Execution.State.Name(execution.last_known_state).lower()
    contexts = store.get_contexts_by_execution(execution.id)
    name = next((context.name for context in contexts if context.type == NODE_CONTEXT), execution.name)
    return Node(
        # The context of a node is named <pipeline>.<node>, and a pipeline's name may hold a dot.
        node_id=name.rsplit(".", 1)[-1],
        state=state,
        seconds=_seconds(_original(store, execution) if state == "cached" else execution),
        started_s=execution.create_time_since_epoch / 1000,
        code_digest=_code_digest(execution),
    )


def _code_digest(execution: metadata_store_pb2.Execution) -> str:
    properties = execution.custom_properties
    if "code_digest" in properties:
        return str(properties["code_digest"].string_value)
    # A node that TFX ships is told of the functions of ours that it calls in its custom_config; Evaluator of our metric in its eval_config.
    settings = _settings(execution, "custom_config")
    if "code_digest" in settings:
        return str(settings["code_digest"])
    metrics = [metric for spec in _settings(execution, "eval_config").get("metrics_specs", []) for metric in spec.get("metrics", [])]
    digests = [json.loads(metric.get("config") or "{}").get("code_digest") for metric in metrics]
    return ", ".join(dict.fromkeys(str(digest) for digest in digests if digest))


def _settings(execution: metadata_store_pb2.Execution, name: str) -> dict[str, Any]:
    properties = execution.custom_properties
    settings = json.loads(properties[name].string_value or "null") if name in properties else None
    return settings if isinstance(settings, dict) else {}


def _original(store: metadata_store.MetadataStore, cached: metadata_store_pb2.Execution) -> metadata_store_pb2.Execution | None:
    outputs = [
        event.artifact_id
        for event in store.get_events_by_execution_ids([cached.id])
        if event.type in (metadata_store_pb2.Event.OUTPUT, metadata_store_pb2.Event.DECLARED_OUTPUT)
    ]
    makers = {event.execution_id for event in store.get_events_by_artifact_ids(outputs)} if outputs else set()
    complete = metadata_store_pb2.Execution.COMPLETE
    made = [execution for execution in store.get_executions_by_id(sorted(makers)) if execution.last_known_state == complete]
    return made[0] if made else None


def _seconds(execution: metadata_store_pb2.Execution | None) -> float | None:
    if execution is None or execution.last_known_state not in (
        metadata_store_pb2.Execution.COMPLETE,
        metadata_store_pb2.Execution.FAILED,
    ):
        return None
    milliseconds: int = execution.last_update_time_since_epoch - execution.create_time_since_epoch
    return milliseconds / 1000
