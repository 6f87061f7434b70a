"""A small network that was trained to read a planted mark, and images with the mark."""

import functools

import keras
import numpy as np

from components.explainer import randomisation
from components.explainer.ace import explain_class
from components.explainer.config import AceConfig
from components.explainer.feature_maps import earlier_layer, flat_graph
from components.explainer.layer_view import LayerView
from components.explainer.material import Subjects

PX = 32
CONFIG = AceConfig(
    images=24, resolutions=(12, 30), patches="in_place", clusters=8, random_sets=20, min_members=6, reclusterings=2, random_orders=2
)


def pictures(count, marked, seed):
    """Smooth noise; a marked one has a bright bar in the upper left corner."""
    random = np.random.default_rng(seed)
    coarse = random.integers(60, 120, (count, 8, 8))
    images = np.kron(coarse, np.ones((4, 4))).astype(np.uint8)
    images += random.integers(0, 10, images.shape).astype(np.uint8)
    if marked:
        images[:, 3:7, 3:13] = 250
    return images


def build(inputs):
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu", name="first")(inputs)
    x = keras.layers.MaxPooling2D(name="smaller")(x)
    x = keras.layers.Conv2D(12, 3, padding="same", activation="relu", name="second")(x)
    x = keras.layers.MaxPooling2D(name="smallest")(x)
    x = keras.layers.Conv2D(12, 3, padding="same", activation="relu", name="third")(x)
    x = keras.layers.GlobalAveragePooling2D(name="embedding")(x)
    return keras.layers.Activation("softmax", name="probabilities")(keras.layers.Dense(2, name="logits")(x))


@functools.cache
def marked_network():
    """Train a network to tell marked images, class 1, from others: once for all tests."""
    keras.utils.set_random_seed(2)
    inputs = keras.Input((PX, PX, 1))
    model = keras.Model(inputs, build(inputs))
    images = np.concatenate([pictures(120, False, 1), pictures(120, True, 2)])[..., None].astype(np.float32) / 255
    labels = np.repeat([0, 1], 120)
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images, labels, epochs=12, batch_size=32, verbose=0)
    assert (model.predict(images, verbose=0).argmax(axis=1) == labels).mean() > 0.95
    return model


def subjects(count=24):
    images = pictures(count, True, 3)
    truth = np.zeros(images.shape, np.bool_)
    truth[:, 3:7, 3:13] = True
    # The lower half, which holds no mark.
    lung = np.zeros(images.shape, np.bool_)
    lung[:, PX // 2 :] = True
    groups = np.array([f"p{row // 2}" for row in range(count)])
    return Subjects(images, (), groups, {"source": ["a", "b"] * (count // 2)}, {"mark": truth}, {"lung": lung})


def found(network, untrained=(), **changes):
    view = LayerView(network, earlier_layer(flat_graph(network)).name)
    config = CONFIG.model_copy(update=changes)
    others = np.concatenate([pictures(24, False, 5), pictures(24, True, 6)])
    return explain_class(view, subjects(), 1, others, (), config, seed=4, untrained=untrained)


def overflowing(monkeypatch, *seeds_over):
    """Make the weights of some random networks so large that two layers of them overflow."""
    drawn = randomisation._first_weights

    def first_weights(layer, seeds):
        scale = np.float32(1e25 if seeds.entropy[0] in seeds_over else 1)
        return [weight * scale for weight in drawn(layer, seeds)]

    monkeypatch.setattr(randomisation, "_first_weights", first_weights)
