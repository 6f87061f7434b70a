"""What the blocks of our own network are made of, and what each of its layers costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from components.base.errors import UsageError

BlockKind = Literal["plain", "residual", "separable", "pepx"]
Normalisation = Literal["batch", "group"]
Pooling = Literal["average", "average_max"]
BLOCKS: Final[tuple[str, ...]] = get_args(BlockKind)
NORMALISATIONS: Final[tuple[str, ...]] = get_args(Normalisation)
POOLINGS: Final[tuple[str, ...]] = get_args(Pooling)
_MAX_GROUPS: Final = 8
_MIN_CHANNELS_OF_A_GROUP: Final = 4
_SQUEEZE_RATIO: Final = 8
_MIN_SQUEEZED: Final = 4


@dataclass(frozen=True)
class Style:
    """How every block of one network is built.

    Attributes:
      kind: plain (two convolutions), residual (the same with a shortcut, He et al. 2016, arXiv:1512.03385), separable (two depthwise
        separable convolutions, Howard et al. 2017, arXiv:1704.04861) or pepx (projection, expansion, depthwise convolution,
        projection, extension; Wang and Wong 2020, arXiv:2003.09871, without its connections between blocks).
      kernel_size: side of the kernels, pixels.
      squeeze_excitation: whether each block weighs its channels (Hu et al. 2018, arXiv:1709.01507).
      normalisation: batch (Ioffe and Szegedy 2015, arXiv:1502.03167) or group (Wu and He 2018, arXiv:1803.08494), which does not
        depend on the size of the batch.
    """

    kind: BlockKind
    kernel_size: int
    squeeze_excitation: bool
    normalisation: Normalisation


@dataclass(frozen=True)
class Cost:
    """What one layer takes: its weights, and its multiply-accumulates for one image."""

    weights: int
    multiply_accumulates: int = 0


def one_of(name: str, value: Any, allowed: tuple[str, ...]) -> Any:
    """Return the value of a parameter.

    Raises:
      UsageError: it is not among those allowed.
    """
    if value not in allowed:
        raise UsageError(f"{name} of own_cnn must be one of {', '.join(allowed)}, not {value!r}")
    return value


def group_count(channels: int) -> int:
    """Return how many groups group normalisation makes: up to 8, of four channels or more each.

    A group of one channel would be all zero on a map of 1 x 1.
    """
    fitting = [n for n in range(1, _MAX_GROUPS + 1) if channels % n == 0 and channels // n >= _MIN_CHANNELS_OF_A_GROUP]
    return max(fitting, default=1)


def squeezed(channels: int) -> int:
    """Return the width of the bottleneck of squeeze and excitation."""
    return max(_MIN_SQUEEZED, channels // _SQUEEZE_RATIO)


def pepx_widths(before: int) -> tuple[int, int]:
    """Return the channels that a PEPX block projects to and expands to: a half and three quarters of its input's."""
    return max(1, before // 2), max(1, 3 * before // 4)


def block_costs(style: Style, before: int, filters: int, side_px: int) -> Iterator[Cost]:
    """Yield the cost of each layer of one block.

    Args:
      style: of the block.
      before: channels of its input.
      filters: channels of its output.
      side_px: side of its maps, pixels.
    """
    if style.kind == "separable":
        for channels in (before, filters):
            yield depthwise_cost(style, channels, side_px)
            yield convolution_cost(style, channels, filters, 1, side_px)
    elif style.kind == "pepx":
        narrow, wide = pepx_widths(before)
        yield convolution_cost(style, before, narrow, 1, side_px)
        yield convolution_cost(style, narrow, wide, 1, side_px)
        yield depthwise_cost(style, wide, side_px)
        yield convolution_cost(style, wide, narrow, 1, side_px)
        yield convolution_cost(style, narrow, filters, 1, side_px)
    else:
        yield convolution_cost(style, before, filters, style.kernel_size, side_px)
        yield convolution_cost(style, filters, filters, style.kernel_size, side_px)
        if style.kind == "residual" and before != filters:
            yield convolution_cost(style, before, filters, 1, side_px)
    if style.squeeze_excitation:
        yield dense_cost(filters, squeezed(filters))
        yield dense_cost(squeezed(filters), filters)


def convolution_cost(style: Style, before: int, filters: int, kernel_size: int, side_px: int) -> Cost:
    """Cost of a normalised convolution without bias, whose output has sides of `side_px` pixels."""
    kernel = before * filters * kernel_size**2
    return Cost(kernel + _norm_weights(style, filters), kernel * side_px**2)


def depthwise_cost(style: Style, channels: int, side_px: int) -> Cost:
    """Cost of a normalised depthwise convolution without bias."""
    kernel = channels * style.kernel_size**2
    return Cost(kernel + _norm_weights(style, channels), kernel * side_px**2)


def dense_cost(before: int, units: int) -> Cost:
    """Cost of a dense layer with bias."""
    return Cost((before + 1) * units, before * units)


def _norm_weights(style: Style, channels: int) -> int:
    # Batch normalisation keeps the running mean and variance as well.
    return channels * (4 if style.normalisation == "batch" else 2)
