"""Look into a model at one layer: its activations, the class scores, and their gradients, in batches by compiled functions."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base.errors import UsageError
from components.explainer.feature_maps import class_scores, feature_layer, flat_graph
from components.explainer.gradcam import Against, selection
from components.explainer.model_inputs import Floats, ModelInputs, batches
from components.explainer.overflow import check_outputs


class LayerView:
    """A Keras model seen from one layer.

    A direction v in channel space stands for adding v to the activations at every place, so that the mean over places is the
    space of the pooled activations, and the sum of the gradient over places is the gradient there.

    Attributes:
      layer: name of the layer.
      channels: of its output.
      class_count: classes of the model.
      image_shape: height_px, width_px, channels of the image input.
    """

    def __init__(self, model: keras.Model, layer: str = "", batch_size: int = 32, setting: str = "layer") -> None:
        """Prepare a model; later changes of its weights are seen.

        Args:
          model: functional or Sequential, one image input and any others, one output [batch, classes].
          layer: a layer with 4-D output; empty for the feature maps of the last convolution.
          batch_size: images in memory at a time; does not change what is returned.
          setting: where the user wrote the layer's name, such as "explainer.ace.layer", for the messages.
        Raises:
          UsageError: no such layer, or the model is of another kind.
        """
        graph = flat_graph(model)
        chosen = feature_layer(graph, layer, setting)
        self._scores = class_scores(graph)
        self._inputs = ModelInputs(graph, self._scores.class_count)
        self._batch_size = batch_size
        self._setting = setting
        self.layer = chosen.name
        self.channels = int(chosen.tensor.shape[-1])
        self.class_count = self._scores.class_count
        self.image_shape = self._inputs.image_shape
        self._before = keras.Model(graph.inputs, chosen.tensor)
        self._graph = keras.Model(graph.inputs, [chosen.tensor, self._scores.tensor, graph.outputs[0]])
        specs = self._inputs.specs
        self._pooled = _compiled(lambda inputs: _mean_over_places(self._graph(inputs, training=False)[0]), specs)
        self._probabilities = _compiled(lambda inputs: self._graph(inputs, training=False)[2], specs)
        self._gradients = _compiled(self._batch_gradients, specs, tf.TensorSpec([None, self.class_count], tf.float32))

    def pooled(self, images: npt.ArrayLike, others: Sequence[npt.ArrayLike] = ()) -> Floats:
        """Return the layer's activations, averaged over places: float32 [n, channels].

        Args:
          images: float32 [n, height_px, width_px, channels], in the range that the model was trained on.
          others: what the model's other inputs take, float32 [n, ...] each, in their order.
        Raises:
          UsageError: the arrays do not fit the model or each other.
        """
        return self._in_batches(self._pooled, self._inputs.arrays(images, others), self.channels)

    def probabilities(self, images: npt.ArrayLike, others: Sequence[npt.ArrayLike] = ()) -> Floats:
        """Return the model's output: float32 [n, class_count].

        Args:
          images: as in `pooled`.
          others: as in `pooled`.
        Raises:
          UsageError: the arrays do not fit the model or each other.
        """
        return self._in_batches(self._probabilities, self._inputs.arrays(images, others), self.class_count)

    def gradients(
        self, images: npt.ArrayLike, class_indices: npt.ArrayLike, others: Sequence[npt.ArrayLike] = (), against: Against = None
    ) -> Floats:
        """Return the gradient of a class score before the softmax by the pooled activations: float32 [n, channels].

        Args:
          images: as in `pooled`.
          class_indices: int [n], the class of each image.
          others: as in `pooled`.
          against: what is taken off the class score, as in components.explainer.gradcam.GradCam.maps.
        Raises:
          UsageError: the arrays do not fit the model or each other, or the class scores do not depend on the layer.
        """
        arrays = self._inputs.arrays(images, others)
        explained = selection(self._inputs, class_indices, against, len(arrays[0]))
        return self._in_batches(lambda batch: self._gradients(batch[:-1], batch[-1]), [*arrays, explained], self.channels)

    def check_outputs(self, images: npt.ArrayLike, others: Sequence[npt.ArrayLike] = ()) -> None:
        """Look at the first images for numbers that overflow unseen (components.explainer.overflow.check_outputs).

        Args:
          images: as in `pooled`.
          others: as in `pooled`.
        Raises:
          OverflowedError: activations, scores or probabilities are not finite.
        """
        check_outputs(self._graph, self._inputs.arrays(images, others))

    def weights_before(self) -> list[npt.NDArray[Any]]:
        """Return the weights that decide the layer's activations, as they now are: equal ones give equal activations."""
        return [np.array(weight) for weight in self._before.get_weights()]

    def _batch_gradients(self, inputs: list[tf.Tensor], selected: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(inputs[0])
            activations, values, _ = self._graph(inputs, training=False)
            explained = tf.cast(self._scores.of(values), tf.float32) * selected
        gradients = tape.gradient(explained, activations)
        if gradients is None:
            raise UsageError(f"{self._setting}: the class scores do not depend on layer {self.layer!r}")
        return tf.reduce_sum(tf.cast(gradients, tf.float32), axis=(1, 2))

    def _in_batches(self, function: Callable[[list[tf.Tensor]], tf.Tensor], arrays: list[npt.NDArray[Any]], width: int) -> Floats:
        found = np.zeros((len(arrays[0]), width), np.float32)
        for rows, tensors in batches(arrays, self._batch_size):
            found[rows] = function(tensors).numpy()
        return found


def _mean_over_places(activations: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.cast(activations, tf.float32), axis=(1, 2))


def _compiled(function: Callable[..., tf.Tensor], *signature: Any) -> Callable[..., tf.Tensor]:
    compiled: Callable[..., tf.Tensor] = tf.function(function, input_signature=signature, autograph=False)
    return compiled
