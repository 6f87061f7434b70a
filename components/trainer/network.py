"""What all architectures share: the specification of a network, its inputs and its last layers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import keras

from components.trainer.config import Task

IMAGE: Final = "image"
METADATA: Final = "metadata"
EMBEDDING: Final = "embedding"
LOGITS: Final = "logits"
PROBABILITIES: Final = "probabilities"
# Age in centuries and whether it is known; sex F, M, unknown; view AP, PA, unknown (components.trainer.metadata).
METADATA_SIZE: Final = 8
# The layers behind the features: what differs between two tasks, and what a first phase of fine-tuning trains.
HEAD: Final = (EMBEDDING, METADATA, "with_metadata", "dropout", LOGITS, PROBABILITIES)


@dataclass(frozen=True)
class NetworkSpec:
    """What a network must fit to, whatever its architecture.

    Attributes:
      image_px: side of the input, pixels.
      class_count: number of outputs.
      seed: of the initial weights and of the dropout.
      task: multiclass (softmax: one class an image) or multilabel (sigmoid: any number of findings an image).
      metadata: there is a second input "metadata", float32 [n, METADATA_SIZE], beside the image.
    """

    image_px: int
    class_count: int
    seed: int
    task: Task = "multiclass"
    metadata: bool = False


class Architecture(Protocol):
    """What each file of `components/trainer/architectures` exports.

    DEFAULTS: parameters of the architecture, with the values that it starts from; dropout and learning_rate are among them.
    PRETRAINED: whether `weights="imagenet"` exists.
    """

    DEFAULTS: Mapping[str, Any]
    PRETRAINED: bool

    def build(self, parameters: Mapping[str, Any], spec: NetworkSpec, weights: str = "none") -> keras.Model:
        """Build the network.

        Args:
          parameters: as in DEFAULTS; further keys are for others.
          spec: input, outputs and seed.
          weights: none (random, by the seed) or imagenet, of the body.
        Returns:
          A flat functional model as `finish` makes it.
        Raises:
          UserError: the weights cannot be had; the message says what to do.
        """
        ...

    def count_parameters(self, parameters: Mapping[str, Any], spec: NetworkSpec) -> int:
        """Count the weights that `build` would make, those that are not trained included."""
        ...


def image_input(spec: NetworkSpec) -> Any:
    """Make the input "image", float32 [n, image_px, image_px, 1], range [0, 1]."""
    return keras.Input([spec.image_px, spec.image_px, 1], name=IMAGE)


def as_rgb(image: Any) -> Any:
    """Repeat the gray channel three times, as networks for photographs want it; float32 [n, height_px, width_px, 3]."""
    return keras.layers.Concatenate(name="rgb")([image, image, image])


def finish(image: Any, features: Any, spec: NetworkSpec, dropout: float, seeds: Iterator[int], name: str) -> keras.Model:
    """Add the last layers: average over the map, metadata where wanted, dropout, a dense layer and the probabilities.

    Args:
      image: the input, from `image_input`.
      features: the last feature map [n, height, width, channels], or pooled features [n, channels].
      spec: outputs and metadata.
      dropout: share of the pooled features, [0, 1).
      seeds: deals out a new seed for each random thing.
      name: of the model.
    Returns:
      A flat functional model from "image" (and "metadata") to "probabilities" float32 [n, class_count], with the layers "embedding"
      (pooled features) and "logits" before.
    """
    if len(features.shape) == 4:
        # Average pooling: Grad-CAM of the averaged maps is exact.
        embedding = keras.layers.GlobalAveragePooling2D(name=EMBEDDING)(features)
    else:
        embedding = keras.layers.Identity(name=EMBEDDING)(features)
    inputs, x = [image], embedding
    if spec.metadata:
        metadata = keras.Input([METADATA_SIZE], name=METADATA)
        inputs.append(metadata)
        x = keras.layers.Concatenate(name="with_metadata")([embedding, metadata])
    x = keras.layers.Dropout(dropout, seed=next(seeds), name="dropout")(x)
    x = keras.layers.Dense(spec.class_count, kernel_initializer=keras.initializers.GlorotUniform(next(seeds)), name=LOGITS)(x)
    activation = "softmax" if spec.task == "multiclass" else "sigmoid"
    probabilities = keras.layers.Activation(activation, dtype="float32", name=PROBABILITIES)(x)
    return keras.Model(inputs if spec.metadata else image, probabilities, name=name)


def seeds_from(seed: int) -> Iterator[int]:
    """Deal out seeds of initial weights and dropout: each different, all decided by the seed of the run."""
    return iter(range(seed * 1000 % 2**31, 2**32))


def head_parameters(channels: int, spec: NetworkSpec) -> int:
    """Count the weights of the last dense layer over `channels` pooled features."""
    return (channels + (METADATA_SIZE if spec.metadata else 0) + 1) * spec.class_count


def body_layers(model: keras.Model) -> Sequence[Any]:
    """List the layers before the embedding, in order."""
    return [layer for layer in model.layers if layer.name not in HEAD]
