"""Grad-CAM by configuration: layer, kind and contrast reach the method."""

import keras
import numpy as np
import pytest

from components.explainer.config import GradcamConfig
from components.explainer.configured import configured_maps
from components.explainer.gradcam import GradCam

IMAGES = np.random.default_rng(4).random((3, 12, 12, 1), np.float32)
CLASSES = [0, 2, 1]


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    inputs = keras.Input((12, 12, 1))
    wide = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="wide")(inputs)
    small = keras.layers.Conv2D(5, 3, padding="same", activation="relu", name="small")(keras.layers.MaxPooling2D()(wide))
    pooled = keras.layers.GlobalAveragePooling2D()(small)
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(pooled))


@pytest.mark.parametrize(
    ("settings", "layer", "against"),
    [
        ({}, "small", "others"),
        ({"against": "none"}, "small", None),
        ({"layer": "earlier"}, "wide", "others"),
        ({"layer": "earlier", "kind": "hirescam"}, "wide", "others"),
        ({"layer": "wide", "kind": "gradcam++", "against": "none"}, "wide", None),
    ],
)
def test_layer_kind_and_contrast_are_those_of_the_configuration(model, settings, layer, against):
    config = GradcamConfig(**settings)
    found = configured_maps(model, config, IMAGES, CLASSES)
    assert found.layer == layer
    np.testing.assert_allclose(found.maps, GradCam(model, layer, config.kind).maps(IMAGES, CLASSES, against=against), atol=1e-6)


def test_the_settings_make_a_difference(model):
    settings = [{}, {"against": "none"}, {"layer": "earlier"}, {"layer": "earlier", "kind": "hirescam"}]
    maps = [configured_maps(model, GradcamConfig(**each), IMAGES, CLASSES).maps for each in settings]
    for place, one in enumerate(maps):
        for other in maps[:place]:
            assert np.abs(one - other).max() > 0.05
