"""EfficientNet-Lite0: small enough for a processor without accelerator, with weights of ImageNet.

Tan and Le 2019 (arXiv:1905.11946) found the network; its Lite form (github.com/tensorflow/tpu, models/official/efficientnet/lite, 2020)
leaves out squeeze-and-excitation and has ReLU6 in place of swish. Stochastic depth, which its authors trained with, is left out.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final, NamedTuple

import keras

from components.trainer.lite0_weights import load_body
from components.trainer.network import NetworkSpec, as_rgb, finish, head_parameters, image_input, seeds_from

DEFAULTS: Final[Mapping[str, Any]] = {"dropout": 0.2, "learning_rate": 1e-3}
PRETRAINED: Final = True
_STEM: Final = 32
_TOP: Final = 1280
# The authors' lite preprocessing, (value - 127) / 128 of [0, 255], over our [0, 1].
_SCALE: Final = 255 / 128
_OFFSET: Final = -127 / 128
# The authors' value; the weights hold with it alone.
_EPSILON: Final = 1e-3


class _Stage(NamedTuple):
    """Blocks of one width; the stride is the first one's."""

    blocks: int
    kernel_size: int
    strides: int
    expansion: int
    filters: int


_STAGES: Final = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


class _Block(NamedTuple):
    """One inverted residual block (Sandler et al. 2018, arXiv:1801.04381)."""

    name: str
    before: int
    kernel_size: int
    strides: int
    expansion: int
    filters: int


def build(parameters: Mapping[str, Any], spec: NetworkSpec, weights: str = "none") -> keras.Model:
    """Build the network; its map is 1/32 of the input's side.

    Args:
      parameters: dropout in [0, 1) before the last layer; further keys are for others.
      spec: input, outputs and seed.
      weights: none (random, by the seed) or imagenet, of the body; the last layer is random in both.
    Returns:
      A model as components.trainer.network.finish makes it.
    Raises:
      UserError: the weights are not installed, or are not those of this network.
      ValueError: there are no such weights.
    """
    if weights not in ("none", "imagenet"):
        raise ValueError(f"efficientnet_lite0 has no {weights} weights")
    seeds = seeds_from(spec.seed)
    image = image_input(spec)
    x = keras.layers.Rescaling(_SCALE, offset=_OFFSET, name="centred")(as_rgb(image))
    x = _relu(_convolution(x, _STEM, "stem", seeds, kernel_size=3, strides=2), "stem")
    for block in _blocks():
        x = _add_block(x, block, seeds)
    x = _relu(_convolution(x, _TOP, "top", seeds), "top")
    model = finish(image, x, spec, parameters["dropout"], seeds, "efficientnet_lite0")
    if weights == "imagenet":
        load_body(model)
    return model


def count_parameters(parameters: Mapping[str, Any], spec: NetworkSpec) -> int:  # noqa: ARG001
    """Count the weights that `build` would make, those of the batch normalisation's averages included, without making any.

    Args:
      parameters: none of them changes the size.
      spec: outputs.
    """
    total = 9 * 3 * _STEM + 4 * _STEM
    for block in _blocks():
        wide = block.before * block.expansion
        total += block.before * wide + 4 * wide if block.expansion > 1 else 0
        total += block.kernel_size**2 * wide + 4 * wide
        total += wide * block.filters + 4 * block.filters
    total += _STAGES[-1].filters * _TOP + 4 * _TOP
    return total + head_parameters(_TOP, spec)


def _blocks() -> Iterator[_Block]:
    before, number = _STEM, count(1)
    for stage in _STAGES:
        for place in range(stage.blocks):
            strides = 1 if place else stage.strides
            yield _Block(f"block{next(number)}", before, stage.kernel_size, strides, stage.expansion, stage.filters)
            before = stage.filters


def _add_block(x: Any, block: _Block, seeds: Iterator[int]) -> Any:
    y = x
    if block.expansion > 1:
        y = _relu(_convolution(y, block.before * block.expansion, f"{block.name}_expand", seeds), f"{block.name}_expand")
    y = keras.layers.DepthwiseConv2D(
        block.kernel_size,
        strides=block.strides,
        padding="same",
        use_bias=False,
        depthwise_initializer=_initializer(seeds),
        name=f"{block.name}_depthwise_conv",
    )(y)
    y = _relu(_normalised(y, f"{block.name}_depthwise"), f"{block.name}_depthwise")
    y = _convolution(y, block.filters, f"{block.name}_project", seeds)
    if block.strides == 1 and block.before == block.filters:
        y = keras.layers.Add(name=f"{block.name}_sum")([y, x])
    return y


def _convolution(x: Any, filters: int, name: str, seeds: Iterator[int], *, kernel_size: int = 1, strides: int = 1) -> Any:
    x = keras.layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer=_initializer(seeds),
        name=f"{name}_conv",
    )(x)
    return _normalised(x, name)


def _initializer(seeds: Iterator[int]) -> Any:
    # As the authors': normal, with variance 2 / fan out.
    return keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal", seed=next(seeds))


def _normalised(x: Any, name: str) -> Any:
    # Averages that follow within tens of steps: our trainings have some hundreds, the authors' had hundreds of thousands (momentum 0.99).
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=_EPSILON, name=f"{name}_norm")(x)


def _relu(x: Any, name: str) -> Any:
    return keras.layers.ReLU(max_value=6.0, name=f"{name}_relu")(x)
