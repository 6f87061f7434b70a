"""Our own convolutional network, shaped by the search: a stem, stages of blocks, a pooling head.

A flat functional graph (nested models break Grad-CAM). The stem and each stage but the first halve the sides, so that most
of the work is done on few pixels: two processor cores train it in minutes. components.trainer.block_style says what the blocks are.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import keras

from components.trainer.block_style import BLOCKS, NORMALISATIONS, POOLINGS, Cost, Style, block_costs, convolution_cost, dense_cost, one_of
from components.trainer.blocks import Blocks
from components.trainer.network import METADATA_SIZE, NetworkSpec, finish, image_input, seeds_from

DEFAULTS: Final[Mapping[str, Any]] = {
    "stages": 4,
    "blocks": 1,
    "width": 24,
    "block": "residual",
    "kernel_size": 3,
    "squeeze_excitation": False,
    "normalisation": "batch",
    "pooling": "average",
    "dropout": 0.3,
    "learning_rate": 1e-3,
}
PRETRAINED: Final = False
_MAX_GROWTH: Final = 8  # the widest stage has this many times the width of the first


def build(parameters: Mapping[str, Any], spec: NetworkSpec, weights: str = "none") -> keras.Model:
    """Build the network.

    Args:
      parameters: stages int >= 1, blocks int >= 1 (of each stage), width int (filters of the first stage), block (plain | residual |
        separable | pepx), kernel_size odd int, squeeze_excitation bool, normalisation (batch | group), pooling (average | average_max:
        the largest value of each map as well; Grad-CAM is exact for average alone), dropout in [0, 1) before the last layer;
        further keys, such as learning_rate, are for others.
      spec: input, outputs and seed.
      weights: none; there are no others.
    Returns:
      A model as components.trainer.network.finish makes it.
    Raises:
      UsageError: a parameter is not one of those allowed, or weights are wanted.
    """
    one_of("initial weights", weights, ("none",))
    seeds = seeds_from(spec.seed)
    net = Blocks(_style(parameters), seeds)
    image = image_input(spec)
    x = keras.layers.Rescaling(2.0, offset=-1.0, name="centred")(image)
    x = net.convolution(x, parameters["width"], "stem", strides=2)
    for stage, filters in enumerate(_widths(parameters), start=1):
        if stage > 1:
            x = keras.layers.MaxPooling2D(2, padding="same", name=f"stage{stage}_pool")(x)
        x = net.block(x, filters, f"stage{stage}")
        for block in range(2, parameters["blocks"] + 1):
            x = net.block(x, filters, f"stage{stage}_block{block}")
    if one_of("pooling", parameters["pooling"], POOLINGS) == "average_max":
        average = keras.layers.GlobalAveragePooling2D(name="average")(x)
        x = keras.layers.Concatenate(name="average_and_max")([average, keras.layers.GlobalMaxPooling2D(name="max")(x)])
    return finish(image, x, spec, parameters["dropout"], seeds, "own_cnn")


def count_parameters(parameters: Mapping[str, Any], spec: NetworkSpec) -> int:
    """Count the weights that `build` would make, those of the batch normalisation's averages included, without making any.

    Args:
      parameters: as for `build`.
      spec: outputs.
    """
    return sum(cost.weights for cost in _costs(parameters, spec))


def count_flops(parameters: Mapping[str, Any], spec: NetworkSpec) -> int:
    """Count the operations of one image through convolutions and dense layers, without building.

    Args:
      parameters: as for `build`.
      spec: input and outputs.
    Returns:
      Twice the multiply-accumulates; those on the padding of a map's border are counted too.
    """
    return 2 * sum(cost.multiply_accumulates for cost in _costs(parameters, spec))


def _style(parameters: Mapping[str, Any]) -> Style:
    return Style(
        one_of("block", parameters["block"], BLOCKS),
        int(parameters["kernel_size"]),
        bool(parameters["squeeze_excitation"]),
        one_of("normalisation", parameters["normalisation"], NORMALISATIONS),
    )


def _widths(parameters: Mapping[str, Any]) -> list[int]:
    return [int(parameters["width"]) * min(2**stage, _MAX_GROWTH) for stage in range(parameters["stages"])]


def _costs(parameters: Mapping[str, Any], spec: NetworkSpec) -> Iterator[Cost]:
    style = _style(parameters)
    before, side_px = int(parameters["width"]), _half(spec.image_px)
    yield convolution_cost(style, 1, before, style.kernel_size, side_px)
    for stage, filters in enumerate(_widths(parameters)):
        if stage:
            side_px = _half(side_px)
        for _ in range(parameters["blocks"]):
            yield from block_costs(style, before, filters, side_px)
            before = filters
    pooled = before * (2 if parameters["pooling"] == "average_max" else 1)
    yield dense_cost(pooled + (METADATA_SIZE if spec.metadata else 0), spec.class_count)


def _half(side_px: int) -> int:
    return -(-side_px // 2)
