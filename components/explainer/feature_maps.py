"""Find the two tensors of a model that Grad-CAM needs: the feature maps of a layer, and the class scores before the softmax."""

import difflib
from dataclasses import dataclass
from typing import Any

import keras

from components.base.errors import UsageError

_CONVOLUTIONS = (
    keras.layers.Conv2D,
    keras.layers.Conv2DTranspose,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)
_SQUASHING = ("softmax", "sigmoid")


def flat_graph(model: keras.Model) -> keras.Model:
    """View a Sequential or functional model as one functional graph of the same layers and weights.

    Returns:
      A model whose inputs are the image and then the others, in their order.
    Raises:
      UsageError: the model is not a graph of one image input, any others of another shape, and one output.
    """
    inputs = getattr(model, "inputs", None) or []
    outputs = getattr(model, "outputs", None) or []
    images = [tensor for tensor in inputs if len(tensor.shape) == 4]
    if len(images) != 1 or len(outputs) != 1:
        raise UsageError(f"model {model.name!r}: Grad-CAM needs a functional or Sequential model of one image input and one output")
    return keras.Model(images + [tensor for tensor in inputs if tensor is not images[0]], outputs[0])


def feature_layer(graph: keras.Model, name: str = "") -> Any:
    """Choose the layer whose feature maps are weighed.

    The default is where the last convolution's work ends: the last layer of the shape of its output, so that a normalisation,
    an activation or a residual sum behind the convolution is counted to it. A classifier that averages these maps and
    has one dense layer is a linear function of them, and Grad-CAM is then exactly CAM; of the bare convolution it is not.
    1 x 1 maps, such as those of squeeze-and-excitation, show no place and are passed over.

    Args:
      graph: what `flat_graph` returns.
      name: a layer's name; empty for the default.
    Returns:
      A Keras layer (or operation) with one output [batch, height, width, channels].
    Raises:
      UsageError: there is no such layer, the message naming the nearest; or it has no feature maps.
    """
    spatial = [layer for layer in graph.operations if _is_spatial(layer)]
    if not name:
        return _last_convolutional(spatial)
    by_name = {layer.name: layer for layer in graph.operations}
    if name not in by_name:
        near = difflib.get_close_matches(name, [layer.name for layer in spatial], n=1, cutoff=0.0)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"explainer.gradcam.layer: the model has no layer {name!r}{hint}")
    if by_name[name] not in spatial:
        names = ", ".join(layer.name for layer in spatial)
        raise UsageError(f"explainer.gradcam.layer: {name!r} has no feature maps [batch, height, width, channels]; these have: {names}")
    return by_name[name]


@dataclass(frozen=True)
class ClassScores:
    """Where a graph holds its class scores: `tensor` itself, or what `dense` makes of it without its activation.

    The scores follow later changes of the model's weights.
    """

    tensor: Any
    dense: keras.layers.Dense | None
    class_count: int

    def of(self, values: Any) -> Any:
        """Turn values of `tensor` into scores [batch, classes]."""
        if self.dense is None:
            return values
        scores = keras.ops.matmul(values, self.dense.kernel)
        return scores if self.dense.bias is None else scores + self.dense.bias


def class_scores(graph: keras.Model) -> ClassScores:
    """Find the class scores before a closing softmax or sigmoid; where the model has none, its output is the scores.

    Raises:
      UsageError: the softmax is part of a layer that is not Dense, or the output is not [batch, classes].
    """
    output = graph.outputs[0]
    if len(output.shape) != 2:
        raise UsageError(f"model {graph.name!r}: its output must be [batch, classes], not {tuple(output.shape)}")
    class_count = int(output.shape[1])
    last = output._keras_history.operation
    while isinstance(last, keras.layers.Activation) and last.activation is keras.activations.linear:
        output = last.input
        last = output._keras_history.operation
    squashes = getattr(getattr(last, "activation", None), "__name__", "") in _SQUASHING
    if type(last).__name__ in ("Softmax", "Sigmoid") or (squashes and isinstance(last, keras.layers.Activation)):
        return ClassScores(last.input, None, class_count)
    if not squashes:
        return ClassScores(output, None, class_count)
    if isinstance(last, keras.layers.Dense):
        return ClassScores(last.input, last, class_count)
    raise UsageError(f"layer {last.name!r}: Grad-CAM knows a closing softmax as a layer of its own or as that of a Dense layer")


def _is_spatial(layer: Any) -> bool:
    if isinstance(layer, keras.layers.InputLayer):
        return False
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):  # several outputs, or called several times
        return False
    return len(shape) == 4 and tuple(shape[1:3]) != (1, 1)


def _last_convolutional(spatial: list[Any]) -> Any:
    convolutions = [index for index, layer in enumerate(spatial) if isinstance(layer, _CONVOLUTIONS)]
    if not convolutions:
        raise UsageError("Grad-CAM needs a convolutional layer; nested models hide theirs, build the model as one flat graph")
    last = convolutions[-1]
    shape = spatial[last].output.shape
    return next(layer for layer in reversed(spatial[last:]) if layer.output.shape == shape)
