"""The architecture space: what a search may vary, written once."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from tuning.config import TuningConfig

BLOCKS: Final = ("plain", "residual", "separable")
ARCHITECTURE: Final = ("stages", "width", "block", "kernel_size", "dropout")
_DROPOUT_STEP: Final = 0.1

Parameters = dict[str, Any]


class HyperParameters(Protocol):
    """The two calls of keras_tuner.HyperParameters that the space needs."""

    def Int(self, name: str, min_value: int, max_value: int) -> int:  # noqa: N802
        """Declare an integer in [min_value, max_value] and return its value."""
        ...

    def Choice(self, name: str, values: Sequence[Any]) -> Any:  # noqa: N802
        """Declare a choice and return its value."""
        ...


def declare(hp: HyperParameters, config: TuningConfig) -> Parameters:
    """Declare the space on `hp` and return the values of one candidate.

    Args:
      hp: a keras_tuner.HyperParameters, filled or empty (then the first value of everything is returned).
      config: the bounds.
    Returns:
      stages (int), width (int, channels of the first stage), block (one of BLOCKS), kernel_size (int, pixels),
      dropout (float, share of the pooled features, [0, 1)) and learning_rate (float).
    """
    return {
        "stages": hp.Int("stages", config.min_stages, config.max_stages),
        "width": hp.Choice("width", list(config.widths)),
        "block": hp.Choice("block", list(BLOCKS)),
        "kernel_size": hp.Choice("kernel_size", list(config.kernel_sizes)),
        "dropout": hp.Choice("dropout", dropouts(config.max_dropout)),
        "learning_rate": hp.Choice("learning_rate", list(config.learning_rates)),
    }


def dropouts(max_dropout: float) -> list[float]:
    """List the dropout rates from 0 to max_dropout in steps of 0.1, the last being max_dropout itself."""
    steps = int(max_dropout / _DROPOUT_STEP + 1e-9)
    rates = [round(step * _DROPOUT_STEP, 1) for step in range(steps + 1)]
    return rates if abs(rates[-1] - max_dropout) < 1e-9 else [*rates, max_dropout]


class ParameterBudget:
    """Say whether a candidate is small enough, and remember how large each architecture is.

    Args:
      max_parameters: the largest number of weights that is trained.
      count: returns the number of weights of the network that the parameters describe; called once for each architecture.
    """

    def __init__(self, max_parameters: int, count: Callable[[Parameters], int]) -> None:
        self.max_parameters = max_parameters
        self.smallest_refused: int | None = None
        self._count = count
        self._known: dict[str, int] = {}

    def count(self, values: Mapping[str, Any]) -> int:
        """Return the number of weights of a candidate."""
        architecture = {name: values[name] for name in ARCHITECTURE if name in values}
        # Dropout has no weights: one build serves all of its rates.
        key = json.dumps({name: value for name, value in architecture.items() if name != "dropout"}, sort_keys=True)
        if key not in self._known:
            self._known[key] = self._count(architecture)
        return self._known[key]

    def admits(self, values: Mapping[str, Any]) -> bool:
        """Return whether a candidate is within the budget."""
        count = self.count(values)
        if count <= self.max_parameters:
            return True
        self.smallest_refused = min(count, self.smallest_refused or count)
        return False


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
    trainer = custom_config.get("trainer", {})
    tuning = {name: value for name, value in custom_config.get("tuning", {}).items() if name != "max_trials"}
    parts = {name: custom_config.get(name) for name in ("seed", "augmentation", "classes", "transform", "code_digest")}
    parts |= {"tuning": tuning, "trainer": {name: trainer.get(name) for name in ("balance", "label_smoothing")}}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=list).encode()).hexdigest()[:16]
