"""Augmentation: what the configuration says of it, and what its policies and mixup make of training images of the run."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import yaml

from components.ingest.tfrecord import read_record
from components.reporter.blended_pairs import blend_pairs
from components.trainer.config import TrainerConfig
from components.transform.augment import augment
from components.transform.config import TransformConfig
from components.transform.preprocess import standardised_pixels
from schemas import features

VERSIONS = 5
PAIRS = 5
_SIDE_PX = 112  # of a thumbnail
_JPEG_QUALITY = 85


@dataclass(frozen=True)
class Use:
    """Where a policy was in use: "views" (made once by Transform) or "online" (drawn anew at each step)."""

    where: str
    policy: str


@dataclass(frozen=True)
class Augmentation:
    """What the run's configuration says.

    Attributes:
      setting: off, transform, online or both.
      uses: of policies.
      views: number of views of each image, 0 where none were made.
      mixup: alpha, 0 where no images were blended.
    """

    setting: str
    uses: tuple[Use, ...]
    views: int
    mixup: float


@dataclass(frozen=True)
class Pair:
    """Two training images in one: a data URI, and class and share of each; the shares sum to 1."""

    picture: str
    classes: tuple[str, str]
    shares: tuple[float, float]


@dataclass(frozen=True)
class Variations:
    """Data URIs: the image as the network sees it, versions of it for each policy in use, and pairs where mixup is in use."""

    original: str
    versions: dict[str, tuple[str, ...]]
    pairs: tuple[Pair, ...]


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
    return Augmentation(setting, tuple(uses), transform.views if setting in ("transform", "both") else 0, trainer.mixup)


def draw_variations(records_folder: Path, config_yaml: str) -> Variations:
    """Draw versions of the first training image of the records, and pairs of the first ones, for the eye alone: training draws its own.

    Args:
      records_folder: what ingest wrote.
      config_yaml: of the run.
    Returns:
      The pictures, at most 112 px a side; no versions where augmentation is off, no pairs where mixup is 0.
    Raises:
      ValueError: the records hold no training image.
    """
    content = yaml.safe_load(config_yaml) or {}
    transform = _transform(content)
    augmentation = read_augmentation(config_yaml)
    examples = _first_examples(records_folder, 2 * PAIRS if augmentation.mixup else 1)
    encoded = [example.features.feature[features.ENCODED].bytes_list.value[0] for example in examples]
    images = tf.cast(standardised_pixels(tf.constant(encoded), transform.image_px, transform.harmonise), tf.float32) / 255.0
    seeds = [tf.constant([int(content.get("seed", 0)), number]) for number in range(VERSIONS)]
    policies = dict.fromkeys(use.policy for use in augmentation.uses)
    return Variations(
        original=_thumbnail(images[0]),
        versions={policy: tuple(_thumbnail(augment(images[0], seed, policy)) for seed in seeds) for policy in policies},
        pairs=_pairs(images, examples, augmentation.mixup, seeds[0]) if augmentation.mixup else (),
    )


def _pairs(images: tf.Tensor, examples: list[tf.train.Example], alpha: float, seed: tf.Tensor) -> tuple[Pair, ...]:
    classes = [example.features.feature[features.LABEL].bytes_list.value[0].decode() for example in examples]
    blends, shares = blend_pairs(images, alpha, seed)
    return tuple(
        Pair(_thumbnail(blend), (classes[place], classes[-1 - place]), (share, 1.0 - share))
        for place, (blend, share) in enumerate(zip(blends, shares.tolist(), strict=True))
    )


def _setting(content: dict[str, Any]) -> str:
    # An unquoted off is False in YAML.
    setting = content.get("augmentation", "both")
    return "off" if setting is False else str(setting)


def _transform(content: dict[str, Any]) -> TransformConfig:
    return TransformConfig(**content.get("transform", {}))


def _first_examples(records_folder: Path, count: int) -> list[tf.train.Example]:
    """Read the first training examples, as many as there are up to `count`; their ids are keyed, so their order tells nothing."""
    examples = list(islice(_training_examples(records_folder), count))
    if not examples:
        raise ValueError(f"no training image in {records_folder}")
    return examples


def _training_examples(records_folder: Path) -> Iterator[tf.train.Example]:
    for path in sorted((records_folder / "examples" / "train").glob("part-*.tfrecord")):
        with path.open("rb") as file:
            while (record := read_record(file)) is not None:
                yield tf.train.Example.FromString(record)


def _thumbnail(image: tf.Tensor) -> str:
    """Encode float32 [side_px, side_px, 1] in [0, 1] as the data URI of a small JPEG."""
    side = min(_SIDE_PX, int(image.shape[0]))
    small = tf.image.resize(image, [side, side], antialias=True)
    levels = np.clip(np.round(small.numpy() * 255.0), 0, 255).astype(np.uint8)
    content = tf.io.encode_jpeg(levels, format="grayscale", quality=_JPEG_QUALITY).numpy()
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode('ascii')}"
