"""Networks by the name of their architecture, with the weights they start from."""

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import keras

from components.base.errors import UsageError, UserError
from components.trainer.config import ARCHITECTURES, TrainerConfig
from components.trainer.imagenet import refuse_imagenet
from components.trainer.network import Architecture, NetworkSpec, body_layers


@dataclass(frozen=True)
class Network:
    """A network before training.

    Attributes:
      model: as components.trainer.network.finish makes it.
      layers_taken: how many layers of its body have weights that were trained before.
      layer_count: how many layers of its body have weights.
    """

    model: keras.Model
    layers_taken: int
    layer_count: int


def architecture(name: str) -> Architecture:
    """Import an architecture by its name; the others are not imported.

    Args:
      name: of a file in components/trainer/architectures.
    Raises:
      UsageError: there is none; the message names the nearest.
    """
    if name not in ARCHITECTURES:
        near = difflib.get_close_matches(name, ARCHITECTURES, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(ARCHITECTURES)}"
        raise UsageError(f"unknown architecture {name!r}; {hint}")
    return cast(Architecture, importlib.import_module(f"components.trainer.architectures.{name}"))


def check_parameters(config: TrainerConfig) -> None:
    """Refuse parameters that the architecture does not have.

    Raises:
      UsageError: the message names the parameter and the nearest that there is.
    """
    known = architecture(config.architecture).DEFAULTS
    for name in config.parameters:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
            raise UsageError(f"trainer.parameters: {config.architecture} has no {name!r}; {hint}")
    dropout = config.parameters.get("dropout", 0.0)
    if not isinstance(dropout, (int, float)) or not 0 <= dropout < 1:
        raise UsageError(f"trainer.parameters: dropout must be in [0, 1), not {dropout!r}")


def build_network(name: str, parameters: Mapping[str, Any], spec: NetworkSpec, weights: str = "none") -> Network:
    """Build a network with its first weights.

    Args:
      name: of the architecture.
      parameters: of the architecture.
      spec: input, outputs and seed.
      weights: none (random, by the seed), imagenet (of the body), or the path of a model.keras, whose body layers of the same name and
        shapes are taken: the head stays new, so that a multiclass network starts from a multilabel one.
    Raises:
      UsageError: there is no such architecture, or it has no ImageNet weights.
      UserError: the weights cannot be had, or nothing of the file fits; the message names the file.
    """
    module = architecture(name)
    if weights == "imagenet" and not module.PRETRAINED:
        raise refuse_imagenet(name)
    from_file = weights not in ("none", "imagenet")
    model = module.build(parameters, spec, "none" if from_file else weights)
    layers = {layer.name: layer for layer in body_layers(model) if layer.weights}
    if not from_file:
        return Network(model, len(layers) if weights == "imagenet" else 0, len(layers))
    trained = _load(Path(weights).expanduser())
    taken = 0
    for layer in body_layers(trained):
        target = layers.get(layer.name)
        if target is not None and _shapes(layer) == _shapes(target):
            target.set_weights(layer.get_weights())
            taken += 1
    if not taken:
        raise UserError(
            f"{weights}: no layer of this {trained.name} fits {name}; set trainer.initial_weights to a model of the same architecture"
        )
    return Network(model, taken, len(layers))


def _load(path: Path) -> keras.Model:
    # Keras heeds safe_mode in its own format alone: an HDF5 file could bring code.
    if path.suffix != ".keras" or not path.is_file():
        raise UserError(f"{path}: no such model.keras; trainer.initial_weights is none, imagenet or the path of a .keras file")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(
            f"{path}: cannot be read as a model.keras ({reason}); trainer.initial_weights needs one that a run wrote"
        ) from error
    if not isinstance(model, keras.Model):
        raise UserError(
            f"{path}: holds a {type(model).__name__}, not a model; trainer.initial_weights needs a model.keras that a run wrote"
        )
    return model


def _shapes(layer: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]
