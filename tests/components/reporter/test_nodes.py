import time
from pathlib import Path

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.reporter.collect_nodes import read_nodes, read_start
from components.reporter.collect_openings import read_openings


class Store:
    """Writes executions as TFX does."""

    def __init__(self, path: Path) -> None:
        config = mlmd.ConnectionConfig()
        config.sqlite.filename_uri = str(path)
        self.store = metadata_store.MetadataStore(config)
        self.types = {name: self.store.put_context_type(mlmd.ContextType(name=name)) for name in ("pipeline_run", "node", "pipeline")}
        self.artifact_type = self.store.put_artifact_type(mlmd.ArtifactType(name="Model"))

    def context(self, kind: str, name: str) -> mlmd.Context:
        return mlmd.Context(type_id=self.types[kind], name=name)

    def run(
        self,
        run: str,
        node: str,
        state: "mlmd.Execution.State",
        outputs: tuple[int, ...] = (),
        inputs: tuple[int, ...] = (),
        pipeline: str = "cxr-a.b",
        code_digest: str = "",
        custom_config: str = "",
        eval_config: str = "",
    ) -> None:
        execution_type = self.store.put_execution_type(mlmd.ExecutionType(name=f"tfx.{node}"))
        execution = mlmd.Execution(type_id=execution_type, last_known_state=state)
        if code_digest:
            execution.custom_properties["code_digest"].string_value = code_digest
        if custom_config:
            execution.custom_properties["custom_config"].string_value = custom_config
        if eval_config:
            execution.custom_properties["eval_config"].string_value = eval_config
        pairs = [(artifact, mlmd.Event(type=mlmd.Event.OUTPUT)) for artifact in self.store.get_artifacts_by_id(list(outputs))]
        for artifact in self.store.get_artifacts_by_id(list(inputs)):
            event = mlmd.Event(type=mlmd.Event.INPUT)
            event.path.steps.add().key = "model"
            event.path.steps.add().index = 0
            pairs.append((artifact, event))
        contexts = [self.context("pipeline_run", run), self.context("node", f"{pipeline}.{node}"), self.context("pipeline", pipeline)]
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


def test_openings_count_what_completed_in_the_whole_folder(tmp_path: Path) -> None:
    store = Store(tmp_path / "metadata.sqlite")
    first, second = store.artifact(), store.artifact()
    store.run("first", "evaluator", mlmd.Execution.COMPLETE, inputs=(first,))
    store.run("first", "auditor", mlmd.Execution.COMPLETE)
    store.run("first", "trainer", mlmd.Execution.COMPLETE, inputs=(second,))
    store.run("second", "evaluator", mlmd.Execution.CACHED, inputs=(first,))
    store.run("second", "predictions", mlmd.Execution.FAILED, inputs=(second,))
    store.run("third", "predictions", mlmd.Execution.COMPLETE, inputs=(second,), pipeline="cxr-other")
    found = read_openings(str(tmp_path / "metadata.sqlite"), "second")
    assert found is not None
    assert found.by_node == {"evaluator": 1, "predictions": 1, "assessor": 0, "auditor": 1, "explainer": 0}
    assert (found.total, found.same_data, found.failed, found.models) == (3, 2, 1, 2)


def test_openings_of_an_unknown_run_are_not_on_record(tmp_path: Path) -> None:
    Store(tmp_path / "metadata.sqlite")
    assert read_openings(str(tmp_path / "metadata.sqlite"), "other") is None
    assert read_openings("", "other") is None


def test_nodes_of_ours_tell_the_digest_of_their_code(tmp_path: Path) -> None:
    store = Store(tmp_path / "metadata.sqlite")
    store.run("first", "gate", mlmd.Execution.COMPLETE, code_digest="0123")
    store.run("first", "transform", mlmd.Execution.COMPLETE)
    assert [node.code_digest for node in read_nodes(str(tmp_path / "metadata.sqlite"), "first")] == ["0123", ""]


def test_a_node_of_tfx_tells_the_digest_of_the_functions_of_ours_that_it_calls(tmp_path: Path) -> None:
    store = Store(tmp_path / "metadata.sqlite")
    store.run("first", "trainer", mlmd.Execution.COMPLETE, custom_config='{"seed": 7, "code_digest": "4567"}')
    store.run("first", "pusher", mlmd.Execution.COMPLETE, custom_config="null")
    assert [node.code_digest for node in read_nodes(str(tmp_path / "metadata.sqlite"), "first")] == ["4567", ""]


def test_the_evaluator_of_tfx_tells_the_digest_of_our_metric_as_tfx_writes_it(tmp_path: Path) -> None:
    from tfx.components import Evaluator
    from tfx.types import channel, standard_artifacts

    from components.base.source_digest import source_digest
    from components.evaluator.config import EvaluatorConfig
    from components.evaluator.eval_config import make_eval_config

    made = make_eval_config(["normal", "covid19"], EvaluatorConfig())
    node = Evaluator(examples=channel.Channel(type=standard_artifacts.Examples), eval_config=made)
    store = Store(tmp_path / "metadata.sqlite")
    store.run("first", "evaluator", mlmd.Execution.COMPLETE, eval_config=node.exec_properties["eval_config"])
    store.run("first", "other", mlmd.Execution.COMPLETE, eval_config='{"metrics_specs": [{"metrics": [{"class_name": "ExampleCount"}]}]}')
    found = {node.node_id: node.code_digest for node in read_nodes(str(tmp_path / "metadata.sqlite"), "first")}
    assert found == {"evaluator": source_digest("components.evaluator.auc"), "other": ""}


def test_openings_after_the_report_are_not_among_its_own(tmp_path: Path) -> None:
    store = Store(tmp_path / "metadata.sqlite")
    store.run("first", "evaluator", mlmd.Execution.COMPLETE)
    store.run("first", "reporter", mlmd.Execution.COMPLETE)
    time.sleep(0.01)
    store.run("second", "evaluator", mlmd.Execution.COMPLETE)
    database = str(tmp_path / "metadata.sqlite")
    made = read_start(database, "first", "reporter")
    assert made is not None
    assert [found.total for until in (made, None) if (found := read_openings(database, "first", until))] == [1, 2]
    assert read_start(database, "first", "gate") is None
