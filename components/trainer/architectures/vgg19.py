"""VGG-19 (Simonyan and Zisserman 2015, arXiv:1409.1556), which Hammoudi et al. 2020 (arXiv:2004.03399) train on chest radiographs.

The dropout is that of Simonyan and Zisserman, who put it behind their two wide dense layers; here the average over the map stands in
their place. The learning rate is ours, for fine-tuning. Without batch normalisation the network learns little from random weights.
"""

from collections.abc import Mapping
from typing import Any, Final

import keras

from components.trainer import imagenet
from components.trainer.network import NetworkSpec
from components.trainer.weights_file import WeightsFile

DEFAULTS: Final[Mapping[str, Any]] = {"dropout": 0.5, "learning_rate": 1e-4}
PRETRAINED: Final = True
_BODY: Final = imagenet.Body(
    name="vgg19",
    application=keras.applications.VGG19,
    parameters=20_024_384,
    channels=512,
    min_px=32,
    scale="caffe",
    weights=WeightsFile(
        "https://storage.googleapis.com/tensorflow/keras-applications/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "253f8cb515780f3b799900260a226db6",
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
