"""What is said of a search in words, alike in every format."""

from collections.abc import Sequence
from typing import Any, Final

from tuning.trials import Search, Trial

_PARAMETERS_FIRST: Final = (
    *("stages", "blocks", "width", "block", "kernel_size", "squeeze_excitation", "normalisation", "pooling"),
    *("dropout", "learning_rate", "optimizer", "schedule", "weight_decay", "label_smoothing"),
)


def status_counts(search: Search) -> dict[str, int]:
    """Count the trials by status, in the order of the alphabet."""
    return {status: sum(trial.status == status for trial in search.trials) for status in sorted({t.status for t in search.trials})}


def redrawn_note(search: Search) -> str | None:
    """Say how many candidates were drawn again before training; None where none was."""
    limits = ", ".join(f"{count} over tuning.{limit}" for limit, count in search.redrawn_by_reason.items())
    return f"{search.redrawn} candidates drawn again ({limits})" if search.redrawn else None


def parameter_names(trials: Sequence[Trial]) -> list[str]:
    """List the hyperparameters of trials: those of the architecture first, the others by name."""
    found = {name for trial in trials for name in trial.hyperparameters}
    return [name for name in _PARAMETERS_FIRST if name in found] + sorted(found - set(_PARAMETERS_FIRST))


def best_trial(search: Search) -> Trial | None:
    """Return the trial with the best score, the first of equals; None where none has a score."""
    return min((trial for trial in search.trials if trial.score is not None), key=lambda trial: -goodness(search, trial), default=None)


def goodness(search: Search, trial: Trial) -> float:
    """Return the score of a trial, turned so that more is better; minus infinity without a score."""
    if trial.score is None:
        return float("-inf")
    return -trial.score if search.direction == "min" else trial.score


def one_line(value: Any) -> str:
    """Write a value without line breaks and control characters, which an error message may hold."""
    return " ".join("".join(character if character.isprintable() else " " for character in str(value)).split())
