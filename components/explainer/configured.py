"""Grad-CAM as the configuration wants it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import keras
import numpy.typing as npt

from components.explainer.config import GradcamConfig
from components.explainer.feature_maps import earlier_layer, flat_graph
from components.explainer.gradcam import Against, GradCam
from components.explainer.model_inputs import Floats

EARLIER: Final = "earlier"


@dataclass(frozen=True)
class Maps:
    """Maps of some images.

    Attributes:
      maps: float32 [n, height_px, width_px], as `GradCam.maps` gives them.
      layer: name of the layer that was looked at.
    """

    maps: Floats
    layer: str


def configured_maps(
    model: keras.Model, config: GradcamConfig, images: npt.ArrayLike, class_indices: npt.ArrayLike, others: Sequence[npt.ArrayLike] = ()
) -> Maps:
    """Explain one class of each image; arguments and errors are those of `GradCam.maps`."""
    gradcam = GradCam(model, layer_name(model, config.layer), config.kind)
    return Maps(gradcam.maps(images, class_indices, config.batch_size, others, contrast(config)), gradcam.layer)


def contrast(config: GradcamConfig) -> Against:
    """Say what the class score is held against."""
    return None if config.against == "none" else config.against


def layer_name(model: keras.Model, configured: str) -> str:
    """Say which layer a configuration names; empty for the last convolutional one."""
    return earlier_layer(flat_graph(model)).name if configured == EARLIER else configured
