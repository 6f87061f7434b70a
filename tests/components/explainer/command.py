"""A model in a run of an output folder, and the command that explains images with it."""

import keras

from components.explainer.__main__ import main
from components.trainer.network import METADATA, METADATA_SIZE

CLASSES = ["normal", "pneumonia", "covid19"]
PX = 16
# Other than the defaults in all that decides a map.
RUN = {"layer": "earlier", "kind": "hirescam", "against": "none"}


def build(metadata=False, closing="softmax"):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((PX, PX, 1), name="image")
    wide = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="wide")(inputs)
    maps = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(keras.layers.MaxPooling2D()(wide))
    pooled = keras.layers.GlobalAveragePooling2D(name="embedding")(maps)
    further = [keras.Input((METADATA_SIZE,), name=METADATA)] if metadata else []
    features = keras.layers.Concatenate()([pooled, *further]) if metadata else pooled
    logits = keras.layers.Dense(3, name="logits")(features)
    outputs = keras.layers.Activation(closing, name="probabilities")(logits)
    return keras.Model([inputs, *further] if metadata else inputs, outputs, name="tiny")


def call(place, *arguments, images=("MUSTERMANN_1.png", "other.jpg"), model="out"):
    return main([*(str(place / name) for name in images), "--model", str(place / model), "--output", str(place / "drawn"), *arguments])
