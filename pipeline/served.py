"""The model that an output folder serves: which run pushed it, and of which data."""

import json
from dataclasses import dataclass
from pathlib import Path

from components.base.errors import UsageError
from pipeline.config import Config


@dataclass(frozen=True)
class Served:
    """The run whose model was pushed last.

    Attributes:
      run_id: of the run.
      pipeline_name: carries the identity of its data; models of one name are compared before one takes the other's place.
      phantom: whether its images are the built-in phantom's.
    """

    run_id: str
    pipeline_name: str
    phantom: bool


def served_model(output: Path) -> Served | None:
    """Find the run that pushed last, by the records of the runs; None where no model is served.

    A run whose push was cached pushed nothing.
    """
    for path in sorted(output.glob("runs/*/run.json"), reverse=True):
        facts = json.loads(path.read_text(encoding="utf-8"))
        states = {node["node"]: node["state"] for node in facts.get("nodes", [])}
        if facts.get("state") == "blessed" and states.get("pusher") == "complete":
            return Served(facts["run_id"], facts.get("pipeline_name", ""), facts.get("phantom", False))
    return None


def refuse_phantom_over_images(config: Config, output: Path) -> None:
    """Keep a model of the phantom from the place where a model of images is served.

    Raises:
      UsageError: the run is of the phantom, and the served model is not.
    """
    served = None if config.data.sources else served_model(output)
    if served is not None and not served.phantom:
        raise UsageError(
            f"--output {output}: its serving/ holds the model of run {served.run_id}, which was trained on images; a model of the built-in "
            "phantom would take its place. Give --output another folder, or --data"
        )
