"""Write what a finished run leaves beside its artifacts: `run.json`, `config.yaml` and the database of ML Metadata."""

import json
from pathlib import Path

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.reporter.collect import Folders
from components.reporter.run_outputs import INPUTS, PUSHED_MODEL
from tests.components.reporter.simulated import Scenario

PIPELINE = "cxr-a.b"


def write_run(
    output: Path,
    folders: Folders,
    scenario: Scenario,
    run_id: str,
    without: tuple[str, ...] = (),
    code_digests: dict[str, str] | None = None,
) -> Path:
    """Write a run whose artifacts lie in `folders`, inside `output/pipeline/cxr-a.b`; the nodes in `without` failed.

    Returns:
      The folder of the run.
    """
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(output / "metadata.sqlite")
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    database = _Database(metadata_store.MetadataStore(config), run_id)
    places: dict[str, list[tuple[str, Path]]] = {}
    for name, (node, key) in INPUTS.items():
        places.setdefault(node, []).append((key, getattr(folders, name)))
    for node, outputs in places.items():
        database.put(node, [] if node in without else outputs, (code_digests or {}).get(node, ""))
    pushed = {"pushed_version": scenario.pushed_version} if scenario.blessed and scenario.pushed_version else {}
    database.put(PUSHED_MODEL[0], [(PUSHED_MODEL[1], output / "pipeline" / PIPELINE / "pushed")], "", pushed)
    run = output / "runs" / run_id
    run.mkdir(parents=True)
    (run / "config.yaml").write_text(scenario.config_yaml)
    about = {"run_id": run_id, "state": "blessed", "pipeline_name": PIPELINE, "phantom": scenario.phantom}
    about |= {"records": folders.records.relative_to(output).as_posix(), "tuning": "tuning/none"}
    if folders.tuning is not None:
        about["tuning"] = folders.tuning.relative_to(output).as_posix()
    (run / "run.json").write_text(json.dumps(about))
    return run


def add_report(output: Path, run_id: str, code_digest: str, report: Path) -> None:
    """Register what the reporter of a run made."""
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(output / "metadata.sqlite")
    _Database(metadata_store.MetadataStore(config), run_id).put("reporter", [("report", report)], code_digest)


class _Database:
    def __init__(self, store: metadata_store.MetadataStore, run_id: str) -> None:
        self.store = store
        self.run_id = run_id
        self.types = {name: store.put_context_type(mlmd.ContextType(name=name)) for name in ("pipeline_run", "node", "pipeline")}

    def put(self, node: str, outputs: list[tuple[str, Path]], code_digest: str, properties: dict[str, str] | None = None) -> None:
        execution = mlmd.Execution(type_id=self.store.put_execution_type(mlmd.ExecutionType(name=f"tfx.{node}")))
        execution.last_known_state = mlmd.Execution.COMPLETE if outputs else mlmd.Execution.FAILED
        if code_digest:
            execution.custom_properties["code_digest"].string_value = code_digest
        pairs = []
        for key, place in outputs:
            kind = self.store.put_artifact_type(mlmd.ArtifactType(name=f"{node}.{key}"))
            artifact = mlmd.Artifact(type_id=kind, uri=str(place))
            for name, value in (properties or {}).items():
                artifact.custom_properties[name].string_value = value
                artifact.custom_properties["pushed"].int_value = 1
            event = mlmd.Event(type=mlmd.Event.OUTPUT)
            event.path.steps.add().key = key
            event.path.steps.add().index = 0
            pairs.append((artifact, event))
        names = (("pipeline_run", self.run_id), ("node", f"{PIPELINE}.{node}"), ("pipeline", PIPELINE))
        contexts = [mlmd.Context(type_id=self.types[kind], name=name) for kind, name in names]
        self.store.put_execution(execution, pairs, contexts, reuse_context_if_already_exist=True)
