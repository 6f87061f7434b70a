"""What the networks of keras.applications share: the scale of their input, their weights, their seeds and their last layers."""

import contextlib
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import keras

from components.base.errors import UsageError
from components.trainer.network import NetworkSpec, as_rgb, finish, head_parameters, image_input, seeds_from
from components.trainer.weights_file import WeightsFile, fetch

# What the published weights were trained on, for an input in [0, 1]: keras.applications.imagenet_utils.preprocess_input says the same
# for [0, 255]. The mode caffe wants blue, green, red; the three channels of a gray image are equal, so only the means change places.
_MEAN: Final = (0.485, 0.456, 0.406)
_DEVIATION: Final = (0.229, 0.224, 0.225)
_SCALES: Final[Mapping[str, tuple[Any, Any]]] = {
    "tf": (2.0, -1.0),
    "caffe": (255.0, [-103.939, -116.779, -123.68]),
    "torch": (
        [1.0 / deviation for deviation in _DEVIATION],
        [-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)],
    ),
}


@dataclass(frozen=True)
class Body:
    """A network of keras.applications without its last layers.

    Attributes:
      name: of the architecture.
      application: from include_top, weights (a path or None) and input_tensor to a model that ends in a feature map.
      parameters: number of its weights, those that are not trained included.
      channels: of the last feature map.
      min_px: smallest side of an input, pixels.
      scale: how the input of its weights was scaled (keras.applications.imagenet_utils.preprocess_input).
      weights: the file of its ImageNet weights.
    """

    name: str
    application: Callable[..., keras.Model]
    parameters: int
    channels: int
    min_px: int
    scale: Literal["tf", "caffe", "torch"]
    weights: WeightsFile


def build(body: Body, parameters: Mapping[str, Any], spec: NetworkSpec, weights: str) -> keras.Model:
    """Build a network of keras.applications over a gray image, with our last layers.

    Args:
      body: which.
      parameters: dropout in [0, 1); further keys are for others.
      spec: input, outputs and seed.
      weights: none (random, by the seed) or imagenet, of the body.
    Returns:
      A flat functional model as components.trainer.network.finish makes it.
    Raises:
      UsageError: the image is too small.
      UserError: the weights cannot be had.
      ValueError: other weights are wanted.
    """
    if weights not in ("none", "imagenet"):
        raise ValueError(f"weights must be none or imagenet, not {weights!r}")
    if spec.image_px < body.min_px:
        raise UsageError(f"{body.name} takes images of {body.min_px} px at least: set transform.image_px to that or more")
    path = str(fetch(body.weights)) if weights == "imagenet" else None
    seeds = seeds_from(spec.seed)
    scale, offset = _SCALES[body.scale]
    x = keras.layers.Rescaling(scale, offset=offset, name="scaled_for_imagenet")(as_rgb(image_input(spec)))
    with _drawing_from(next(seeds)):
        features = body.application(include_top=False, weights=path, input_tensor=x)
    return finish(features.inputs[0], features.output, spec, parameters["dropout"], seeds, body.name)


def count_parameters(body: Body, spec: NetworkSpec) -> int:
    """Count the weights that `build` would make, those that are not trained included, without making any."""
    return body.parameters + head_parameters(body.channels, spec)


def refuse_imagenet(name: str) -> UsageError:
    """Say that an architecture has no ImageNet weights, and what to do."""
    return UsageError(
        f"{name} has no ImageNet weights: set trainer.initial_weights to none or to the path of a model.keras, or choose another "
        "trainer.architecture"
    )


@contextlib.contextmanager
def _drawing_from(seed: int) -> Iterator[None]:
    # keras.applications takes no seeds: each initialiser draws its own from Python's generator. Its state is given back, so that a
    # build changes nothing for the caller.
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
