"""How often the test split was opened, as ML Metadata recorded it: each opening wears a test set out a little."""

from dataclasses import dataclass
from pathlib import Path

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

from components.reporter.collect_nodes import NODE_CONTEXT, RUN_CONTEXT, open_store

# The nodes that score answers on the test split. Statistics and Transform pass over its images and look at no answer.
READERS = ("evaluator", "predictions", "assessor", "auditor", "explainer")
_PIPELINE_CONTEXT = "pipeline"


@dataclass(frozen=True)
class Openings:
    """Executions that read the test split and completed, in the whole database of the output folder.

    Attributes:
      total: of all runs; a run that took a node from the cache opened nothing with it.
      same_data: those of exactly the data of this run.
      by_node: node to its share of `total`.
      failed: executions of these nodes that failed or never ended, and may have read.
      models: trained models that the evaluator or the predictions were made of.
    """

    total: int
    same_data: int
    by_node: dict[str, int]
    failed: int
    models: int


def read_openings(metadata_path: str, run_id: str, until_s: float | None = None) -> Openings | None:
    """Count the openings of the test split.

    Args:
      metadata_path: SQLite file of ML Metadata; "" where there is none.
      run_id: the pipeline run's id, which says which data are the same.
      until_s: executions that began later do not count, seconds since 1970; None counts all.
    Returns:
      The counts; None where the file does not know the run.
    """
    if not metadata_path or not Path(metadata_path).is_file():
        return None
    store = open_store(metadata_path)
    run = store.get_context_by_type_and_name(RUN_CONTEXT, run_id)
    if run is None:
        return None
    pipeline = _pipeline(store, run)
    by_node, failed, same, reading = dict.fromkeys(READERS, 0), 0, 0, []
    for context in store.get_contexts_by_type(NODE_CONTEXT):
        name, _, node = context.name.rpartition(".")
        if node not in by_node:
            continue
        for execution in store.get_executions_by_context(context.id):
            if until_s is not None and execution.create_time_since_epoch / 1000 > until_s:
                continue
            if execution.last_known_state == metadata_store_pb2.Execution.COMPLETE:
                by_node[node] += 1
                same += name == pipeline
                reading += [execution.id] if node in ("evaluator", "predictions") else []
            elif execution.last_known_state != metadata_store_pb2.Execution.CACHED:
                failed += 1
    return Openings(sum(by_node.values()), same, by_node, failed, _models(store, reading))


def _pipeline(store: metadata_store.MetadataStore, run: metadata_store_pb2.Context) -> str:
    for execution in store.get_executions_by_context(run.id):
        for context in store.get_contexts_by_execution(execution.id):
            if context.type == _PIPELINE_CONTEXT:
                return str(context.name)
    return ""


def _models(store: metadata_store.MetadataStore, executions: list[int]) -> int:
    events = store.get_events_by_execution_ids(executions) if executions else []
    return len(
        {event.artifact_id for event in events if event.type == metadata_store_pb2.Event.INPUT and _key(event) == "model"},
    )


def _key(event: metadata_store_pb2.Event) -> str:
    return next((step.key for step in event.path.steps if step.HasField("key")), "")
