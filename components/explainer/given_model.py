"""Which model --model means, and how its run explains images."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from components.base.errors import UsageError
from components.base.run_folder import find_run
from components.explainer.config import GradcamConfig
from components.external import scored_model
from components.ingest.config import IngestConfig


@dataclass(frozen=True)
class GivenModel:
    """A trained model, and the configuration that it is explained by.

    Attributes:
      folder: holds model.keras.
      gradcam: of the run; the defaults where the model was given alone.
      ingest: the same, for what is read of an image.
      origin: where both come from, in words.
      run: its folder; None where the model was given alone.
    """

    folder: Path
    gradcam: GradcamConfig
    ingest: IngestConfig
    origin: str
    run: Path | None = None


def find_model(given: Path) -> GivenModel:
    """Find the folder with `model.keras`, and the configuration of its run.

    Args:
      given: that folder, the one above it, an output folder of run_pipeline.py (its newest run) or one run's folder.
    Raises:
      UsageError: there is no model, or one to serve alone, or the run's files are damaged or of another version.
    """
    for folder in (given, given / "keras"):
        if (folder / "model.keras").is_file():
            return GivenModel(folder, GradcamConfig(), IngestConfig(), "the defaults, for the model was given without its run")
    run = _run(given).resolve()
    try:
        place = json.loads((run / "run.json").read_text(encoding="utf-8")).get("model", "")
    except (OSError, ValueError) as error:
        raise UsageError(f"{run / 'run.json'} is damaged: {error}") from error
    folder = run.parents[1] / str(place) / "keras"
    if not place or not (folder / "model.keras").is_file():
        raise UsageError(f"--model {given}: the run has no trained model; give a run that came to its end, or a folder with model.keras")
    gradcam, ingest = _configuration(run / "config.yaml")
    return GivenModel(folder, gradcam, ingest, f"the configuration of run {run.name}", run)


def _run(given: Path) -> Path:
    try:
        return find_run(given)
    except UsageError as error:
        if not given.is_dir():
            raise
        # What there may be in its place is no folder to run anything in.
        raise UsageError(f"--model {given}: {_why_no_run(given)}") from error


def _why_no_run(given: Path) -> str:
    with suppress(UsageError):
        run = scored_model.find_model(given).run
        known = f"the newest run with this model is {run.name}" if run else "no run of an output folder around it has this model"
        advice = f"give --model {run}" if run else "give the run that trained it as --model"
        return f"is a model to serve, without the model.keras that is explained; {known}: {advice}"
    return "holds no run and no model.keras; give an output folder of run_pipeline.py, one of its runs, or a folder with model.keras"


def _configuration(file: Path) -> tuple[GradcamConfig, IngestConfig]:
    try:
        tree: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        return GradcamConfig.model_validate(tree["explainer"]["gradcam"]), IngestConfig.model_validate(tree["ingest"])
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError) as error:
        why = f"{len(error.errors())} keys do not fit" if isinstance(error, ValidationError) else f"{type(error).__name__}: {error}"
        raise UsageError(
            f"{file} is damaged or of another version ({' '.join(why.split())}); give the folder with model.keras to explain by defaults"
        ) from error
