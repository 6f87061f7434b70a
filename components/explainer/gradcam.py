"""Grad-CAM: where in an image lies the evidence for a class."""

from collections.abc import Sequence

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base import progress
from components.base.errors import UsageError, UserError
from components.explainer.feature_maps import class_scores, feature_layer, flat_graph


class GradCam:
    """Grad-CAM of a Keras model (Selvaraju et al. 2017, arXiv:1610.02391, section 3).

    The feature maps of a layer are summed with weights: the spatial mean of the gradient of the class score before the softmax.
    What is negative speaks against the class and is cut. One compiled function serves every number of images.

    Attributes:
      layer: name of the layer whose feature maps are weighed.
    """

    def __init__(self, model: keras.Model, layer: str = "") -> None:
        """Prepare a model; later changes of its weights are seen.

        Args:
          model: functional or Sequential, one input [batch, height_px, width_px, channels] and any others, one output [batch, classes].
          layer: a layer with 4-D output; empty for the feature maps of the last convolution.
        Raises:
          UsageError: no such layer (the message names the nearest), the scores do not depend on it, or the model is of another kind.
        """
        graph = flat_graph(model)
        chosen = feature_layer(graph, layer)
        self._scores = class_scores(graph)
        self.layer: str = chosen.name
        self._input_shape = tuple(graph.inputs[0].shape[1:])
        self._graph = keras.Model(graph.inputs, [chosen.output, self._scores.tensor])
        inputs = [tf.TensorSpec([None, *tensor.shape[1:]], tf.float32) for tensor in graph.inputs]
        signature = [inputs, tf.TensorSpec([None], tf.int32)]
        self._compiled = tf.function(self._batch_maps, input_signature=signature, autograph=False).get_concrete_function()

    def maps(
        self, images: npt.ArrayLike, class_indices: npt.ArrayLike, batch_size: int = 16, others: Sequence[npt.ArrayLike] = ()
    ) -> npt.NDArray[np.float32]:
        """Explain one class of each image.

        Args:
          images: float32 [n, height_px, width_px, channels], in the range that the model was trained on.
          class_indices: int [n], the class to explain.
          batch_size: images in memory at a time; does not change the maps.
          others: what the model's other inputs take, float32 [n, ...] each, in their order.
        Returns:
          float32 [n, height_px, width_px], range [0, 1], the maximum of each being 1; all zero where no evidence is positive.
        Raises:
          UsageError: the arrays do not fit the model or each other.
          UserError: the model's gradients are not finite.
        """
        pixels = np.asarray(images, np.float32)
        indices = np.asarray(class_indices)
        inputs = [pixels, *(np.asarray(other, np.float32) for other in others)]
        self._check(inputs, indices, batch_size)
        maps = np.zeros(pixels.shape[:3], np.float32)
        for start in range(0, len(pixels), batch_size):
            stop = min(start + batch_size, len(pixels))
            maps[start:stop] = self._compiled(
                [tf.constant(each[start:stop]) for each in inputs], tf.constant(indices[start:stop], tf.int32)
            )
            progress.report("explainer", stop, len(pixels), "images, Grad-CAM")
        if not np.isfinite(maps).all():
            raise UserError("Grad-CAM: the model's gradients are not finite; its training has diverged, train it again")
        return maps

    def _batch_maps(self, inputs: list[tf.Tensor], class_indices: tf.Tensor) -> tf.Tensor:
        images = inputs[0]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            feature_maps, values = self._graph(inputs, training=False)
            explained = tf.gather(self._scores.of(values), class_indices, batch_dims=1)
        gradients = tape.gradient(explained, feature_maps)
        if gradients is None:
            raise UsageError(f"explainer.gradcam.layer: the class scores do not depend on layer {self.layer!r}")
        weights = tf.reduce_mean(tf.cast(gradients, tf.float32), axis=(1, 2), keepdims=True)
        evidence = tf.nn.relu(tf.reduce_sum(weights * tf.cast(feature_maps, tf.float32), axis=-1, keepdims=True))
        upsampled = tf.image.resize(evidence, tf.shape(images)[1:3], method="bilinear")[..., 0]
        return tf.math.divide_no_nan(upsampled, tf.reduce_max(upsampled, axis=(1, 2), keepdims=True))

    def _check(self, inputs: list[npt.NDArray[np.float32]], class_indices: npt.NDArray[np.int_], batch_size: int) -> None:
        images = inputs[0]
        expected = ", ".join("any" if size is None else str(size) for size in self._input_shape)
        fits = images.ndim == 4 and all(size in (None, actual) for size, actual in zip(self._input_shape, images.shape[1:], strict=True))
        if not fits:
            raise UsageError(f"images must be [n, {expected}], not {list(images.shape)}")
        shapes = [tuple(tensor.shape[1:]) for tensor in self._graph.inputs]
        if [each.shape for each in inputs[1:]] != [(len(images), *shape) for shape in shapes[1:]]:
            raise UsageError(f"others must be {len(shapes) - 1} arrays of {len(images)} rows, as the model's other inputs take")
        if class_indices.shape != images.shape[:1]:
            raise UsageError(f"class_indices must be [{len(images)}], one for each image, not {list(class_indices.shape)}")
        if len(class_indices) and not (class_indices.min() >= 0 and class_indices.max() < self._scores.class_count):
            raise UsageError(f"class_indices must lie in 0..{self._scores.class_count - 1}")
        if batch_size < 1:
            raise UsageError("batch_size must be 1 or more")
