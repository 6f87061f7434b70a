"""Find the model that --model means, and the run that trained it."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from components.base.errors import UsageError
from components.base.run_folder import find_run
from components.ingest.checksums import sha256_of

_GRAPH = "saved_model.pb"
_SERVING = "Format-Serving"
# From OUTPUT/pipeline/NAME/trainer/model/ID/Format-Serving up to OUTPUT.
_LEVELS = 6


@dataclass(frozen=True)
class ScoredModel:
    """A SavedModel.

    Attributes:
      folder: where it lies.
      digest: 16 hex digits of its graph and weights.
      run: folder of the run that trained it; None where none is known.
    """

    folder: Path
    digest: str
    run: Path | None


def find_model(given: Path, run: Path | None = None) -> ScoredModel:
    """Find a model.

    Args:
      given: a SavedModel, the folder above it, a folder of versions such as OUTPUT/serving (the newest is meant), an output folder
        of run_pipeline.py (its newest run) or one run's folder.
      run: an output folder or a run, which must have trained this model; None looks in the output folder that the model lies in.
    Raises:
      UsageError: there is no model, or `run` trained another one.
    """
    folder, known = _find(given)
    digest = model_digest(folder)
    if run is not None:
        known = find_run(run)
        if _digest_of_run(known) != digest:
            raise UsageError(f"--run {run}: this run trained another model than {folder}, or its model is gone")
    return ScoredModel(folder, digest, known or next(_runs_that_trained(folder, digest), None))


def model_digest(folder: Path) -> str:
    """Digest graph and weights of a SavedModel: 16 hex digits, the same for a copy of it."""
    digest = hashlib.sha256()
    for path in [folder / _GRAPH, *sorted((folder / "variables").glob("*"))]:
        digest.update(path.name.encode() + b"\0" + bytes.fromhex(sha256_of(path)))
    return digest.hexdigest()[:16]


def _find(given: Path) -> tuple[Path, Path | None]:
    for folder in (given, given / _SERVING):
        if (folder / _GRAPH).is_file():
            return folder, None
    versions = [path.parent for path in given.glob(f"*/{_GRAPH}") if path.parent.name.isdecimal()]
    if versions:
        return max(versions, key=lambda path: int(path.name)), None
    if not given.is_dir():
        raise UsageError(f"--model {given}: no such folder; give OUTPUT/serving/VERSION of a run, or its output folder")
    try:
        run = find_run(given)
    except UsageError as error:
        raise UsageError(f"--model {given}: holds no {_GRAPH} and no run; give OUTPUT/serving/VERSION, or an output folder") from error
    trained = _model_of_run(run)
    if trained is None:
        raise UsageError(f"--model {given}: the run has no trained model; give a run that came to its end, or OUTPUT/serving/VERSION")
    return trained, run


def _runs_that_trained(folder: Path, digest: str) -> Iterator[Path]:
    for place in [*folder.resolve().parents][:_LEVELS]:
        for record in sorted(place.glob("runs/*/run.json"), reverse=True):
            # A folder of this name above a model that was copied there may be anything.
            with suppress(UsageError):
                if _digest_of_run(record.parent) == digest:
                    yield record.parent


def _digest_of_run(run: Path) -> str:
    folder = _model_of_run(run)
    return model_digest(folder) if folder is not None else ""


def _model_of_run(run: Path) -> Path | None:
    """Find the SavedModel of a run; None where it trained none, or it is gone."""
    try:
        place = json.loads((run / "run.json").read_text(encoding="utf-8")).get("model", "")
    except (OSError, ValueError) as error:
        raise UsageError(f"{run / 'run.json'} is damaged: {error}") from error
    folder = run.resolve().parents[1] / str(place) / _SERVING
    return folder if place and (folder / _GRAPH).is_file() else None
