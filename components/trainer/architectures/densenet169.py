"""DenseNet-169 (Huang et al. 2017, arXiv:1608.06993), which Hammoudi et al. 2020 (arXiv:2004.03399) train on chest radiographs.

Huang et al. use no dropout on ImageNet. The learning rate is ours, for fine-tuning; with random weights a higher one is wanted.
"""

from collections.abc import Mapping
from typing import Any, Final

import keras

from components.trainer import imagenet
from components.trainer.network import NetworkSpec
from components.trainer.weights_file import WeightsFile

DEFAULTS: Final[Mapping[str, Any]] = {"dropout": 0.0, "learning_rate": 1e-4}
PRETRAINED: Final = True
_BODY: Final = imagenet.Body(
    name="densenet169",
    application=keras.applications.DenseNet169,
    parameters=12_642_880,
    channels=1664,
    min_px=32,
    scale="torch",
    weights=WeightsFile(
        "https://storage.googleapis.com/tensorflow/keras-applications/densenet/densenet169_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "b8c4d4c20dd625c148057b9ff1c1176b",
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
