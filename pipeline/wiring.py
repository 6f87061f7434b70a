"""Join configuration, data and places to a pipeline that can run here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfx.orchestration.pipeline import Pipeline

from pipeline.config import Config
from pipeline.console import Console
from pipeline.dag import Places, create_pipeline, tuning_folder
from pipeline.data import PreparedData
from pipeline.nodes import NODES
from pipeline.outputs import output_folder
from pipeline.run_record import RunRecord
from pipeline.runners import local
from pipeline.verdict import NodeVerdict, judge
from schemas.curated import write_curated_schema


@dataclass(frozen=True)
class WiredRun:
    """A pipeline with the id of its run."""

    pipeline: Pipeline
    run_id: str
    places: Places
    summary: dict[str, Any]

    def run(self, console: Console, from_node: str | None) -> list[NodeVerdict]:
        """Run every node; see pipeline.runners.local.run.

        A search that is asked for again moves its trials aside: it would find them finished.
        """
        if from_node == "tuning" and self.places.tuning.exists():
            self.places.tuning.rename(self.places.tuning.with_name(f"{self.places.tuning.name}.before-{self.run_id}"))
        return local.run(self.pipeline, self.run_id, console, from_node)

    def verdicts(self) -> list[NodeVerdict]:
        """Say how each node ended so far."""
        return judge(self._connection, self.run_id, NODES)

    def output(self, node: str, key: str) -> Path | None:
        """Find the folder of one output of this run."""
        return output_folder(self._connection, self.run_id, node, key)

    @property
    def _connection(self) -> Any:
        return self.pipeline.metadata_connection_config


def wire(config: Config, output: Path, data: PreparedData, record: RunRecord) -> WiredRun:
    """Write the curated schema of the run, note its places, and build its pipeline."""
    records = data.records
    places = Places(
        output=output,
        records=records.folder,
        schema=write_curated_schema(output / "schemas", config.data.class_map.names, config.data.columns),
        tuning=tuning_folder(config, output, records.digest),
    )
    # The name carries the identity of the data, so that no baseline crosses data sets.
    name = f"cxr-{records.digest}"
    record.note(
        pipeline_name=name,
        phantom=data.phantom is not None,
        records=records.folder.relative_to(output).as_posix(),
        tuning=places.tuning.relative_to(output).as_posix(),
    )
    return WiredRun(create_pipeline(config, places, name, data.phantom), record.run_id, places, records.summary)
