"""Augmentation: what the configuration says of it, and what its policies make of one training image of the run."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import yaml

from components.ingest.tfrecord import read_record
from components.trainer.config import TrainerConfig
from components.transform.augment import augment
from components.transform.config import TransformConfig
from components.transform.preprocess import standardised_pixels
from schemas import features

VERSIONS = 5
_SIDE_PX = 112  # of a thumbnail
_JPEG_QUALITY = 85


@dataclass(frozen=True)
class Use:
    """Where a policy was in use: "views" (made once by Transform) or "online" (drawn anew at each step)."""

    where: str
    policy: str


@dataclass(frozen=True)
class Augmentation:
    """What the run's configuration says. `views` is the number of views of each image, 0 where none were made."""

    setting: str
    uses: tuple[Use, ...]
    views: int


@dataclass(frozen=True)
class Variations:
    """Data URIs: the image as the network sees it, and versions of it for each policy in use."""

    original: str
    versions: dict[str, tuple[str, ...]]


def read_augmentation(config_yaml: str) -> Augmentation:
    """Read which policies were in use; keys that the configuration leaves out have their defaults."""
    content = yaml.safe_load(config_yaml) or {}
    setting = _setting(content)
    transform, trainer = _transform(content), TrainerConfig(**content.get("trainer", {}))
    uses = []
    if setting in ("transform", "both"):
        uses.append(Use("views", transform.policy))
    if setting in ("online", "both"):
        uses.append(Use("online", trainer.online_policy))
    return Augmentation(setting, tuple(uses), transform.views if setting in ("transform", "both") else 0)


def draw_variations(records_folder: Path, config_yaml: str) -> Variations:
    """Draw versions of the first training image of the records, for the eye alone: training draws its own.

    Args:
      records_folder: what ingest wrote.
      config_yaml: of the run.
    Returns:
      The pictures, at most 112 px a side; no versions where augmentation is off.
    Raises:
      ValueError: the records hold no training image.
    """
    content = yaml.safe_load(config_yaml) or {}
    transform = _transform(content)
    pixels = standardised_pixels(tf.constant([_first_image(records_folder)]), transform.image_px, transform.harmonise)[0]
    image = tf.cast(pixels, tf.float32) / 255.0
    seeds = [tf.constant([int(content.get("seed", 0)), number]) for number in range(VERSIONS)]
    policies = dict.fromkeys(use.policy for use in read_augmentation(config_yaml).uses)
    return Variations(
        original=_thumbnail(image),
        versions={policy: tuple(_thumbnail(augment(image, seed, policy)) for seed in seeds) for policy in policies},
    )


def _setting(content: dict[str, Any]) -> str:
    # An unquoted off is False in YAML.
    setting = content.get("augmentation", "both")
    return "off" if setting is False else str(setting)


def _transform(content: dict[str, Any]) -> TransformConfig:
    return TransformConfig(**content.get("transform", {}))


def _first_image(records_folder: Path) -> bytes:
    for path in sorted((records_folder / "examples" / "train").glob("part-*.tfrecord")):
        with path.open("rb") as file:
            record = read_record(file)
        if record is not None:
            return bytes(tf.train.Example.FromString(record).features.feature[features.ENCODED].bytes_list.value[0])
    raise ValueError(f"no training image in {records_folder}")


def _thumbnail(image: tf.Tensor) -> str:
    """Encode float32 [side_px, side_px, 1] in [0, 1] as the data URI of a small JPEG."""
    side = min(_SIDE_PX, int(image.shape[0]))
    small = tf.image.resize(image, [side, side], antialias=True)
    levels = np.clip(np.round(small.numpy() * 255.0), 0, 255).astype(np.uint8)
    content = tf.io.encode_jpeg(levels, format="grayscale", quality=_JPEG_QUALITY).numpy()
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode('ascii')}"
