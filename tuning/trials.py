"""What is known of the trials of a search: read from its folder and written for others, without Keras.

A search's folder holds, for each trial, Keras Tuner's `trial_<id>/trial.json` and our `trial_<id>/record.json` beside it, which
has what Keras Tuner does not keep: seconds, epochs, curves, number of weights and why a trial failed.
"""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

OBJECTIVE: Final = "val_macro_recall"
DIRECTION: Final = "max"
SEARCH_FILE: Final = "search.json"
TRIALS_FILE: Final = "trials.json"
TRIAL_FILE: Final = "trial.json"
RECORD_FILE: Final = "record.json"
ORACLE_FILE: Final = "oracle.json"

COMPLETED: Final = "completed"
FAILED: Final = "failed"
RUNNING: Final = "running"
INTERRUPTED: Final = "interrupted"
_STATUS: Final = {"COMPLETED": COMPLETED, "FAILED": FAILED, "INVALID": FAILED, "RUNNING": RUNNING}


@dataclass(frozen=True)
class Trial:
    """One trial. `score` is the best objective of its epochs, in [0, 1]; None unless it completed. `worker` is the process that had it."""

    trial_id: str
    status: str
    score: float | None = None
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    epochs: int = 0
    seconds: float = 0.0
    parameter_count: int | None = None
    reason: str | None = None
    curves: dict[str, list[float | None]] = field(default_factory=dict)
    worker: str | None = None


@dataclass(frozen=True)
class Search:
    """A search and its trials in the order of their start.

    `redrawn` counts the candidates that were over the budget, `redrawn_by_reason` the same by the key of the limit.
    """

    trials: tuple[Trial, ...]
    algorithm: str = "unknown"
    objective: str = OBJECTIVE
    direction: str = DIRECTION
    max_trials: int | None = None
    redrawn: int = 0
    redrawn_by_reason: dict[str, int] = field(default_factory=dict)


def objective_name(objective: str) -> str:
    """Name the metric of the logs that a search goes by, such as val_macro_recall."""
    return f"val_{objective}"


def is_search_folder(folder: Path) -> bool:
    """Return whether a folder holds a search."""
    return any((folder / name).is_file() for name in (SEARCH_FILE, TRIALS_FILE, ORACLE_FILE))


def read_search(folder: Path) -> Search:
    """Read the folder of a search; a file that is torn or absent costs its trial what it held, never the rest.

    Args:
      folder: the folder that Keras Tuner and our record write to.
    """
    about = read_json(folder / SEARCH_FILE) or {}
    oracle = read_json(folder / ORACLE_FILE) or {}
    trials = [read_trial(path) for path in folder.glob("trial_*") if path.is_dir()]
    redrawn = {reason: int(count) for reason, count in oracle.get("redrawn", {}).items()}
    order = {trial_id: place for place, trial_id in enumerate(oracle.get("start_order", []))}
    trials.sort(key=lambda trial: (order.get(trial.trial_id, len(order)), trial.trial_id))
    return Search(
        trials=tuple(trials),
        algorithm=str(about.get("algorithm", "unknown")),
        objective=str(about.get("objective", OBJECTIVE)),
        direction=str(about.get("direction", DIRECTION)),
        max_trials=about.get("max_trials"),
        redrawn=sum(redrawn.values()),
        redrawn_by_reason=redrawn,
    )


def read_trial(folder: Path) -> Trial:
    """Read one trial from its folder `trial_<id>`."""
    trial_id = folder.name.removeprefix("trial_")
    kept = read_json(folder / TRIAL_FILE)
    record = read_json(folder / RECORD_FILE) or {}
    if kept is None:
        status = str(record.get("status", FAILED))
        reason = record.get("reason") or ("its files are unreadable" if not record else None)
        score, values = record.get("score"), record.get("hyperparameters", {}).get("values", {})
    else:
        status = _STATUS.get(str(kept.get("status")), RUNNING)
        if status == RUNNING and record.get("status") == INTERRUPTED:
            status = INTERRUPTED
        reason = record.get("reason") or (_last_line(kept.get("message")) if status == FAILED else None)
        score, values = kept.get("score"), kept.get("hyperparameters", {}).get("values", {})
    return Trial(
        trial_id=trial_id,
        status=status,
        score=finite(score) if status == COMPLETED else None,
        # Hyperband keeps its bookkeeping among the values.
        hyperparameters={name: value for name, value in values.items() if not name.startswith("tuner/")},
        epochs=int(record.get("epochs", 0)),
        seconds=float(record.get("seconds", 0.0)),
        parameter_count=record.get("parameter_count"),
        reason=reason if status != COMPLETED else None,
        curves=record.get("curves", {}),
        worker=record.get("worker"),
    )


def write_trials(folder: Path) -> Search:
    """Write `trials.json` from what the folder holds, and return it."""
    search = read_search(folder)
    write_json(folder / TRIALS_FILE, search_to_dict(search))
    return search


def search_to_dict(search: Search) -> dict[str, Any]:
    """Turn a search into plain values; not a number and infinity become null."""
    plain = asdict(search)
    plain["trials"] = list(plain["trials"])
    cleaned: dict[str, Any] = _without_nan(plain)
    return cleaned


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None where the file is absent, torn or holds something else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON object so that a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name neither matches a pattern that others read nor stays behind twice: a later write replaces it.
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def finite(value: Any) -> float | None:
    """Return the number as a float, or None where it is absent, infinite or not a number."""
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def _last_line(message: Any) -> str | None:
    lines = [line.strip() for line in str(message or "").splitlines() if line.strip()]
    return lines[-1] if lines else None


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
