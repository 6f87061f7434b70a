"""Grad-CAM as a configuration or a command wants it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import keras
import numpy as np
import numpy.typing as npt

from components.explainer.config import GradcamConfig
from components.explainer.feature_maps import earlier_layer, flat_graph
from components.explainer.gradcam import Against, GradCam, Kind
from components.explainer.guided import GuidedGradCam
from components.explainer.model_inputs import Floats

EARLIER: Final = "earlier"
AnyKind = Kind | Literal["guided"]


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
    return make_maps(model, config.kind, config.layer, images, class_indices, config.batch_size, others, contrast(config))


def make_maps(
    model: keras.Model,
    kind: AnyKind,
    layer: str,
    images: npt.ArrayLike,
    class_indices: npt.ArrayLike,
    batch_size: int,
    others: Sequence[npt.ArrayLike],
    against: Against,
) -> Maps:
    """Explain one class of each image by any kind; further arguments and errors are those of `GradCam` and `GradCam.maps`.

    Args:
      model: as there.
      kind: also guided: of guided Grad-CAM, which has either sign, what speaks for the class, the maximum of each map being 1.
      layer: as configured.
      images: as there.
      class_indices: as there.
      batch_size: as there.
      others: as there.
      against: as there.
    """
    name = layer_name(model, layer)
    if kind != "guided":
        gradcam = GradCam(model, name, kind)
        return Maps(gradcam.maps(images, class_indices, batch_size, others, against), gradcam.layer)
    guided = GuidedGradCam(model, name)
    evidence = np.maximum(guided.maps(images, class_indices, batch_size, others, against), 0).sum(axis=-1)
    highest = evidence.max(axis=(1, 2), keepdims=True)
    return Maps(evidence / np.where(highest > 0, highest, 1), guided.layer)


def contrast(config: GradcamConfig) -> Against:
    """Say what the class score is held against."""
    return None if config.against == "none" else config.against


def layer_name(model: keras.Model, configured: str) -> str:
    """Say which layer a configuration names; empty for the last convolutional one."""
    return earlier_layer(flat_graph(model)).name if configured == EARLIER else configured
