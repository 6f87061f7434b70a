"""Guided Grad-CAM: the fine structure that guided backpropagation shows, kept where Grad-CAM sees evidence."""

from collections.abc import Sequence
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base import progress
from components.base.errors import UsageError
from components.explainer.feature_maps import class_scores, flat_graph
from components.explainer.gradcam import Against, GradCam, finite, selection
from components.explainer.model_inputs import Floats, ModelInputs, batches

_GUIDED: Final = {"Relu": "CxrGuidedRelu", "Relu6": "CxrGuidedRelu6"}


class GuidedBackpropagation:
    """Guided backpropagation to the image (Springenberg et al. 2015, arXiv:1412.6806, section 3.4).

    On the way back through a ReLU the gradient passes where its input was positive, as ever, and where the gradient itself is
    positive. A ReLU6 does the same below 6. Other activations (leaky ReLU, swish, GELU, sigmoid gates) keep their own gradient,
    since the method says nothing of them; a model without any ReLU is refused, for there the result would be the plain gradient.
    The gates are set in the compiled graph, wherever a ReLU stands in it: the model and its layers are not changed.

    Adebayo et al. 2018 (arXiv:1810.03292) found that guided backpropagation and guided Grad-CAM hardly change when a model's weights are
    made random. They show structure of the image; do not take them for evidence about the model.
    """

    def __init__(self, model: keras.Model) -> None:
        """Prepare a model; later changes of its weights are seen.

        Args:
          model: as for components.explainer.gradcam.GradCam.
        Raises:
          UsageError: the model has no ReLU, its scores do not depend on the image, or it is of another kind.
        """
        graph = flat_graph(model)
        self._scores = class_scores(graph)
        self._inputs = ModelInputs(graph, self._scores.class_count)
        self._graph = keras.Model(graph.inputs, self._scores.tensor)
        signature = [self._inputs.specs, tf.TensorSpec([None, self._scores.class_count], tf.float32)]
        self._compiled = tf.function(self._batch_gradients, input_signature=signature, autograph=False).get_concrete_function()

    def gradients(
        self,
        images: npt.ArrayLike,
        class_indices: npt.ArrayLike,
        batch_size: int = 16,
        others: Sequence[npt.ArrayLike] = (),
        against: Against = None,
    ) -> Floats:
        """Return the guided gradient of one class score of each image.

        Args:
          images: as for `GradCam.maps`, and so the other arguments.
          class_indices: int [n].
          batch_size: images in memory at a time.
          others: what the model's other inputs take.
          against: a second class, or "others", whose score is taken off.
        Returns:
          float32 [n, height_px, width_px, channels], of either sign, score for a unit of pixel value.
        Raises:
          UsageError: the arrays do not fit the model or each other.
          OverflowedError: the model's gradients are not finite.
        """
        inputs = self._inputs.arrays(images, others)
        count = len(inputs[0])
        found = np.zeros(inputs[0].shape, np.float32)
        for rows, tensors in batches([*inputs, selection(self._inputs, class_indices, against, count)], batch_size):
            found[rows] = self._compiled(tensors[:-1], tensors[-1])
            progress.report("explainer", rows.stop, count, "images, guided backpropagation")
        return finite(found)

    def _batch_gradients(self, inputs: list[tf.Tensor], explained: tf.Tensor) -> tf.Tensor:
        function = tf.compat.v1.get_default_graph()
        with function.gradient_override_map(_GUIDED):
            scores = self._scores.of(self._graph(inputs, training=False))
        if not any(operation.type in _GUIDED for operation in function.get_operations()):
            raise UsageError("guided backpropagation needs a model with ReLU activations; use Grad-CAM for this one")
        # A gradient tape would not see the gates: it takes the gradient of an operation by its type alone.
        gradients = tf.gradients(tf.cast(scores, tf.float32) * explained, inputs[0])[0]
        if gradients is None:
            raise UsageError("guided backpropagation: the class scores do not depend on the image")
        return gradients


class GuidedGradCam:
    """Guided Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391, section 3): the product of both, place by place.

    `GuidedBackpropagation` says what to beware of.

    Attributes:
      layer: name of the layer whose feature maps Grad-CAM weighs.
    """

    def __init__(self, model: keras.Model, layer: str = "") -> None:
        """Prepare a model; arguments and errors are those of `GradCam` and `GuidedBackpropagation`."""
        self._gradcam = GradCam(model, layer)
        self._guided = GuidedBackpropagation(model)
        self.layer = self._gradcam.layer

    def maps(
        self,
        images: npt.ArrayLike,
        class_indices: npt.ArrayLike,
        batch_size: int = 16,
        others: Sequence[npt.ArrayLike] = (),
        against: Against = None,
    ) -> Floats:
        """Return float32 [n, height_px, width_px, channels], of either sign; arguments and errors are those of `GradCam.maps`."""
        given: tuple[Any, ...] = (images, class_indices, batch_size, others, against)
        return self._guided.gradients(*given) * self._gradcam.maps(*given)[..., None]


@tf.RegisterGradient(_GUIDED["Relu"])
def _guided_relu(operation: tf.Operation, gradient: tf.Tensor) -> tf.Tensor:
    return tf.where(operation.outputs[0] > 0, tf.nn.relu(gradient), tf.zeros_like(gradient))


@tf.RegisterGradient(_GUIDED["Relu6"])
def _guided_relu6(operation: tf.Operation, gradient: tf.Tensor) -> tf.Tensor:
    output = operation.outputs[0]
    return tf.where((output > 0) & (output < 6), tf.nn.relu(gradient), tf.zeros_like(gradient))
