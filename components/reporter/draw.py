"""Draw the report of a run: its artifacts in, `report.html` and `report.json` out. The node and the command share it."""

from dataclasses import dataclass
from pathlib import Path

from components.base import progress
from components.ingest.atomic_file import write_atomically
from components.reporter.collect import Folders, collect
from components.reporter.collect_nodes import read_nodes
from components.reporter.collect_openings import read_openings
from components.reporter.collect_provenance import describe_provenance
from components.reporter.render import render_html, render_json

PAGE, NUMBERS = "report.html", "report.json"


@dataclass(frozen=True)
class Told:
    """What the artifacts do not know.

    Attributes:
      run_id: of the run.
      node_id: of the reporter in it, which is left out of the nodes.
      seed: of the run.
      code_digest: of the code that draws.
      configuration: YAML.
      metadata_path: SQLite file of ML Metadata; "" where there is none.
      phantom: the images are synthetic.
      pushed_version: name of the version that Pusher made; empty where nothing was pushed.
      made_s: the time that the report bears and up to which openings are counted, seconds since 1970; None for now. The node and
        the command take the begin of the node's execution, so that both write the same bytes.
    """

    run_id: str
    node_id: str
    seed: int
    code_digest: str
    configuration: str
    metadata_path: str
    phantom: bool
    pushed_version: str
    made_s: float | None


def draw(folders: Folders, told: Told, target: Path) -> None:
    """Write the report into a folder, which is made where it is missing."""
    progress.report("reporter", 0, 2, "reading the artifacts")
    content, pictures = collect(
        folders=folders,
        provenance=describe_provenance(
            run_id=told.run_id,
            seed=told.seed,
            code_digest=told.code_digest,
            config_yaml=told.configuration,
            nodes=read_nodes(told.metadata_path, told.run_id, told.node_id),
            openings=read_openings(told.metadata_path, told.run_id, told.made_s),
            made_s=told.made_s,
        ),
        phantom=told.phantom,
        pushed_version=told.pushed_version,
    )
    progress.report("reporter", 1, 2, "writing the page")
    target.mkdir(parents=True, exist_ok=True)
    write_atomically(target / NUMBERS, render_json(content))
    write_atomically(target / PAGE, render_html(content, pictures))
    progress.report("reporter", 2, 2, "done")
