"""Ask ML Metadata how each node of a run ended.

The local loop of TFX goes on after an input could not be resolved and exits 0; what the database says is the truth.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration.metadata import Metadata


class State(str, Enum):
    """How a node ended in one run."""

    COMPLETE = "complete"
    CACHED = "cached"
    FAILED = "failed"
    ABSENT = "absent"

    @property
    def is_good(self) -> bool:
        """Whether what depends on the node may use its output."""
        return self in (State.COMPLETE, State.CACHED)


@dataclass(frozen=True)
class NodeVerdict:
    """The state of one node in one run."""

    node: str
    state: State
    seconds: float


_STATES = {
    metadata_store_pb2.Execution.COMPLETE: State.COMPLETE,
    metadata_store_pb2.Execution.CACHED: State.CACHED,
}


def judge(connection: Any, run_id: str, nodes: Iterable[str]) -> list[NodeVerdict]:
    """Judge the nodes of one run.

    Args:
      connection: the connection configuration of the database.
      run_id: the run's id, the name of its `pipeline_run` context.
      nodes: ids of the nodes that the run has.
    Returns:
      One verdict a node, in the given order; ABSENT where no execution was registered, FAILED for any state but
      COMPLETE and CACHED, an execution still marked as running included.
    """
    with Metadata(connection) as handle:
        store = handle.store
        context = store.get_context_by_type_and_name("pipeline_run", run_id)
        executions = store.get_executions_by_context(context.id) if context else []
        latest: dict[str, metadata_store_pb2.Execution] = {}
        for execution in sorted(executions, key=lambda item: item.id):
            for candidate in store.get_contexts_by_execution(execution.id):
                if candidate.type == "node":
                    latest[candidate.name.rsplit(".", 1)[-1]] = execution
    return [_verdict(node, latest.get(node)) for node in nodes]


def _verdict(node: str, execution: metadata_store_pb2.Execution | None) -> NodeVerdict:
    if execution is None:
        return NodeVerdict(node, State.ABSENT, 0.0)
    state = _STATES.get(execution.last_known_state, State.FAILED)
    seconds = (execution.last_update_time_since_epoch - execution.create_time_since_epoch) / 1000
    return NodeVerdict(node, state, max(seconds, 0.0))
