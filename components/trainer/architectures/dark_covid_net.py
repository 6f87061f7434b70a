"""DarkCovidNet (Ozturk et al. 2020, Computers in Biology and Medicine 121:103792): 17 convolutions after Darknet-19.

Each convolution of 1 x 1 pads its map by one pixel on each side, as in the authors' program: so 256 px end in a map of 13 x 13, not
of 8 x 8, and the paper's table comes out to the last weight. The last convolution has one filter a class; its map is flattened into
the dense layer, which ties the network to one size of image. With two classes and 256 px, 1,164,434 weights are trained, as the paper
says; `count_parameters` counts the averages of the batch normalisation as well, 2 a filter.

The authors train with Adam at 0.003, without dropout.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import keras

from components.trainer.imagenet import refuse_imagenet
from components.trainer.network import NetworkSpec, as_rgb, finish, head_parameters, image_input, seeds_from

DEFAULTS: Final[Mapping[str, Any]] = {"dropout": 0.0, "learning_rate": 3e-3}
PRETRAINED: Final = False
# One convolution a stage, then three: wide, half as wide of 1 x 1, wide. The map is halved between the stages.
_SINGLE: Final = (8, 16)
_TRIPLE: Final = (32, 64, 128, 256)


def build(parameters: Mapping[str, Any], spec: NetworkSpec, weights: str = "none") -> keras.Model:
    """Build the network.

    Args:
      parameters: dropout in [0, 1) before the last layer; further keys are for others.
      spec: input, outputs and seed.
      weights: none; there are no others.
    Returns:
      A model as components.trainer.network.finish makes it; its embedding is the flattened map of the last convolution.
    Raises:
      UsageError: weights are wanted.
    """
    if weights != "none":
        raise refuse_imagenet("dark_covid_net")
    seeds = seeds_from(spec.seed)
    image = image_input(spec)
    x = keras.layers.Rescaling(2.0, offset=-1.0, name="centred")(as_rgb(image))
    for stage, filters in enumerate((*_SINGLE, *_TRIPLE), start=1):
        if stage > 1:
            x = keras.layers.MaxPooling2D(2, name=f"stage{stage}_pool")(x)
        if filters in _SINGLE:
            x = _convolution(x, filters, 3, seeds, f"stage{stage}")
        else:
            x = _convolution(x, filters, 3, seeds, f"stage{stage}_a")
            x = _convolution(x, filters // 2, 1, seeds, f"stage{stage}_b")
            x = _convolution(x, filters, 3, seeds, f"stage{stage}_c")
    x = _convolution(x, 128, 1, seeds, "last_a")
    x = _convolution(x, 256, 3, seeds, "last_b")
    x = _unnormalised(x, spec.class_count, 3, seeds, "classes")
    x = keras.layers.ReLU(name="classes_relu")(x)
    x = _normalised(x, "classes")
    x = keras.layers.Flatten(name="flattened")(x)
    return finish(image, x, spec, parameters["dropout"], seeds, "dark_covid_net")


def count_parameters(parameters: Mapping[str, Any], spec: NetworkSpec) -> int:  # noqa: ARG001
    """Count the weights that `build` would make, those of the batch normalisation's averages included, without making any."""
    before, total, side_px = 3, 0, spec.image_px
    for stage, filters in enumerate((*_SINGLE, *_TRIPLE), start=1):
        if stage > 1:
            side_px //= 2
        total += _size(before, filters, 3)
        if filters in _TRIPLE:
            total += _size(filters, filters // 2, 1) + _size(filters // 2, filters, 3)
            side_px += 2
        before = filters
    total += _size(256, 128, 1) + _size(128, 256, 3) + _size(256, spec.class_count, 3)
    side_px += 2
    return total + head_parameters(side_px**2 * spec.class_count, spec)


def _size(before: int, filters: int, kernel_size: int) -> int:
    return before * filters * kernel_size**2 + 4 * filters


def _convolution(x: Any, filters: int, kernel_size: int, seeds: Iterator[int], name: str) -> Any:
    if kernel_size == 1:
        x = keras.layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    x = _normalised(_unnormalised(x, filters, kernel_size, seeds, name), name)
    return keras.layers.LeakyReLU(negative_slope=0.1, name=f"{name}_relu")(x)


def _unnormalised(x: Any, filters: int, kernel_size: int, seeds: Iterator[int], name: str) -> Any:
    return keras.layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=False,
        kernel_initializer=keras.initializers.HeNormal(next(seeds)),
        name=f"{name}_conv",
    )(x)


def _normalised(x: Any, name: str) -> Any:
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_norm")(x)
