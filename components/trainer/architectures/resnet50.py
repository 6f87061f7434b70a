"""ResNet-50 (He et al. 2016, arXiv:1512.03385) for chest radiographs, after Baltruschat et al. 2019 (Scientific Reports 9:6381).

They compare ImageNet weights with random ones, images of 224 and of 448 px (here `transform.image_px`), and images alone with images
beside age, sex and view (here `trainer.metadata`). He et al. use no dropout. The learning rate is ours, for fine-tuning; with random
weights a higher one is wanted.
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
    name="resnet50",
    application=keras.applications.ResNet50,
    parameters=23_587_712,
    channels=2048,
    min_px=32,
    scale="caffe",
    weights=WeightsFile(
        "https://storage.googleapis.com/tensorflow/keras-applications/resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "4d473c1dd8becc155b73f8504c6f6626",
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
