"""The layers of our own network's blocks."""

from collections.abc import Iterator
from typing import Any

import keras

from components.trainer.block_style import Style, group_count, pepx_widths, squeezed


class Blocks:
    """Adds blocks to a graph; holds what all of them share.

    Args:
      style: of every block.
      seeds: deals out a new seed for each layer.
    """

    def __init__(self, style: Style, seeds: Iterator[int]) -> None:
        self._style = style
        self._seeds = seeds

    def block(self, x: Any, filters: int, name: str) -> Any:
        """Add a block.

        Args:
          x: feature map [n, height, width, channels].
          filters: channels of the output.
          name: first part of its layers' names.
        Returns:
          Feature map [n, height, width, filters], not negative.
        """
        if self._style.kind == "separable":
            x = self._separable(x, filters, f"{name}_a")
            return self._excited(self._separable(x, filters, f"{name}_b"), name)
        if self._style.kind == "pepx":
            return self._excited(self._pepx(x, filters, name), name)
        y = self.convolution(x, filters, f"{name}_a")
        if self._style.kind == "plain":
            return self._excited(self.convolution(y, filters, f"{name}_b"), name)
        y = self._excited(self.convolution(y, filters, f"{name}_b", activate=False), name)
        if x.shape[-1] != filters:
            x = self.convolution(x, filters, f"{name}_skip", kernel_size=1, activate=False)
        y = keras.layers.Add(name=f"{name}_sum")([x, y])
        return keras.layers.ReLU(name=f"{name}_relu")(y)

    def convolution(self, x: Any, filters: int, name: str, *, strides: int = 1, kernel_size: int = 0, activate: bool = True) -> Any:
        """Add a convolution with its normalisation, and a ReLU where `activate`; a kernel_size of 0 is that of the style."""
        x = keras.layers.Conv2D(
            filters,
            kernel_size or self._style.kernel_size,
            strides=strides,
            padding="same",
            use_bias=False,
            kernel_initializer=keras.initializers.HeNormal(next(self._seeds)),
            name=f"{name}_conv",
        )(x)
        return self._normalised(x, name, activate)

    def _separable(self, x: Any, filters: int, name: str) -> Any:
        return self.convolution(self._depthwise(x, name), filters, name, kernel_size=1)

    def _pepx(self, x: Any, filters: int, name: str) -> Any:
        narrow, wide = pepx_widths(x.shape[-1])
        x = self.convolution(x, narrow, f"{name}_project", kernel_size=1)
        x = self.convolution(x, wide, f"{name}_expand", kernel_size=1)
        x = self._depthwise(x, name)
        x = self.convolution(x, narrow, f"{name}_project_again", kernel_size=1)
        return self.convolution(x, filters, f"{name}_extend", kernel_size=1)

    def _depthwise(self, x: Any, name: str) -> Any:
        x = keras.layers.DepthwiseConv2D(
            self._style.kernel_size,
            padding="same",
            use_bias=False,
            depthwise_initializer=keras.initializers.HeNormal(next(self._seeds)),
            name=f"{name}_depthwise",
        )(x)
        return self._normalised(x, f"{name}_depthwise", activate=True)

    def _normalised(self, x: Any, name: str, activate: bool) -> Any:
        if self._style.normalisation == "batch":
            x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
        else:
            x = keras.layers.GroupNormalization(group_count(x.shape[-1]), name=f"{name}_norm")(x)
        return keras.layers.ReLU(name=f"{name}_relu")(x) if activate else x

    def _excited(self, x: Any, name: str) -> Any:
        if not self._style.squeeze_excitation:
            return x
        channels = x.shape[-1]
        weights = keras.layers.GlobalAveragePooling2D(name=f"{name}_squeeze")(x)
        weights = self._dense(weights, squeezed(channels), "relu", f"{name}_reduce")
        weights = self._dense(weights, channels, "sigmoid", f"{name}_excite")
        weights = keras.layers.Reshape([1, 1, channels], name=f"{name}_weights")(weights)
        return keras.layers.Multiply(name=f"{name}_weighted")([x, weights])

    def _dense(self, x: Any, units: int, activation: str, name: str) -> Any:
        initializer = keras.initializers.HeNormal(next(self._seeds))
        return keras.layers.Dense(units, activation=activation, kernel_initializer=initializer, name=name)(x)
