"""Write a trained model twice: a SavedModel that takes raw examples or images, and model.keras for the explainers."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components.base.temperature import ModelTemperature
from components.trainer.examples import network_input
from components.trainer.metadata import metadata_input
from components.trainer.network import EMBEDDING, METADATA
from schemas import features


class ServingModel(tf.Module):
    """The network behind the preprocessing of the Transform that it was trained with.

    Only `image/encoded` is fed to the transform graph: nothing else can reach the network, and a client need not send it.
    The graph takes the missing split as "", for which it draws no views. A network with metadata reads age, sex and view of an
    Example beside it, unknown where they are missing or a bare image is sent.
    """

    def __init__(self, model: keras.Model, transform_output: tft.TFTransformOutput, image_px: int):
        super().__init__()
        transform = transform_output.transform_features_layer()
        network = keras.Model(model.inputs, [model.output, model.get_layer(EMBEDDING).output])
        # A tracked Keras variable is saved as a copy, and a server that restores by names (TensorFlow Serving) fills the copy
        # alone: so TensorFlow's own variables are tracked, and closures hide the models. The transform layer, of Keras 2, would
        # also trace itself anew for each save. Its graph holds no table; saving fails, loudly, should it ever hold one.
        self._weights = [variable.value for variable in network.variables]
        self._transform: Callable[[tf.Tensor], tf.Tensor] = lambda encoded: transform({features.ENCODED: encoded})[features.IMAGE]
        self._predict: Callable[[list[tf.Tensor]], Any] = lambda inputs: network(inputs, training=False)
        self._with_metadata = METADATA in [layer.name for layer in model.layers]
        self._image_px = image_px

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")], autograph=False)
    def serving_default(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classify serialised tf.Examples as ingest writes them."""
        return {"probabilities": self._classify(*_read(examples))[0]}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="images")], autograph=False)
    def encoded_images(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classify the bytes of PNG or JPEG files."""
        count = tf.shape(images)
        unknown = tf.fill(count, features.UNKNOWN)
        facts = metadata_input(tf.fill(count, tf.constant(features.NOT_STATED, tf.int64)), unknown, unknown)
        return {"probabilities": self._classify(images, facts)[0]}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")], autograph=False)
    def embeddings(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classify serialised tf.Examples, and give the pooled features as well."""
        probabilities, embedding = self._classify(*_read(examples))
        return {"probabilities": probabilities, "embedding": embedding}

    def _classify(self, encoded: tf.Tensor, facts: tf.Tensor) -> Any:
        image = network_input(self._transform(encoded), self._image_px)
        return self._predict([image, facts] if self._with_metadata else [image])


def _read(examples: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    parsed = tf.io.parse_example(
        examples,
        {
            features.ENCODED: tf.io.FixedLenFeature([], tf.string),
            features.AGE: tf.io.FixedLenFeature([], tf.int64, features.NOT_STATED),
            features.SEX: tf.io.FixedLenFeature([], tf.string, features.UNKNOWN),
            features.VIEW: tf.io.FixedLenFeature([], tf.string, features.UNKNOWN),
        },
    )
    return parsed[features.ENCODED], metadata_input(parsed[features.AGE], parsed[features.SEX], parsed[features.VIEW])


def export(
    model: keras.Model,
    transform_dir: str,
    serving_dir: Path,
    keras_dir: Path,
    classes: Sequence[str],
    image_px: int,
    harmonise: Mapping[str, Any],
    parameters: Mapping[str, Any],
    temperature: ModelTemperature | None = None,
) -> None:
    """Write the SavedModel, model.keras and model.json.

    Args:
      model: as components.trainer.network.finish makes it.
      transform_dir: the output of Transform.
      serving_dir: folder of the SavedModel with the signatures serving_default, encoded_images and embeddings.
      keras_dir: folder of model.keras and model.json.
      classes: in the order of the probabilities.
      image_px: side of the input, pixels.
      harmonise: the switches of components.transform.config.HarmoniseConfig that the images were made with.
      parameters: of the architecture, and the learning rate.
      temperature: what became of it in the training, for model.json; the model given has it in its weights. None where none was to be
        fitted, and model.json does not speak of it.
    """
    serving = ServingModel(model, tft.TFTransformOutput(transform_dir), image_px)
    signatures = {name: getattr(serving, name) for name in ("serving_default", "encoded_images", "embeddings")}
    tf.saved_model.save(serving, str(serving_dir), signatures=signatures)
    save_keras(model, keras_dir, classes, image_px, harmonise, parameters, temperature)


def save_keras(
    model: keras.Model,
    keras_dir: Path,
    classes: Sequence[str],
    image_px: int,
    harmonise: Mapping[str, Any],
    parameters: Mapping[str, Any],
    temperature: ModelTemperature | None = None,
) -> None:
    """Write model.keras and model.json; the arguments are those of `export`."""
    keras_dir.mkdir(parents=True, exist_ok=True)
    # A fresh model over the same layers has neither optimiser nor metrics, so that it loads without our code.
    keras.Model(model.inputs if len(model.inputs) > 1 else model.input, model.output, name=model.name).save(keras_dir / "model.keras")
    facts: dict[str, Any] = {
        "classes": list(classes),
        "image_px": image_px,
        "harmonise": dict(harmonise),
        "parameters": dict(parameters),
        "architecture": model.name,
    }
    if temperature is not None:
        facts["temperature"] = temperature.model_dump()
    (keras_dir / "model.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
