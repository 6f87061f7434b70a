"""The space of a search: what it may vary, written once."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from components.trainer.candidate import LEARNING_RATE, TRAINING
from components.trainer.config import TrainerConfig
from tuning.config import TuningConfig

OWN_CNN: Final = "own_cnn"
_DROPOUT_STEP: Final = 0.1
# What a trial does not depend on: it has its own number of epochs, batch size and objective, its training comes from the space and is
# not robust, and a temperature changes no answer.
_NOT_OF_A_TRIAL: Final = ("epochs", "patience", "batch_size", "objective", "temperature", "robust", *TRAINING)
# A longer search continues a shorter one, whoever trains its trials.
_NOT_OF_A_SEARCH: Final = ("max_trials", "workers")

Parameters = dict[str, Any]


class HyperParameters(Protocol):
    """The calls of keras_tuner.HyperParameters that the space needs."""

    def Choice(self, name: str, values: Sequence[Any]) -> Any:  # noqa: N802
        """Declare a choice and return its value."""
        ...

    def Fixed(self, name: str, value: Any) -> Any:  # noqa: N802
        """Declare a value that does not vary, and return it."""
        ...


def declare(hp: HyperParameters, config: TuningConfig, trainer: TrainerConfig) -> Parameters:
    """Declare the space on `hp` and return the values of one candidate.

    Args:
      hp: a keras_tuner.HyperParameters, filled or empty (then the first value of everything is returned).
      config: the choices; one of a single value is fixed.
      trainer: architecture, and what it sets itself: its parameters and its learning rate are not searched.
    Returns:
      For own_cnn stages, blocks, width, block, kernel_size, squeeze_excitation, normalisation and pooling as its `build` takes them; for
      every architecture dropout (share of the pooled features, [0, 1)) and learning_rate; and optimizer, schedule, weight_decay and
      label_smoothing where the configuration has choices of them.
    """
    values = {}
    for name, choices in dimensions(config, trainer).items():
        values[name] = hp.Fixed(name, choices[0]) if len(choices) == 1 else hp.Choice(name, choices)
    return values


def dimensions(config: TuningConfig, trainer: TrainerConfig) -> dict[str, list[Any]]:
    """List what a search may vary, each with its choices; the arguments are those of `declare`."""
    shape: dict[str, Sequence[Any]] = {
        "stages": range(config.min_stages, config.max_stages + 1),
        "blocks": config.blocks_per_stage,
        "width": config.widths,
        "block": config.block_kinds,
        "kernel_size": config.kernel_sizes,
        "squeeze_excitation": config.squeeze_excitation,
        "normalisation": config.normalisations,
        "pooling": config.poolings,
    }
    training: dict[str, Sequence[Any]] = {
        "dropout": dropouts(config.max_dropout),
        LEARNING_RATE: config.learning_rates,
        "optimizer": config.optimizers,
        "schedule": config.schedules,
        "weight_decay": config.weight_decays,
        "label_smoothing": config.label_smoothings,
    }
    # No choices: the trainer's own setting, for every candidate.
    decided = {*trainer.parameters, *([LEARNING_RATE] if trainer.learning_rate is not None else [])}
    found = {**(shape if trainer.architecture == OWN_CNN else {}), **training}
    return {name: list(choices) for name, choices in found.items() if choices and name not in decided}


def dropouts(max_dropout: float) -> list[float]:
    """List the dropout rates from 0 to max_dropout in steps of 0.1, the last being max_dropout itself."""
    steps = int(max_dropout / _DROPOUT_STEP + 1e-9)
    rates = [round(step * _DROPOUT_STEP, 1) for step in range(steps + 1)]
    return rates if abs(rates[-1] - max_dropout) < 1e-9 else [*rates, max_dropout]


def search_seed(seed: int) -> int:
    """Turn the seed of a run into the seed of the search, in [1, 2**31).

    Keras Tuner takes 0 for "no seed", and draws the values of a candidate from consecutive seeds, so that the searches of two nearby
    seeds would share most of their candidates.
    """
    return int.from_bytes(hashlib.sha256(f"search {seed}".encode()).digest()[:4], "big") % (2**31 - 1) + 1


def search_identity(custom_config: Mapping[str, Any]) -> str:
    """Digest all that the result of a search depends on, besides the data.

    The number of trials is left out: a longer random or bayesian search continues the shorter one.

    Args:
      custom_config: the Tuner's custom_config.
    Returns:
      16 hex digits.
    """
    tuning = {name: value for name, value in custom_config.get("tuning", {}).items() if name not in _NOT_OF_A_SEARCH}
    trainer = {name: value for name, value in custom_config.get("trainer", {}).items() if name not in _NOT_OF_A_TRIAL}
    parts = {
        name: custom_config.get(name) for name in ("seed", "augmentation", "classes", "transform", "code_digest", "initial_weights_digest")
    }
    parts |= {"tuning": tuning, "trainer": trainer}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=list).encode()).hexdigest()[:16]
