"""Explain single image files with a trained model."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base.errors import DataRefusedError, UsageError
from components.explainer.configured import AnyKind, layer_name, make_maps
from components.explainer.gradcam import Against
from components.explainer.layer_view import LayerView
from components.explainer.overlay import pair_png
from components.explainer.probabilities import check_probabilities
from components.explainer.trained_model import TrainedModel
from components.ingest.config import IngestConfig
from components.ingest.decode import decode
from components.ingest.decoded import Limits
from components.ingest.quality import flags
from components.ingest.refusal import Refusal
from components.ingest.shrink import encode_png, shrink
from components.trainer.metadata import metadata_input
from components.transform.preprocess import standardised_pixels
from schemas import features

_CONTENT_LENGTH, _DIGEST_LENGTH = 16, 8


@dataclass(frozen=True)
class Answer:
    """What a model says about one file, and the picture of why.

    Attributes:
      image: the file that was given.
      picture: the PNG that was written. Its name begins with a digest of the file's content, for the file's name may hold a patient's; it
        goes on with class, kind, contrast and layer, and ends in a digest of the model and all else that decides the picture.
      explained_class: whose evidence the map shows.
      probabilities: by class.
      layer: name of the layer that was looked at.
      flags: what the ingest would flag of the image, see components.ingest.quality.
    """

    image: Path
    picture: Path
    explained_class: str
    probabilities: dict[str, float]
    layer: str
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Manner:
    """How maps are made.

    Attributes:
      layer: as configured.
      kind: gradcam, one of its relatives or guided.
      against: what is taken off the class score: none, others, or the score of the class of this name.
      batch_size: images in memory at a time.
      setting: where the user wrote the layer's name, for the messages.
    """

    layer: str
    kind: AnyKind
    against: str
    batch_size: int
    setting: str


def explain_files(
    images: list[Path],
    model: TrainedModel,
    folder: Path,
    manner: Manner,
    ingest: IngestConfig,
    class_name: str = "",
) -> list[Answer]:
    """Classify files and draw beside each its map: by the manner of a run's configuration the one that its report shows.

    Args:
      images: PNG, JPEG, TIFF, DICOM, ...: what the ingest reads.
      model: see components.explainer.trained_model. Where it also takes age, sex and view, these count as unknown.
      folder: receives one picture a file, the radiograph left and the map right; it is made where it is missing.
      manner: layer, kind and contrast of the maps.
      ingest: what is refused, and how large an image is kept.
      class_name: the class to explain; empty for the one that the model answers, in each image.
    Raises:
      UsageError: there is no such class or layer, a class would be held against itself, or the model returns no probabilities.
      DataRefusedError: a file cannot be read or used.
      Nothing is written in either case.
    """
    for option, name in (("--class", class_name), ("--against", "" if manner.against in ("none", "others") else manner.against)):
        if name and name not in model.classes:
            raise UsageError(f"{option}: the model has no class {name!r}; it has {', '.join(model.classes)}")
    contents = [_read(path, ingest) for path in images]
    pixels = standardised_pixels(tf.constant([content.png for content in contents]), model.image_px, model.harmonise).numpy()
    inputs = pixels.astype(np.float32) / 255
    others = [_unknown(len(images))] if len(model.network.inputs) > 1 else []
    view = LayerView(model.network, layer_name(model.network, manner.layer), manner.batch_size, manner.setting)
    probabilities = view.probabilities(inputs, others)
    check_probabilities(probabilities, model.network)
    explained = np.full(len(images), model.classes.index(class_name)) if class_name else probabilities.argmax(axis=1)
    against = _against(manner.against, model, explained)
    found = make_maps(model.network, manner.kind, manner.layer, inputs, explained, manner.batch_size, others, against)
    folder.mkdir(parents=True, exist_ok=True)
    answers = []
    state = _state(model, ingest)
    for path, content, image, strength, shares, index in zip(images, contents, pixels, found.maps, probabilities, explained, strict=True):
        label = model.classes[index]
        picture = folder / _picture_name(content.name, (label, manner.kind, manner.against, found.layer), state)
        picture.write_bytes(pair_png(image[..., 0], strength))
        by_class = dict(zip(model.classes, map(float, shares), strict=True))
        answers.append(Answer(path, picture, label, by_class, found.layer, content.flags))
    return answers


def _state(model: TrainedModel, ingest: IngestConfig) -> bytes:
    """Tell a model, with what it is shown of an image, from any other."""
    facts = [model.network.to_json(), model.classes, model.image_px, model.harmonise.model_dump(mode="json"), ingest.max_side_px]
    digest = hashlib.sha256(json.dumps(facts).encode())
    for weight in model.network.get_weights():
        digest.update(weight.tobytes())
    return digest.digest()


def _picture_name(content: str, how: tuple[str, ...], state: bytes) -> str:
    """Name a picture; what a file name must not hold is left out of the words, and the digest tells them apart."""
    digest = hashlib.sha256(state + json.dumps(how).encode()).hexdigest()[:_DIGEST_LENGTH]
    return "-".join([content, *(re.sub(r"[^\w.+-]", "_", word) for word in how), digest]) + ".png"


class _Content(NamedTuple):
    """An image as the ingest would store it, a name for the file's content, and what the ingest would flag."""

    png: bytes
    name: str
    flags: tuple[str, ...]


def _read(path: Path, ingest: IngestConfig) -> _Content:
    """Decode, shrink and judge as the ingest does."""
    limits = Limits(ingest.min_side_px, ingest.max_megapixels, ingest.max_aspect_ratio)
    try:
        data = path.read_bytes()
        image = decode(data, limits, ingest.max_side_px)
    except OSError as error:
        raise DataRefusedError(f"{path}: {error.strerror or error}") from error
    except Refusal as refusal:
        raise DataRefusedError(f"{path}: {refusal.reason.value}: {refusal.detail}") from refusal
    shrunk = shrink(image.pixels, ingest.max_side_px)
    return _Content(encode_png(shrunk), hashlib.sha256(data).hexdigest()[:_CONTENT_LENGTH], tuple(sorted(flags(image, shrunk))))


def _against(name: str, model: TrainedModel, explained: npt.NDArray[np.int64]) -> Against:
    if name == "none":
        return None
    if name == "others":
        return "others"
    index = model.classes.index(name)
    if (explained == index).any():
        raise UsageError(f"--against {name}: {name} is the answer of an image, or --class; name the class to explain by another --class")
    return np.full(len(explained), index)


def _unknown(count: int) -> npt.NDArray[np.float32]:
    unknown = tf.fill([count], features.UNKNOWN)
    facts: npt.NDArray[np.float32] = metadata_input(tf.fill([count], tf.constant(features.NOT_STATED, tf.int64)), unknown, unknown).numpy()
    return facts
