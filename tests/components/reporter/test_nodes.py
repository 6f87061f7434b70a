from pathlib import Path

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.reporter.collect_nodes import read_nodes


class Store:
    """Writes executions as TFX does."""

    def __init__(self, path: Path) -> None:
        config = mlmd.ConnectionConfig()
        config.sqlite.filename_uri = str(path)
        self.store = metadata_store.MetadataStore(config)
        self.types = {name: self.store.put_context_type(mlmd.ContextType(name=name)) for name in ("pipeline_run", "node")}
        self.artifact_type = self.store.put_artifact_type(mlmd.ArtifactType(name="Model"))

    def context(self, kind: str, name: str) -> mlmd.Context:
        return mlmd.Context(type_id=self.types[kind], name=name)

    def run(
        self, run: str, node: str, state: "mlmd.Execution.State", outputs: tuple[int, ...] = (), event: int = mlmd.Event.OUTPUT
    ) -> None:
        execution_type = self.store.put_execution_type(mlmd.ExecutionType(name=f"tfx.{node}"))
        execution = mlmd.Execution(type_id=execution_type, last_known_state=state)
        pairs = [(artifact, mlmd.Event(type=event)) for artifact in self.store.get_artifacts_by_id(list(outputs))]
        contexts = [self.context("pipeline_run", run), self.context("node", f"cxr-a.b.{node}")]
        self.store.put_execution(execution, pairs, contexts, reuse_context_if_already_exist=True)

    def artifact(self) -> int:
        return self.store.put_artifacts([mlmd.Artifact(type_id=self.artifact_type, uri="x")])[0]


def test_nodes_of_the_run_in_order(tmp_path: Path) -> None:
    store = Store(tmp_path / "metadata.sqlite")
    made, unknown = store.artifact(), store.artifact()
    store.run("first", "trainer", mlmd.Execution.COMPLETE, (made,))
    store.run("second", "transform", mlmd.Execution.COMPLETE)
    store.run("second", "trainer", mlmd.Execution.CACHED, (made,))
    store.run("second", "evaluator", mlmd.Execution.CACHED, (unknown,))
    store.run("second", "pusher", mlmd.Execution.FAILED)
    store.run("second", "reporter", mlmd.Execution.RUNNING)
    nodes = read_nodes(str(tmp_path / "metadata.sqlite"), "second", this_node="reporter")
    assert [(node.node_id, node.state) for node in nodes] == [
        ("transform", "complete"),
        ("trainer", "cached"),
        ("evaluator", "cached"),
        ("pusher", "failed"),
    ]
    assert nodes[0].seconds is not None
    assert nodes[1].seconds is not None
    assert nodes[2].seconds is None
    assert 0 <= nodes[0].seconds < 60


def test_an_unknown_run_has_no_nodes(tmp_path: Path) -> None:
    Store(tmp_path / "metadata.sqlite")
    assert read_nodes(str(tmp_path / "metadata.sqlite"), "other") == ()
    assert read_nodes(str(tmp_path / "absent.sqlite"), "other") == ()
    assert read_nodes("", "other") == ()
    assert not (tmp_path / "absent.sqlite").exists()
