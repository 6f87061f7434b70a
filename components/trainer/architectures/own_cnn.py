"""Our own small convolutional network, shaped by the search: stages, width, kind of block, kernel size, dropout.

A flat functional graph (nested models break Grad-CAM). The stem and each stage but the first halve the sides, so that most
of the work is done on few pixels: two processor cores train it in minutes. Residual blocks after He et al. 2016 (arXiv:1512.03385),
separable ones after Howard et al. 2017 (arXiv:1704.04861), batch normalisation after every convolution.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import keras

from components.trainer.network import NetworkSpec, finish, head_parameters, image_input, seeds_from

DEFAULTS: Final[Mapping[str, Any]] = {
    "stages": 4,
    "width": 24,
    "block": "residual",
    "kernel_size": 3,
    "dropout": 0.3,
    "learning_rate": 1e-3,
}
PRETRAINED: Final = False
BLOCKS: Final = ("plain", "residual", "separable")
_MAX_GROWTH: Final = 8  # the widest stage has this many times the width of the first


def build(parameters: Mapping[str, Any], spec: NetworkSpec, weights: str = "none") -> keras.Model:
    """Build the network.

    Args:
      parameters: stages int >= 1, width int (filters of the first stage), block (plain | residual | separable), kernel_size odd int,
        dropout in [0, 1) before the last layer; further keys, such as learning_rate, are for others.
      spec: input, outputs and seed.
      weights: none; there are no others.
    Returns:
      A model as components.trainer.network.finish makes it.
    Raises:
      ValueError: the kind of block is unknown, or weights are wanted.
    """
    if parameters["block"] not in BLOCKS:
        raise ValueError(f"block must be one of {', '.join(BLOCKS)}, not {parameters['block']!r}")
    if weights != "none":
        raise ValueError(f"own_cnn has no {weights} weights")
    seeds = seeds_from(spec.seed)
    net = _Net(parameters["block"], parameters["kernel_size"], seeds)
    image = image_input(spec)
    x = keras.layers.Rescaling(2.0, offset=-1.0, name="centred")(image)
    x = net.convolution(x, parameters["width"], "stem", strides=2)
    for stage in range(parameters["stages"]):
        filters = parameters["width"] * min(2**stage, _MAX_GROWTH)
        if stage:
            x = keras.layers.MaxPooling2D(2, padding="same", name=f"stage{stage + 1}_pool")(x)
        x = net.block(x, filters, f"stage{stage + 1}")
    return finish(image, x, spec, parameters["dropout"], seeds, "own_cnn")


def count_parameters(parameters: Mapping[str, Any], spec: NetworkSpec) -> int:
    """Count the weights that `build` would make, those of the batch normalisation's averages included, without making any.

    Args:
      parameters: as for `build`.
      spec: outputs.
    """
    width, kernel_area = int(parameters["width"]), int(parameters["kernel_size"]) ** 2
    total = _convolution_size(1, width, kernel_area)
    before = width
    for stage in range(parameters["stages"]):
        filters = width * min(2**stage, _MAX_GROWTH)
        if parameters["block"] == "separable":
            total += sum(kernel_area * n + 4 * n + _convolution_size(n, filters, 1) for n in (before, filters))
        else:
            total += _convolution_size(before, filters, kernel_area) + _convolution_size(filters, filters, kernel_area)
        if parameters["block"] == "residual" and before != filters:
            total += _convolution_size(before, filters, 1)
        before = filters
    return total + head_parameters(before, spec)


def _convolution_size(before: int, filters: int, kernel_area: int) -> int:
    return before * filters * kernel_area + 4 * filters


class _Net:
    """Adds layers; holds what all of them share."""

    def __init__(self, kind: str, kernel_size: int, seeds: Iterator[int]):
        self._kind = kind
        self._kernel_size = kernel_size
        self._seeds = seeds

    def block(self, x: Any, filters: int, name: str) -> Any:
        if self._kind == "separable":
            x = self._separable(x, filters, f"{name}_a")
            return self._separable(x, filters, f"{name}_b")
        y = self.convolution(x, filters, f"{name}_a")
        if self._kind == "plain":
            return self.convolution(y, filters, f"{name}_b")
        y = self.convolution(y, filters, f"{name}_b", activate=False)
        if x.shape[-1] != filters:
            x = self.convolution(x, filters, f"{name}_skip", kernel_size=1, activate=False)
        y = keras.layers.Add(name=f"{name}_sum")([x, y])
        return keras.layers.ReLU(name=f"{name}_relu")(y)

    def convolution(self, x: Any, filters: int, name: str, *, strides: int = 1, kernel_size: int = 0, activate: bool = True) -> Any:
        x = keras.layers.Conv2D(
            filters,
            kernel_size or self._kernel_size,
            strides=strides,
            padding="same",
            use_bias=False,
            kernel_initializer=keras.initializers.HeNormal(next(self._seeds)),
            name=f"{name}_conv",
        )(x)
        return self._normalised(x, name, activate)

    def _separable(self, x: Any, filters: int, name: str) -> Any:
        x = keras.layers.DepthwiseConv2D(
            self._kernel_size,
            padding="same",
            use_bias=False,
            depthwise_initializer=keras.initializers.HeNormal(next(self._seeds)),
            name=f"{name}_depthwise",
        )(x)
        x = self._normalised(x, f"{name}_depthwise", activate=True)
        return self.convolution(x, filters, name, kernel_size=1)

    def _normalised(self, x: Any, name: str, activate: bool) -> Any:
        x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
        return keras.layers.ReLU(name=f"{name}_relu")(x) if activate else x
