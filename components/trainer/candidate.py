"""What a search chose, laid over the configuration of the training and over an architecture's defaults."""

from collections.abc import Mapping
from typing import Any, Final

from components.trainer.config import TrainerConfig

# What a candidate says about its training; the other values describe its architecture.
TRAINING: Final = ("optimizer", "schedule", "weight_decay", "label_smoothing")
LEARNING_RATE: Final = "learning_rate"
# Keras Tuner keeps the bookkeeping of Hyperband among the values of a candidate.
_BOOKKEEPING: Final = "tuner/"


def with_candidate(config: TrainerConfig, values: Mapping[str, Any]) -> TrainerConfig:
    """Train as a candidate was trained.

    Args:
      config: of the training.
      values: of a candidate, as tuning.space declares them; those of its architecture are passed over.
    Returns:
      The configuration with the candidate's optimizer, schedule, weight_decay and label_smoothing where it has them, and with its
      learning_rate unless the configuration sets one itself.
    """
    chosen = {name: values[name] for name in TRAINING if name in values}
    if config.learning_rate is None and LEARNING_RATE in values:
        chosen[LEARNING_RATE] = values[LEARNING_RATE]
    return config.model_copy(update=chosen)


def architecture_parameters(defaults: Mapping[str, Any], values: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Put together what an architecture is built with.

    Args:
      defaults: of the architecture.
      values: of a candidate, which come over them.
      parameters: trainer.parameters, which come over both.
    """
    return {**defaults, **{name: value for name, value in values.items() if not name.startswith(_BOOKKEEPING)}, **parameters}
