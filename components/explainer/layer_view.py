"""Look into a model at one layer: its activations, the class scores, and their gradients, in batches by compiled functions."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base.errors import UsageError
from components.explainer.feature_maps import class_scores, feature_layer, flat_graph

Floats = npt.NDArray[np.float32]


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

    def __init__(self, model: keras.Model, layer: str = "", batch_size: int = 32) -> None:
        """Prepare a model; later changes of its weights are seen.

        Args:
          model: functional or Sequential, one image input and any others, one output [batch, classes].
          layer: a layer with 4-D output; empty for the feature maps of the last convolution.
          batch_size: images in memory at a time; does not change what is returned.
        Raises:
          UsageError: no such layer, or the model is of another kind.
        """
        graph = flat_graph(model)
        chosen = feature_layer(graph, layer)
        self._scores = class_scores(graph)
        self._batch_size = batch_size
        self.layer: str = chosen.name
        self.channels = int(chosen.output.shape[-1])
        self.class_count = self._scores.class_count
        self.image_shape = tuple(graph.inputs[0].shape[1:])
        self._graph = keras.Model(graph.inputs, [chosen.output, self._scores.tensor, graph.outputs[0]])
        inputs = [tf.TensorSpec([None, *tensor.shape[1:]], tf.float32) for tensor in graph.inputs]
        compiled = {"input_signature": [inputs], "autograph": False}
        self._pooled = tf.function(lambda given: tf.reduce_mean(self._graph(given, training=False)[0], axis=(1, 2)), **compiled)
        self._probabilities = tf.function(lambda given: self._graph(given, training=False)[2], **compiled)
        self._gradients = tf.function(self._batch_gradients, input_signature=[inputs, tf.TensorSpec([None], tf.int32)], autograph=False)

    def pooled(self, images: npt.ArrayLike, others: Sequence[npt.ArrayLike] = ()) -> Floats:
        """Return the layer's activations, averaged over places: float32 [n, channels].

        Args:
          images: float32 [n, height_px, width_px, channels], in the range that the model was trained on.
          others: what the model's other inputs take, float32 [n, ...] each, in their order.
        """
        return self._in_batches(self._pooled, [images, *others], self.channels)

    def probabilities(self, images: npt.ArrayLike, others: Sequence[npt.ArrayLike] = ()) -> Floats:
        """Return the model's output: float32 [n, class_count]."""
        return self._in_batches(self._probabilities, [images, *others], self.class_count)

    def gradients(self, images: npt.ArrayLike, class_indices: npt.ArrayLike, others: Sequence[npt.ArrayLike] = ()) -> Floats:
        """Return the gradient of a class score before the softmax by the pooled activations: float32 [n, channels].

        Args:
          images: float32 [n, height_px, width_px, channels].
          class_indices: int [n], the class of each image.
          others: as in `pooled`.
        Raises:
          UsageError: the class scores do not depend on the layer.
        """
        given = [images, *others, np.asarray(class_indices, np.int32)]
        return self._in_batches(lambda batch: self._gradients(batch[:-1], batch[-1]), given, self.channels)

    def _batch_gradients(self, inputs: list[tf.Tensor], class_indices: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(inputs[0])
            activations, values, _ = self._graph(inputs, training=False)
            explained = tf.gather(self._scores.of(values), class_indices, batch_dims=1)
        gradients = tape.gradient(explained, activations)
        if gradients is None:
            raise UsageError(f"the class scores do not depend on layer {self.layer!r}")
        return tf.reduce_sum(tf.cast(gradients, tf.float32), axis=(1, 2))

    def _in_batches(self, function: Callable[[list[tf.Tensor]], tf.Tensor], arrays: Sequence[npt.ArrayLike], width: int) -> Floats:
        given = [each if np.asarray(each).dtype == np.int32 else np.asarray(each, np.float32) for each in map(np.asarray, arrays)]
        found = np.zeros((len(given[0]), width), np.float32)
        for start in range(0, len(found), self._batch_size):
            batch = slice(start, start + self._batch_size)
            found[batch] = function([tf.constant(each[batch]) for each in given]).numpy()
        return found
