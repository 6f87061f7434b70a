"""How much a network computes for one image."""

import math
from typing import Any, Final

import keras

# The names of the kernels of each kind of layer that is counted.
_KERNELS: Final[dict[type, tuple[str, ...]]] = {
    keras.layers.Conv2D: ("kernel",),
    keras.layers.DepthwiseConv2D: ("kernel",),
    keras.layers.SeparableConv2D: ("depthwise_kernel", "pointwise_kernel"),
    keras.layers.Dense: ("kernel",),
}


def count_flops(model: keras.Model) -> int:
    """Count the floating-point operations of one image: two for each multiplication and addition of a kernel.

    Biases, normalisation, activations and pooling are left out: they are few beside the kernels.

    Args:
      model: a flat functional model whose feature maps are [n, height, width, channels] of known size.
    Returns:
      Operations of one forward pass of one image through Conv2D, DepthwiseConv2D, SeparableConv2D and Dense.
    Raises:
      ValueError: a layer has a kernel and is of another kind, so that the count would be too small.
    """
    return 2 * sum(_multiplications(layer) for layer in model.layers)


def _multiplications(layer: Any) -> int:
    names = _KERNELS.get(type(layer))
    if names is None:
        if any(len(weight.shape) > 1 for weight in layer.weights):
            raise ValueError(f"cannot count the operations of {layer.name}, a {type(layer).__name__}")
        return 0
    # Each value of a kernel is used once at every place of the output.
    places: int = math.prod(layer.output.shape[1:-1])
    kernels: list[int] = [math.prod(getattr(layer, name).shape) for name in names]
    return places * sum(kernels)
