"""A frozen body looks at each image once: its pooled features train the head as the images would, many times as quickly."""

import hashlib
from collections import OrderedDict
from dataclasses import replace
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from components.base import progress
from components.trainer.examples import Examples, as_float
from components.trainer.network import EMBEDDING, IMAGE, LOGITS, METADATA, PROBABILITIES, body_layers

_BATCH: Final = 32
_KEPT: Final = 16


class FeatureMemory:
    """Computes pooled features, and keeps those of the last bodies and images: trainings of one grid share many."""

    def __init__(self, kept: int = _KEPT):
        """Remember nothing yet.

        Args:
          kept: how many sets of features are kept, the last ones used.
        """
        self._known: OrderedDict[str, tf.Tensor] = OrderedDict()
        self._kept = kept

    def features(self, model: keras.Model, examples: Examples) -> Examples:
        """Put the pooled features of the body in the place of the pixels, for every image and every view.

        Args:
          model: as components.trainer.network.finish makes it.
          examples: with pixels.
        Returns:
          The examples with float32 [images, channels] for pixels.
        """
        digest = hashlib.blake2b(np.asarray(examples.pixels).tobytes())
        for layer in body_layers(model):
            for weight in layer.get_weights():
                digest.update(np.asarray(weight).tobytes())
        key = f"{model.name} {digest.hexdigest()}"
        if key not in self._known:
            self._known[key] = pooled_features(model, examples.pixels)
        self._known.move_to_end(key)
        while len(self._known) > self._kept:
            self._known.popitem(last=False)
        return replace(examples, pixels=self._known[key])


def pooled_features(model: keras.Model, pixels: tf.Tensor) -> tf.Tensor:
    """Compute what the body makes of each image.

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
        parts.append(compute(pixels[start : start + _BATCH]))
        progress.report("trainer", min(start + _BATCH, count), count, "images through the frozen body")
    return tf.concat(parts, axis=0)


def head_of(model: keras.Model) -> keras.Model:
    """View the layers behind the embedding as a model of their own, of the same weights.

    Returns:
      A model from "image", which takes the pooled features float32 [n, channels] (and "metadata"), to "probabilities".
    """
    features = keras.Input([model.get_layer(EMBEDDING).output.shape[-1]], name=IMAGE)
    inputs: Any = features
    x = features
    if len(model.inputs) > 1:
        metadata = keras.Input(model.inputs[1].shape[1:], name=METADATA)
        inputs = [features, metadata]
        x = model.get_layer("with_metadata")([features, metadata])
    for name in ("dropout", LOGITS, PROBABILITIES):
        x = model.get_layer(name)(x)
    return keras.Model(inputs, x, name=f"{model.name}_head")
