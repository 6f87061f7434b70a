from pathlib import Path

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.orchestration import metadata

from pipeline.verdict import State, judge


def test_only_complete_and_cached_are_good(tmp_path: Path) -> None:
    connection = metadata.sqlite_metadata_connection_config(str(tmp_path / "m.sqlite"))
    store = metadata_store.MetadataStore(connection)
    kinds = {name: store.put_context_type(mlmd.ContextType(name=name)) for name in ("node", "pipeline_run")}
    execution_type = store.put_execution_type(mlmd.ExecutionType(name="any"))

    def add(run: str, node: str, state: int) -> None:
        contexts = [mlmd.Context(type_id=kinds["pipeline_run"], name=run), mlmd.Context(type_id=kinds["node"], name=f"p.{node}")]
        execution = mlmd.Execution(type_id=execution_type, last_known_state=state)
        store.put_execution(execution, [], contexts, reuse_context_if_already_exist=True)

    add("old", "absent", mlmd.Execution.COMPLETE)
    add("new", "fine", mlmd.Execution.COMPLETE)
    add("new", "again", mlmd.Execution.CACHED)
    add("new", "broken", mlmd.Execution.FAILED)
    add("new", "killed", mlmd.Execution.RUNNING)
    add("new", "mended", mlmd.Execution.FAILED)
    add("new", "mended", mlmd.Execution.COMPLETE)

    nodes = ["fine", "again", "broken", "killed", "mended", "absent"]
    states = [verdict.state for verdict in judge(connection, "new", nodes)]
    assert states == [State.COMPLETE, State.CACHED, State.FAILED, State.FAILED, State.COMPLETE, State.ABSENT]
    assert [state.is_good for state in states] == [True, True, False, False, True, False]
    assert {verdict.state for verdict in judge(connection, "never", nodes)} == {State.ABSENT}
