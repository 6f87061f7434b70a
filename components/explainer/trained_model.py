"""A trained model as the explainers take it: the network, its classes, and how an image is made ready for it."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import keras
from pydantic import BaseModel, Field, ValidationError

from components.base.errors import UserError
from components.explainer.feature_maps import flat_graph
from components.transform.config import HarmoniseConfig


@dataclass(frozen=True)
class TrainedModel:
    """What `model.keras` and the `model.json` beside it hold.

    Attributes:
      network: a Keras model from the image (and metadata) to probabilities.
      classes: in the order of its outputs.
      image_px: side of its input, pixels.
      harmonise: the switches of Transform that it was trained with.
    """

    network: keras.Model
    classes: tuple[str, ...]
    image_px: int
    harmonise: HarmoniseConfig


class _Facts(BaseModel):
    """What is read of `model.json`; it holds more."""

    classes: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    image_px: int = Field(ge=1)
    harmonise: HarmoniseConfig = HarmoniseConfig()


def load_model(folder: Path) -> TrainedModel:
    """Load a trained model for explanation, running no code that the file may carry.

    Args:
      folder: holds `model.keras` and `model.json`.
    Raises:
      UserError: a file is missing or damaged, or `model.json` does not fit the network; one line that names the file.
    """
    facts, network = _read_facts(folder / "model.json"), _read_network(folder / "model.keras")
    misfit = _misfit(facts, network)
    if misfit:
        raise UserError(f"{folder / 'model.json'} does not fit the model.keras beside it: {misfit}; run the trainer again")
    return TrainedModel(network, facts.classes, facts.image_px, facts.harmonise)


def _read_facts(file: Path) -> _Facts:
    try:
        return _Facts.model_validate_json(file.read_bytes())
    except OSError as error:
        why = error.strerror or str(error)
    except ValidationError as error:
        fault = error.errors()[0]
        why = ": ".join(filter(None, [".".join(map(str, fault["loc"])), fault["msg"]]))
    raise UserError(f"{file} is missing or damaged ({why}); run the trainer again")


def _read_network(file: Path) -> keras.Model:
    try:
        return keras.models.load_model(file, compile=False, safe_mode=True)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise UserError(f"{file} is missing or damaged ({' '.join(str(error).split())}); run the trainer again") from error


def _misfit(facts: _Facts, network: keras.Model) -> str:
    """Say what of `model.json` is not so in the network; empty where all is."""
    graph = flat_graph(network)
    outputs, shape = graph.outputs[0].shape[-1], graph.inputs[0].shape[1:]
    names = ", ".join(facts.classes)
    if len(facts.classes) != outputs:
        return f"it names {len(facts.classes)} classes ({names}), and the network has {outputs} outputs"
    if len(set(facts.classes)) < len(facts.classes):
        return f"it names a class twice ({names})"
    if any(size not in (None, wanted) for size, wanted in zip(shape, (facts.image_px, facts.image_px, 1), strict=True)):
        side = " x ".join("any" if size is None else str(size) for size in shape)
        return f"its image_px is {facts.image_px}, and the network takes images of {side}"
    return ""
