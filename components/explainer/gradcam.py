"""Grad-CAM: where in an image lies the evidence for a class."""

from collections.abc import Sequence
from typing import Final, Literal, get_args

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base import progress
from components.base.errors import UsageError
from components.explainer.feature_maps import class_scores, feature_layer, flat_graph
from components.explainer.model_inputs import Floats, ModelInputs, batches
from components.explainer.overflow import OverflowedError

Kind = Literal["gradcam", "hirescam", "counterfactual", "gradcam++"]
# What the score of the explained class is held against: nothing, the mean score of all other classes, or a class of each image.
Against = npt.ArrayLike | Literal["others"] | None
KINDS: Final[tuple[str, ...]] = get_args(Kind)


class GradCam:
    """Grad-CAM of a Keras model (Selvaraju et al. 2017, arXiv:1610.02391, section 3), and three relatives.

    The feature maps A_k of a layer are summed with weights w_k, from the gradient g = dS/dA_k of the class score S before the softmax.
    What is negative speaks against the class and is cut. One compiled function serves every number of images.

    - gradcam: w_k is the mean of g over places.
    - hirescam (Draelos and Carin 2020, arXiv:2011.08891): w_k is g itself, place by place. Behind an average over places and one dense
      layer g is the same everywhere and both maps are one; at an earlier layer g differs, and its mean may speak of no place at all.
    - counterfactual: w_k is the mean of -g: what would speak for the class if it were away (the same paper).
    - gradcam++ (Chattopadhyay et al. 2018, arXiv:1710.11063): w_k is the sum over places of alpha relu(dY/dA_k), Y = exp(S), with
      alpha = Y'' / (2 Y'' + sum(A_k) Y'''). Where S is piecewise linear in A_k, Y'' = Y g^2 and Y''' = Y g^3, so that
      alpha = 1 / (2 + sum(A_k) g) where g > 0, and the other places count nothing. Y is one positive factor of the whole
      map and falls out when its maximum is made 1. The alphas of a map are not scaled to the sum 1, as some code does.
      The paper takes A_k from behind a ReLU. Where A_k is negative its sum may bring the denominator to 0 or below, and what speaks for
      the class would count as nothing or against it: such maps are refused.

    Attributes:
      layer: name of the layer whose feature maps are weighed.
      kind: which weights.
    """

    def __init__(self, model: keras.Model, layer: str = "", kind: Kind = "gradcam", setting: str = "explainer.gradcam.layer") -> None:
        """Prepare a model; later changes of its weights are seen.

        Args:
          model: functional or Sequential, one input [batch, height_px, width_px, channels] and any others, one output [batch, classes].
          layer: a layer with 4-D output; empty for the feature maps of the last convolution.
          kind: gradcam, hirescam, counterfactual or gradcam++.
          setting: where the user wrote the layer's name, for the messages.
        Raises:
          UsageError: no such layer (the message names the nearest), the scores do not depend on it, or model or kind are others.
        """
        if kind not in KINDS:
            raise UsageError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
        graph = flat_graph(model)
        chosen = feature_layer(graph, layer, setting)
        self._scores = class_scores(graph)
        self._inputs = ModelInputs(graph, self._scores.class_count)
        self._setting = setting
        self.layer = chosen.name
        self.kind = kind
        self._graph = keras.Model(graph.inputs, [chosen.tensor, self._scores.tensor])
        signature = [self._inputs.specs, tf.TensorSpec([None, self._scores.class_count], tf.float32)]
        self._compiled = tf.function(self._batch_maps, input_signature=signature, autograph=False).get_concrete_function()

    def maps(
        self,
        images: npt.ArrayLike,
        class_indices: npt.ArrayLike,
        batch_size: int = 16,
        others: Sequence[npt.ArrayLike] = (),
        against: Against = None,
    ) -> Floats:
        """Explain one class of each image.

        Args:
          images: float32 [n, height_px, width_px, channels], in the range that the model was trained on.
          class_indices: int [n], the class to explain.
          batch_size: images in memory at a time; does not change the maps.
          others: what the model's other inputs take, float32 [n, ...] each, in their order.
          against: int [n], a second class of each image: its score is taken off that of the first, and the map shows what
            speaks for the first class rather than the second; "others" takes off the mean score of all other classes. A softmax does
            not see what all scores share, and without a contrast a map may show that.
        Returns:
          float32 [n, height_px, width_px], range [0, 1], the maximum of each being 1; all zero where no evidence is positive.
        Raises:
          UsageError: the arrays do not fit the model or each other, or Grad-CAM++ meets feature maps with negative values.
          OverflowedError: the model's gradients are not finite.
        """
        inputs = self._inputs.arrays(images, others)
        count = len(inputs[0])
        explained = selection(self._inputs, class_indices, against, count)
        maps = np.zeros(inputs[0].shape[:3], np.float32)
        for rows, tensors in batches([*inputs, explained], batch_size):
            maps[rows], lowest = self._compiled(tensors[:-1], tensors[-1])
            if self.kind == "gradcam++" and lowest < 0:
                raise UsageError(
                    f"{self._setting}: Grad-CAM++ is not defined for feature maps with negative values, which {self.layer!r} has; "
                    "name a layer behind a ReLU, or take another kind"
                )
            progress.report("explainer", rows.stop, count, "images, Grad-CAM")
        return finite(maps)

    def _batch_maps(self, inputs: list[tf.Tensor], explained: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the maps [n, height_px, width_px] and the lowest value of the feature maps."""
        images = inputs[0]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            activations, values = self._graph(inputs, training=False)
            scores = tf.cast(self._scores.of(values), tf.float32) * explained
        gradients = tape.gradient(scores, activations)
        if gradients is None:
            raise UsageError(f"{self._setting}: the class scores do not depend on layer {self.layer!r}")
        feature_maps = tf.cast(activations, tf.float32)
        weights = channel_weights(self.kind, feature_maps, tf.cast(gradients, tf.float32))
        evidence = tf.nn.relu(tf.reduce_sum(weights * feature_maps, axis=-1, keepdims=True))
        upsampled = tf.image.resize(evidence, tf.shape(images)[1:3], method="bilinear")[..., 0]
        maps = tf.math.divide_no_nan(upsampled, tf.reduce_max(upsampled, axis=(1, 2), keepdims=True))
        return maps, tf.reduce_min(feature_maps)


def channel_weights(kind: str, feature_maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    """Weigh the channels as the kind asks, up to a positive factor of each image.

    Args:
      kind: one of KINDS.
      feature_maps: float32 [n, height, width, channels]; of gradcam++ 0 or more.
      gradients: float32, of the same shape, of the class score by the feature maps.
    Returns:
      float32 [n, 1, 1, channels]; [n, height, width, channels] of hirescam.
    """
    if kind == "hirescam":
        return gradients
    if kind == "gradcam++":
        totals = tf.reduce_sum(feature_maps, axis=(1, 2), keepdims=True)
        return tf.reduce_sum(tf.math.divide_no_nan(tf.nn.relu(gradients), 2 + totals * gradients), axis=(1, 2), keepdims=True)
    weights = tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)
    return -weights if kind == "counterfactual" else weights


def selection(inputs: ModelInputs, class_indices: npt.ArrayLike, against: Against, count: int) -> Floats:
    """Say which class scores are explained: float32 [count, classes], 1 for the class, and -1 in all for what it is held against.

    Raises:
      UsageError: the classes do not fit the model or the number of images.
    """
    one_hot = np.eye(inputs.class_count, dtype=np.float32)
    explained = one_hot[inputs.classes(class_indices, count)]
    if against is None:
        return explained
    if isinstance(against, str):
        if against != "others" or inputs.class_count < 2:
            raise UsageError(f'against must be a class of each image, or "others" where there are others, not {against!r}')
        return explained - (1 - explained) / np.float32(inputs.class_count - 1)
    return explained - one_hot[inputs.classes(against, count, "against")]


def finite(maps: Floats) -> Floats:
    """Return the maps.

    Raises:
      OverflowedError: there is a value in them that is not finite.
    """
    if not np.isfinite(maps).all():
        raise OverflowedError("Grad-CAM: the model's gradients")
    return maps
