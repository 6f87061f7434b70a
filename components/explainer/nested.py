"""Open models that are layers of other models, so that the layers within can be looked at."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras


class Renamed(keras.Operation):
    """A layer under another name: a graph has each name once, while models within models may share names.

    Attributes:
      layer: the layer itself, with its weights.
    """

    def __init__(self, layer: Any, name: str) -> None:
        super().__init__(name=name)
        self.layer = layer

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Do what the layer does."""
        return self.layer(*args, **kwargs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Tell the shapes of what the layer returns."""
        return self.layer.compute_output_spec(*args, **kwargs)


def opened(graph: keras.Model) -> keras.Model:
    """Replace every functional or Sequential model within a graph by its layers, at any depth.

    The layers are the model's own: later changes of their weights are seen. Their `input` and `output` stay those of the model that
    they came from. A layer whose name is taken appears as `Renamed`, "MODEL.LAYER". A model with a `call` of its own stays closed.

    Args:
      graph: a functional model, of keras.Model itself.
    Returns:
      The same graph where no model is within it, else a new one with inputs of the same names and order.
    """
    calls = (type(graph).call, keras.Sequential.call)

    def opens(operation: Any) -> bool:
        return isinstance(operation, keras.Model) and type(operation).call in calls and bool(operation.inputs)

    if not any(opens(operation) for operation in graph.operations):
        return graph
    owners = {operation.name: operation for operation in graph.operations}
    renamed: dict[int, Renamed] = {}

    def call(path: str, operation: Any, *args: Any, **kwargs: Any) -> Any:
        if opens(operation):
            given = args[0] if args else kwargs["inputs"]
            return _replay(keras.Model(operation.inputs, operation.outputs), given, partial(call, f"{path}{operation.name}."))
        if owners.setdefault(operation.name, operation) is operation:
            return operation(*args, **kwargs)
        alias = renamed.setdefault(id(operation), Renamed(operation, f"{path}{operation.name}"))
        return alias(*args, **kwargs)

    inputs = [keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name) for tensor in graph.inputs]
    return keras.Model(inputs, _replay(graph, inputs, partial(call, "")))


def _replay(graph: keras.Model, given: Any, call: Callable[..., Any]) -> Any:
    # Keras has no public way to apply the layers of a graph one by one; calling the model would make one layer of it again.
    return graph._run_through_graph(given, operation_fn=lambda operation: partial(call, operation))
