"""Inception-ResNet-v2 (Szegedy et al. 2017, arXiv:1602.07261), which Hammoudi et al. 2020 (arXiv:2004.03399) train on radiographs.

The dropout is that of Szegedy et al. (they keep 0.8). The learning rate is ours, for fine-tuning; with random weights a higher one is
wanted.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import keras

from components.trainer import imagenet
from components.trainer.network import NetworkSpec
from components.trainer.weights_file import WeightsFile

DEFAULTS: Final[Mapping[str, Any]] = {"dropout": 0.2, "learning_rate": 1e-4}
PRETRAINED: Final = True
# Keras numbers the layers of one process, so these names depend on what was built before.
_NUMBERED: Final = re.compile(r"(conv2d|batch_normalization|activation|max_pooling2d|average_pooling2d|custom_scale_layer)(?:_(\d+))?")
_SCALED: Final = "_scaled"


def _plain(**arguments: Any) -> keras.Model:
    """Build the body of Keras with names that are always the same, and without Keras's own scale layer, which a file cannot name."""
    original = keras.applications.InceptionResNetV2(**arguments)
    names = _stable_names([layer.name for layer in original.layers])
    copies = []

    def copy(layer: Any) -> Any:
        config, kind = layer.get_config(), type(layer)
        config["name"] = names.get(layer.name, layer.name)
        if kind.__name__ == "CustomScaleLayer":
            kind, config = keras.layers.Rescaling, {"scale": config["scale"], "offset": 0.0, "name": config["name"] + _SCALED}
        copies.append((layer, kind.from_config(config)))
        return copies[-1][1]

    def call(layer: Any, *inputs: Any, **options: Any) -> Any:
        if not layer.name.endswith(_SCALED):
            return layer(*inputs, **options)
        shortcut, residual = inputs[0]
        return keras.layers.Add(name=layer.name.replace(_SCALED, "_sum"))([shortcut, layer(residual)])

    plain = keras.models.clone_model(original, clone_function=copy, call_function=call)
    for layer, twin in copies:
        twin.set_weights(layer.get_weights())
    return plain


def _stable_names(names: Iterable[str]) -> dict[str, str]:
    """Number the layers of each kind from 1, in the order in which they were made."""
    numbers = defaultdict(list)
    for name in names:
        if numbered := _NUMBERED.fullmatch(name):
            numbers[numbered[1]].append((int(numbered[2] or 0), name))
    return {name: f"{kind}_{rank}" for kind, found in numbers.items() for rank, (_, name) in enumerate(sorted(found), start=1)}


_BODY: Final = imagenet.Body(
    name="inception_resnet_v2",
    application=_plain,
    parameters=54_336_736,
    channels=1536,
    min_px=75,
    scale="tf",
    weights=WeightsFile(
        "https://storage.googleapis.com/tensorflow/keras-applications/inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "d19885ff4a710c122648d3b5c3b684e4",
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
