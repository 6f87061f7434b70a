"""Find the two tensors of a model that Grad-CAM needs: the feature maps of a layer, and the class scores before the softmax."""

import difflib
from dataclasses import dataclass
from typing import Any

import keras

from components.base.errors import UsageError
from components.explainer.nested import Renamed, opened

_CONVOLUTIONS = (
    keras.layers.Conv2D,
    keras.layers.Conv2DTranspose,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)
_SQUASHING = ("softmax", "sigmoid")


def flat_graph(model: keras.Model) -> keras.Model:
    """View a Sequential or functional model as one functional graph of the same layers and weights.

    Models within the model are opened (components.explainer.nested).

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
    return opened(keras.Model(images + [tensor for tensor in inputs if tensor is not images[0]], outputs[0]))


@dataclass(frozen=True)
class FeatureMaps:
    """Feature maps in a graph: `tensor` [batch, height, width, channels], and the name of the layer that makes it."""

    name: str
    tensor: Any
    convolutional: bool


def feature_layer(graph: keras.Model, name: str = "", setting: str = "explainer.gradcam.layer") -> FeatureMaps:
    """Choose the layer whose feature maps are weighed.

    The default is where the last convolution's work ends: the last layer of the height and width of its output, so that a
    normalisation, an activation, a residual sum or the joining with earlier maps (of DenseNet) behind the convolution is counted
    to it. A classifier that averages these maps and has one dense layer is a linear function of them, and Grad-CAM is then exactly
    CAM; of the bare convolution it is not, nor of VGG-19, which takes the maximum of each 2 x 2 cells before the average.
    1 x 1 maps, such as those of squeeze-and-excitation, show no place and are passed over.

    Args:
      graph: what `flat_graph` returns.
      name: a layer's name; empty for the default.
      setting: where the user wrote the name, for the messages.
    Raises:
      UsageError: there is no such layer, the message naming the nearest; or it has no feature maps.
    """
    spatial = _spatial(graph)
    if not name:
        return _last_convolutional(spatial)
    by_name = {maps.name: maps for maps in spatial}
    if name in by_name:
        return by_name[name]
    if name not in {operation.name for operation in graph.operations}:
        near = difflib.get_close_matches(name, by_name, n=1, cutoff=0.0)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"{setting}: the model has no layer {name!r}{hint}")
    raise UsageError(f"{setting}: {name!r} has no feature maps [batch, height, width, channels]; these have: {', '.join(by_name)}")


def earlier_layer(graph: keras.Model) -> FeatureMaps:
    """Choose where concepts are looked for: the last feature maps that are larger than those of the last convolution.

    Behind the last maps there is often nothing but an average and one dense layer: a class score is then linear in the pooled
    activations, its gradient the same for every image, and a TCAV score 0 or 1 by construction. One reduction earlier it is not.

    Args:
      graph: what `flat_graph` returns.
    Returns:
      The maps; those of the last convolution where none before are larger.
    Raises:
      UsageError: there is no convolutional layer.
    """
    spatial = _spatial(graph)
    last = _last_convolutional(spatial)
    larger = [maps for maps in spatial[: spatial.index(last)] if maps.tensor.shape[1] > last.tensor.shape[1]]
    return larger[-1] if larger else last


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
    last, before = _origin(output)
    while isinstance(last, keras.layers.Activation) and last.activation is keras.activations.linear:
        output = before
        last, before = _origin(output)
    squashes = getattr(getattr(last, "activation", None), "__name__", "") in _SQUASHING
    if type(last).__name__ in ("Softmax", "Sigmoid") or (squashes and isinstance(last, keras.layers.Activation)):
        return ClassScores(before, None, class_count)
    if not squashes:
        return ClassScores(output, None, class_count)
    if isinstance(last, keras.layers.Dense):
        return ClassScores(before, last, class_count)
    raise UsageError(f"layer {last.name!r}: Grad-CAM knows a closing softmax as a layer of its own or as that of a Dense layer")


def layer_of(operation: Any) -> Any:
    """Return the layer behind an operation of a flat graph."""
    return operation.layer if isinstance(operation, Renamed) else operation


def _node(tensor: Any) -> Any:
    # `layer.input` and `layer.output` are those of the layer's first call, which may belong to another graph.
    operation, index, _ = tensor._keras_history
    return operation._inbound_nodes[index]


def _origin(tensor: Any) -> tuple[Any, Any]:
    node = _node(tensor)
    inputs = node.input_tensors
    return layer_of(node.operation), inputs[0] if inputs else None


def _spatial(graph: keras.Model) -> list[FeatureMaps]:
    """List the layers with one output, called once, that has places, in the order of the graph."""
    nodes: dict[str, dict[int, Any]] = {}
    pending = list(graph.outputs)
    while pending:
        node = _node(pending.pop())
        calls = nodes.setdefault(node.operation.name, {})
        if id(node) not in calls:
            calls[id(node)] = node
            pending += node.input_tensors
    found = []
    for operation in graph.operations:
        tensors = [tensor for node in nodes.get(operation.name, {}).values() for tensor in node.outputs]
        layer = layer_of(operation)
        if len(tensors) == 1 and not isinstance(layer, keras.layers.InputLayer) and _has_places(tensors[0]):
            found.append(FeatureMaps(operation.name, tensors[0], isinstance(layer, _CONVOLUTIONS)))
    return found


def _has_places(tensor: Any) -> bool:
    return len(tensor.shape) == 4 and tuple(tensor.shape[1:3]) != (1, 1)


def _last_convolutional(spatial: list[FeatureMaps]) -> FeatureMaps:
    convolutions = [index for index, maps in enumerate(spatial) if maps.convolutional]
    if not convolutions:
        raise UsageError("Grad-CAM needs a convolutional layer; those within a model with a call of its own cannot be seen")
    last = convolutions[-1]
    sides = spatial[last].tensor.shape[1:3]
    return next(maps for maps in reversed(spatial[last:]) if maps.tensor.shape[1:3] == sides)
