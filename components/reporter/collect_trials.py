"""The architecture search: its trials, best first."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.reporter.redact import without_paths


@dataclass(frozen=True)
class Trial:
    """One candidate.

    `order` counts trials from 1 in the order of the search; `score` is None where it has none; `curve` is the objective by epoch.
    """

    order: int
    trial_id: str
    status: str
    score: float | None
    hyperparameters: dict[str, Any]
    epochs: int | None
    seconds: float | None
    parameter_count: int | None
    reason: str
    curve: tuple[float | None, ...]


@dataclass(frozen=True)
class Search:
    """The trials, best first; those without a score last. `redrawn` counts candidates that were over the budget."""

    objective: str
    direction: str
    algorithm: str
    trials: tuple[Trial, ...]
    hyperparameter_names: tuple[str, ...]
    redrawn: int


def read_search(tuning_folder: Path | None) -> Search | None:
    """Read `trials.json`.

    Args:
      tuning_folder: the folder of the search; None where there was no search.
    Returns:
      The search; None where none is recorded.
    """
    if tuning_folder is None or not (tuning_folder / "trials.json").is_file():
        return None
    content = json.loads((tuning_folder / "trials.json").read_text())
    trials = [_trial(order, entry, str(content["objective"])) for order, entry in enumerate(content["trials"], start=1)]
    sign = 1 if content["direction"] == "min" else -1
    ranked = sorted(trials, key=lambda trial: (trial.score is None, sign * (trial.score or 0.0), trial.order))
    names = dict.fromkeys(name for trial in trials for name in trial.hyperparameters if not name.startswith("tuner/"))
    return Search(
        objective=str(content["objective"]),
        direction=str(content["direction"]),
        algorithm=str(content["algorithm"]),
        trials=tuple(ranked),
        hyperparameter_names=tuple(names),
        redrawn=int(content.get("redrawn", 0)),
    )


def _trial(order: int, entry: dict[str, Any], objective: str) -> Trial:
    return Trial(
        order=order,
        trial_id=str(entry["trial_id"]),
        status=str(entry["status"]).lower(),
        score=entry.get("score"),
        hyperparameters=dict(entry.get("hyperparameters", {})),
        epochs=entry.get("epochs"),
        seconds=entry.get("seconds"),
        parameter_count=entry.get("parameter_count"),
        reason=without_paths(entry.get("reason") or ""),
        curve=tuple(entry.get("curves", {}).get(objective, ())),
    )
