"""Cascading randomisation: Grad-CAM must lose what a model has learned when the model does."""

import keras
import numpy as np
import pytest

from components.explainer.gradcam import GradCam
from components.explainer.randomisation import cascade, cascade_correlations, gradcam_anew, stage_names

SEED = 3
LAYERS = ["logits", "second", "norm", "first"]


def small_net():
    """A backbone as a layer, and a head: four layers with weights."""
    inputs = keras.Input((16, 16, 1))
    x = keras.layers.Conv2D(8, 5, padding="same", name="first")(inputs)
    x = keras.layers.BatchNormalization(name="norm", momentum=0.8)(x)
    x = keras.layers.MaxPooling2D()(keras.layers.ReLU()(x))
    x = keras.layers.Conv2D(12, 3, padding="same", activation="relu", name="second")(x)
    backbone = keras.Model(inputs, x, name="backbone")
    image = keras.Input((16, 16, 1))
    x = keras.layers.Dropout(0.1, seed=1)(keras.layers.GlobalAveragePooling2D()(backbone(image)))
    return keras.Model(image, keras.layers.Dense(3, activation="softmax", name="logits")(x))


@pytest.fixture(scope="module")
def trained():
    """A net that tells a bright square, horizontal bars and vertical bars, anywhere in noise, with images and their classes."""
    keras.utils.set_random_seed(SEED)
    generator = np.random.default_rng(SEED)
    images = generator.random((384, 16, 16, 1), np.float32) * 0.4
    classes = np.arange(384) % 3
    patches = np.full((3, 6, 6, 1), 0.6, np.float32)
    patches[1, 1::2], patches[2, :, 1::2] = 0, 0
    for image, label, (top, left) in zip(images, classes, generator.integers(0, 11, (384, 2)), strict=True):
        image[top : top + 6, left : left + 6] += patches[label]
    model = small_net()
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images, classes, batch_size=32, epochs=10, verbose=0)
    assert model.evaluate(images, classes, verbose=0)[1] > 0.95
    return model, images[:96], classes[:96]


def correlations(model, images, classes, *seeds):
    """Correlations of Grad-CAM with its own maps of random networks: by layer, float [seeds, n]."""
    maps = GradCam(model).maps(images, classes)
    (found,) = cascade_correlations(model, seeds, [gradcam_anew(maps, images, classes)])
    assert not any(stage.overflows.any() for stage in found.values())
    return {name: stage.values for name, stage in found.items()}


def test_grad_cam_notices_that_the_weights_are_random(trained):
    model, images, classes = trained
    weights = model.get_weights()
    # One draw of random weights may look where the trained ones do: single seeds of this net lie between 0.1 and 0.6.
    found = correlations(model, images, classes, *range(5))
    assert list(found) == LAYERS == stage_names(model)
    assert all(values.shape == (5, 96) for values in found.values())
    last = found["first"]
    assert np.isfinite(last).mean() > 0.5
    assert np.nanmean(last) < 0.5
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_without_randomisation_the_correlation_is_one(trained, monkeypatch):
    model, images, classes = trained
    monkeypatch.setattr("components.explainer.randomisation._first_weights", lambda layer, seeds: layer.get_weights())
    evident = GradCam(model).maps(images, classes).any(axis=(1, 2))
    assert evident.mean() > 0.9
    for values in correlations(model, images, classes, SEED).values():
        np.testing.assert_array_equal(values[0, evident], 1)


def test_one_layer_after_the_other_is_made_random_on_one_copy(trained):
    model, _, _ = trained
    seen = None
    changed = set()
    for name, copy in cascade(model, SEED):
        assert copy is not model
        assert seen in (None, copy)
        seen = copy
        changed.add(name)
        for layer, own in zip(leaves(copy), leaves(model), strict=True):
            same = all(np.array_equal(left, right) for left, right in zip(layer.get_weights(), own.get_weights(), strict=True))
            assert same == (layer.name not in changed)
    assert changed == set(LAYERS)


def leaves(model):
    layers = [*model.get_layer("backbone").layers, *model.layers]
    return [layer for layer in layers if layer.weights and not isinstance(layer, keras.Model)]


def test_the_new_weights_are_those_of_the_initialisers(trained):
    model, _, _ = trained
    *_, (_, copy) = cascade(model, SEED)
    backbone = copy.get_layer("backbone")
    for weight, value in zip(backbone.get_layer("norm").get_weights(), (1, 0, 0, 1), strict=True):
        np.testing.assert_array_equal(weight, value)
    kernel, bias = backbone.get_layer("second").get_weights()
    np.testing.assert_array_equal(bias, 0)
    limit = np.sqrt(6 / (9 * 8 + 9 * 12))  # Glorot's, for 3 x 3 x 8 in and 3 x 3 x 12 out
    assert 0.9 * limit < np.abs(kernel).max() <= limit


def test_a_copy_that_is_used_again_starts_from_the_trained_weights(trained):
    model, _, _ = trained
    *_, (_, used) = cascade(model, 1)
    name, again = next(cascade(model, 2, used))
    assert again is used
    _, fresh = next(cascade(model, 2))
    assert name == "logits"
    for left, right in zip(again.get_weights(), fresh.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_several_networks_are_those_of_their_seeds(trained):
    model, images, classes = trained
    together = correlations(model, images[:8], classes[:8], 1, 2)
    alone = correlations(model, images[:8], classes[:8], 2)
    for layer, values in together.items():
        np.testing.assert_allclose(values[1], alone[layer][0], atol=1e-6)


def test_the_seed_decides():
    weights = [[copy.get_weights() for _, copy in cascade(small_net(), seed)][-1] for seed in (1, 1, 2)]
    assert all(np.array_equal(left, right) for left, right in zip(weights[0], weights[1], strict=True))
    assert not np.array_equal(weights[0][0], weights[2][0])


def test_seeds_in_the_configuration_are_replaced():
    """A network of a fixed seed would get its own first weights again, and those may be near the trained ones."""
    inputs = keras.Input((4, 4, 1))
    x = keras.layers.Conv2D(2, 3, kernel_initializer=keras.initializers.HeNormal(seed=9), name="conv")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2, kernel_initializer=keras.initializers.GlorotUniform(9))(keras.layers.Flatten()(x)))
    *_, (_, copy) = cascade(model, 1)
    assert not np.allclose(copy.get_weights()[0], model.get_weights()[0])
    assert not np.allclose(copy.get_weights()[2], model.get_weights()[2])


def test_an_explainer_made_at_the_first_step_sees_the_last(trained):
    model, images, classes = trained
    explainer = None
    for _, copy in cascade(model, SEED):
        explainer = explainer or GradCam(copy)
    np.testing.assert_allclose(explainer.maps(images[:8], classes[:8]), GradCam(copy).maps(images[:8], classes[:8]), atol=1e-6)
