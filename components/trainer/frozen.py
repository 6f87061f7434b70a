"""A frozen body looks at each image once: its pooled features train the head as the images would, many times as quickly."""

from dataclasses import replace
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from components.trainer.examples import Examples, as_float
from components.trainer.network import EMBEDDING, IMAGE, LOGITS, METADATA, PROBABILITIES

_BATCH: Final = 32


def pooled_features(model: keras.Model, examples: Examples) -> Examples:
    """Put the pooled features of the body in the place of the pixels, for every image and every view of the examples.

    Args:
      model: as components.trainer.network.finish makes it.
      examples: with pixels.
    Returns:
      The examples with float32 [images, channels] for pixels.
    """
    body = keras.Model(model.inputs[0], model.get_layer(EMBEDDING).output)
    compute = tf.function(lambda pixels: body(as_float(pixels), training=False), autograph=False, reduce_retracing=True)
    places = np.concatenate([np.arange(start, start + count) for start, count in zip(examples.first, examples.versions, strict=True)])
    parts = [compute(tf.gather(examples.pixels, places[start : start + _BATCH])).numpy() for start in range(0, len(places), _BATCH)]
    features = tf.constant(np.concatenate(parts))
    return replace(examples, pixels=features, first=np.cumsum(examples.versions) - examples.versions)


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
