"""A frozen body looks at each image once: its pooled features train the head as the images would, many times as quickly."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base import progress
from components.trainer.examples import Examples, as_float
from components.trainer.network import EMBEDDING, IMAGE, LOGITS, METADATA, PROBABILITIES, body_layers

_BATCH: Final = 32
_KEPT: Final = 4
_LARGEST_GAIN: Final = 100.0

Floats = npt.NDArray[np.float32]


class FeatureMemory:
    """Computes pooled features, and keeps those of the last bodies: the trainings of one grid share images, whatever their folds."""

    def __init__(self, kept: int = _KEPT):
        """Remember nothing yet.

        Args:
          kept: how many bodies have their features kept, the last ones used.
        """
        self._known: OrderedDict[bytes, dict[bytes, Floats]] = OrderedDict()
        self._kept = kept

    def features(self, model: keras.Model, examples: Examples) -> Examples:
        """Put the pooled features of the body in the place of the pixels, for every image and every view.

        Args:
          model: as components.trainer.network.finish makes it.
          examples: with pixels.
        Returns:
          The examples with float32 [images, channels] for pixels.
        """
        body = _digest(*(weight for layer in body_layers(model) for weight in layer.get_weights()))
        known = self._known.setdefault(body, {})
        self._known.move_to_end(body)
        while len(self._known) > self._kept:
            self._known.popitem(last=False)
        pixels = np.asarray(examples.pixels)
        keys = [_digest(image) for image in pixels]
        missing = {key: place for place, key in enumerate(keys) if key not in known}
        if missing:
            found = pooled_features(model, pixels[list(missing.values())])
            known.update(zip(missing, found, strict=True))
        return replace(examples, pixels=tf.constant(np.stack([known[key] for key in keys])))


def pooled_features(model: keras.Model, pixels: npt.NDArray[np.uint8]) -> Floats:
    """Compute what the body makes of each image; batches are filled up, so that the values do not depend on the other images.

    Args:
      model: as components.trainer.network.finish makes it.
      pixels: uint8 [images, image_px, image_px, 1].
    Returns:
      float32 [images, channels].
    """
    body = keras.Model(model.inputs[0], model.get_layer(EMBEDDING).output)
    compute = tf.function(lambda batch: body(as_float(batch), training=False), autograph=False, reduce_retracing=True)
    count = len(pixels)
    parts = []
    for start in range(0, count, _BATCH):
        rows = np.arange(start, start + _BATCH) % count
        parts.append(compute(tf.constant(pixels[rows])).numpy()[: count - start])
        progress.report("trainer", min(start + _BATCH, count), count, "images through the frozen body")
    return np.concatenate(parts)


def _digest(*arrays: npt.NDArray[Any]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        digest.update(array.tobytes())
    return digest.digest()


@dataclass(frozen=True)
class Head:
    """The layers behind the embedding, over standardised features.

    Attributes:
      network: from "image", which takes pooled features float32 [n, channels] (and "metadata"), to "probabilities".
      publish: gives the network that the head was made of the weights that answer alike on features that are not standardised.
    """

    network: keras.Model
    publish: Callable[[], None]


def head_of(model: keras.Model, training: Examples) -> Head:
    """Make a head of its own, with a mean of 0 and a deviation of 1 in each feature of the training images.

    Pooled features of a ReLU network are positive and differ in scale by orders, so that one learning rate does not fit them all. Over
    standardised ones the descent is quicker; with few images it also overfits sooner (docs/results.md). The head starts where the
    network's own stands.

    Args:
      model: as components.trainer.network.finish makes it.
      training: with pooled features for pixels; those of their images alone decide mean and deviation.
    """
    found = tf.gather(training.pixels, training.first).numpy()
    mean, deviation = found.mean(axis=0), found.std(axis=0)
    # A feature that hardly varies here would be enlarged without limit elsewhere.
    deviation = np.maximum(deviation, max(float(np.median(deviation)), 1e-6) / _LARGEST_GAIN)
    features = keras.Input([len(mean)], name=IMAGE)
    inputs: Any = features
    x = keras.layers.Normalization(mean=mean, variance=deviation**2)(features)
    if len(model.inputs) > 1:
        metadata = keras.Input(model.inputs[1].shape[1:], name=METADATA)
        inputs = [features, metadata]
        x = model.get_layer("with_metadata")([x, metadata])
    own = model.get_layer(LOGITS)
    dense = keras.layers.Dense(own.units, name=LOGITS, dtype=own.dtype_policy)
    x = model.get_layer(PROBABILITIES)(dense(model.get_layer("dropout")(x)))
    network = keras.Model(inputs, x, name=f"{model.name}_head")
    channels = len(mean)
    kernel, bias = own.get_weights()
    dense.set_weights([_scaled(kernel, deviation), bias + mean @ kernel[:channels]])

    def publish() -> None:
        kernel, bias = dense.get_weights()
        kernel = _scaled(kernel, 1 / deviation)
        own.set_weights([kernel, bias - mean @ kernel[:channels]])

    return Head(network, publish)


def _scaled(kernel: Floats, factors: Floats) -> Floats:
    """Multiply the rows of the features; those of the metadata behind them stay."""
    scaled = kernel.copy()
    scaled[: len(factors)] *= factors[:, np.newaxis]
    return scaled
