"""A trained model as the explainers take it: the network, its classes, and how an image is made ready for it."""

import json
from dataclasses import dataclass
from pathlib import Path

import keras

from components.base.errors import UserError
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


def load_model(folder: Path) -> TrainedModel:
    """Load a trained model for explanation, running no code that the file may carry.

    Args:
      folder: holds `model.keras` and `model.json`.
    Raises:
      UserError: a file is missing or damaged.
    """
    try:
        facts = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        return TrainedModel(
            network=keras.models.load_model(folder / "model.keras", compile=False, safe_mode=True),
            classes=tuple(str(name) for name in facts["classes"]),
            image_px=int(facts["image_px"]),
            harmonise=HarmoniseConfig(**facts.get("harmonise", {})),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"the model's folder lacks or has a damaged model.json or model.keras ({error}); run the trainer again") from error
