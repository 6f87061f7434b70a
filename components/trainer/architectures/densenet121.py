"""DenseNet-121 (Huang et al. 2017, arXiv:1608.06993) as CheXNet uses it (Rajpurkar et al. 2017, arXiv:1711.05225).

CheXNet starts from ImageNet weights, takes images of 224 px, and trains all layers with Adam at 0.001 in batches of 16. Huang et al.
use no dropout on ImageNet.
"""

from collections.abc import Mapping
from typing import Any, Final

import keras

from components.trainer import imagenet
from components.trainer.network import NetworkSpec
from components.trainer.weights_file import WeightsFile

DEFAULTS: Final[Mapping[str, Any]] = {"dropout": 0.0, "learning_rate": 1e-3}
PRETRAINED: Final = True
_BODY: Final = imagenet.Body(
    name="densenet121",
    application=keras.applications.DenseNet121,
    parameters=7_037_504,
    channels=1024,
    min_px=32,
    scale="torch",
    weights=WeightsFile(
        "https://storage.googleapis.com/tensorflow/keras-applications/densenet/densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "30ee3e1110167f948a6b9946edeeb738",
    ),
)


def build(parameters: Mapping[str, Any], spec: NetworkSpec, weights: str = "none") -> keras.Model:
    """Build the network; see components.trainer.imagenet.build.

    Args:
      parameters: dropout in [0, 1) before the last layer; further keys are for others.
      spec: input, outputs and seed.
      weights: none (random, by the seed) or imagenet, of the body.
    """
    return imagenet.build(_BODY, parameters, spec, weights)


def count_parameters(parameters: Mapping[str, Any], spec: NetworkSpec) -> int:  # noqa: ARG001
    """Count the weights that `build` would make, those of the batch normalisation's averages included, without making any."""
    return imagenet.count_parameters(_BODY, spec)
