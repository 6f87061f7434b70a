"""COVID-Net (Wang, Lin and Wong 2020, Scientific Reports 10:19549, arXiv:2003.09871): PEPX blocks with long connections.

A PEPX block projects to fewer channels, expands to more, looks around (3 x 3, each channel for itself), projects and extends again.
Sixteen of them stand in four stages of 3, 4, 6 and 3. Within a stage each block takes the sum of all blocks before it; a stage hands
the sum of its blocks on.

The variant is COVID-Net CXR-Small, with the widths 256 to 2048 and, with `head: flattened`, its dense layers of 1024 and 256 behind the
flattened map. The authors do not print the widths inside a block. Here a block projects to a quarter of the channels it gets and
expands to three quarters: with three classes and 224 px that makes 117.6 M weights, where the authors state 117.4 M. 103 M of them are
the first dense layer, which also ties the network to one size of image and spreads what Grad-CAM wants to see. So the default is
`head: pooled`, the average over the map: 14.6 M weights. The authors' later models are smaller too (CXR3-B: 11.7 M, at 480 px).

They train with Adam at 0.0002 from ImageNet weights, which are not published in a form that fits here; they name no dropout.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import keras

from components.trainer.imagenet import refuse_imagenet
from components.trainer.network import NetworkSpec, as_rgb, finish, head_parameters, image_input, seeds_from

DEFAULTS: Final[Mapping[str, Any]] = {"head": "pooled", "dropout": 0.0, "learning_rate": 2e-4}
PRETRAINED: Final = False
HEADS: Final = ("pooled", "flattened")
_STEM: Final = 64
_STAGES: Final = ((3, 256), (4, 512), (6, 1024), (3, 2048))  # blocks and channels
_DENSE: Final = (1024, 256)


def build(parameters: Mapping[str, Any], spec: NetworkSpec, weights: str = "none") -> keras.Model:
    """Build the network.

    Args:
      parameters: head (pooled | flattened), dropout in [0, 1) before the last layer; further keys are for others.
      spec: input, outputs and seed.
      weights: none; there are no others.
    Returns:
      A model as components.trainer.network.finish makes it; its embedding has 2048 features (pooled) or 256 (flattened).
    Raises:
      UsageError: weights are wanted.
      ValueError: the head is unknown.
    """
    if weights != "none":
        raise refuse_imagenet("covid_net")
    if parameters["head"] not in HEADS:
        raise ValueError(f"head must be one of {', '.join(HEADS)}, not {parameters['head']!r}")
    seeds = seeds_from(spec.seed)
    image = image_input(spec)
    x = keras.layers.Rescaling(2.0, offset=-1.0, name="centred")(as_rgb(image))
    x = _convolution(x, _STEM, seeds, "stem", kernel_size=7, strides=2)
    for stage, (block_count, channels) in enumerate(_STAGES, start=1):
        x = keras.layers.MaxPooling2D(2, padding="same", name=f"stage{stage}_pool")(x)
        outputs: list[Any] = []
        for block in range(1, block_count + 1):
            outputs.append(_pepx(x, channels, seeds, f"pepx{stage}_{block}"))
            x = _sum(outputs, f"pepx{stage}_{block}_sum")
    if parameters["head"] == "flattened":
        x = keras.layers.Flatten(name="flattened")(x)
        for number, units in enumerate(_DENSE, start=1):
            initializer = keras.initializers.HeNormal(next(seeds))
            x = keras.layers.Dense(units, "relu", kernel_initializer=initializer, name=f"dense{number}")(x)
    return finish(image, x, spec, parameters["dropout"], seeds, "covid_net")


def count_parameters(parameters: Mapping[str, Any], spec: NetworkSpec) -> int:
    """Count the weights that `build` would make, those of the batch normalisation's averages included, without making any."""
    total, before, side_px = _size(3, _STEM, 49), _STEM, _half(spec.image_px)
    for block_count, channels in _STAGES:
        side_px = _half(side_px)
        for _ in range(block_count):
            low, high = before // 4, 3 * before // 4
            total += _size(before, low) + _size(low, high) + _size(1, high, 9) + _size(high, low) + _size(low, channels)
            before = channels
    if parameters["head"] == "flattened":
        before *= side_px**2
        for units in _DENSE:
            total += (before + 1) * units
            before = units
    return total + head_parameters(before, spec)


def _half(side_px: int) -> int:
    return (side_px + 1) // 2


def _size(before: int, filters: int, kernel_area: int = 1) -> int:
    return before * filters * kernel_area + 4 * filters


def _pepx(x: Any, channels: int, seeds: Iterator[int], name: str) -> Any:
    low, high = x.shape[-1] // 4, 3 * x.shape[-1] // 4
    x = _convolution(x, low, seeds, f"{name}_projection")
    x = _convolution(x, high, seeds, f"{name}_expansion")
    x = keras.layers.DepthwiseConv2D(
        3,
        padding="same",
        use_bias=False,
        depthwise_initializer=keras.initializers.HeNormal(next(seeds)),
        name=f"{name}_depthwise",
    )(x)
    x = _normalised(x, f"{name}_depthwise")
    x = _convolution(x, low, seeds, f"{name}_second_projection")
    return _convolution(x, channels, seeds, f"{name}_extension")


def _sum(outputs: Sequence[Any], name: str) -> Any:
    return keras.layers.Add(name=name)(list(outputs)) if len(outputs) > 1 else outputs[0]


def _convolution(x: Any, filters: int, seeds: Iterator[int], name: str, *, kernel_size: int = 1, strides: int = 1) -> Any:
    x = keras.layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer=keras.initializers.HeNormal(next(seeds)),
        name=f"{name}_conv",
    )(x)
    return _normalised(x, name)


def _normalised(x: Any, name: str) -> Any:
    x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)
