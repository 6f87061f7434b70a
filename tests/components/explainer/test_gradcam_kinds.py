"""Counterfactual maps, Grad-CAM++ and the contrast of two classes, on arrays worked by hand."""

import keras
import numpy as np
import pytest

from components.base.errors import UsageError
from components.explainer.gradcam import GradCam, channel_weights

IMAGE = np.array([[1, 2], [3, 4]], np.float32)[None, :, :, None]


def pooled_model():
    """A1 = x, A2 = 3 - x/2 on 2 x 2 pixels; scores 2 A1 + A2, A2 - A1 and A1 of the means."""
    inputs = keras.Input((2, 2, 1))
    maps = keras.layers.Conv2D(2, 1, name="conv")(inputs)
    scores = keras.layers.Dense(3, activation="softmax", name="logits")(keras.layers.GlobalAveragePooling2D()(maps))
    model = keras.Model(inputs, scores)
    model.get_layer("conv").set_weights([np.array([1, -0.5], np.float32).reshape(1, 1, 1, 2), np.array([0, 3], np.float32)])
    model.get_layer("logits").set_weights([np.array([[2, -1, 1], [1, 1, 0]], np.float32), np.zeros(3, np.float32)])
    return model


def placewise_model(weights):
    """One map A = x, read place by place with the given weights [2, 2]."""
    inputs = keras.Input((2, 2, 1))
    maps = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones", name="conv")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1, use_bias=False, name="logits")(keras.layers.Flatten()(maps)))
    model.get_layer("logits").set_weights([np.asarray(weights, np.float32).reshape(4, 1)])
    return model


def test_counterfactual_maps_show_what_speaks_against_the_class():
    # Class 0: -(0.375 x + 0.75), nowhere positive. Class 1: 0.375 x - 0.75.
    gradcam = GradCam(pooled_model(), kind="counterfactual")
    maps = gradcam.maps(np.concatenate([IMAGE, IMAGE]), [0, 1])
    assert gradcam.kind == "counterfactual"
    np.testing.assert_array_equal(maps[0], 0)
    np.testing.assert_allclose(maps[1], [[0, 0], [0.5, 1]], atol=1e-6)


def test_contrast_is_the_score_of_one_class_less_that_of_the_other():
    # 0 against 1: 3/4 A1. 1 against 0 is its negative. 0 against 2: 1/4 A1 + 1/4 A2 = x/8 + 3/4.
    maps = GradCam(pooled_model()).maps(np.concatenate([IMAGE] * 3), [0, 1, 0], against=[1, 0, 2])
    np.testing.assert_allclose(maps[0], IMAGE[0, ..., 0] / 4, atol=1e-6)
    np.testing.assert_array_equal(maps[1], 0)
    np.testing.assert_allclose(maps[2], (IMAGE[0, ..., 0] / 8 + 0.75) / 1.25, atol=1e-6)


def test_a_class_against_itself_has_no_evidence():
    np.testing.assert_array_equal(GradCam(pooled_model()).maps(IMAGE, [1], against=[1]), 0)


def test_the_counterfactual_of_a_contrast_is_the_contrast_turned_round():
    generator = np.random.default_rng(1)
    images = generator.random((4, 2, 2, 1), np.float32)
    turned = GradCam(pooled_model()).maps(images, [1, 0, 2, 0], against=[0, 1, 0, 2])
    found = GradCam(pooled_model(), kind="counterfactual").maps(images, [0, 1, 0, 2], against=[1, 0, 2, 0])
    np.testing.assert_allclose(found, turned, atol=1e-6)


def test_weights_of_grad_cam_plus_plus_by_hand():
    # sum(A) = 4; alpha = 1 / (2 + 4 g) where g > 0: 1/6, 1/10 and 1/4; w = 1/6 + 2/10 + 0.5/4.
    feature_maps = np.array([[1, 2], [0, 1]], np.float32)[None, :, :, None]
    gradients = np.array([[1, -4], [2, 0.5]], np.float32)[None, :, :, None]
    weights = channel_weights("gradcam++", feature_maps, gradients)
    np.testing.assert_allclose(weights, np.full((1, 1, 1, 1), 1 / 6 + 0.2 + 0.125), rtol=1e-6)


def test_weights_of_grad_cam_plus_plus_are_those_of_the_derivatives():
    """With Y = exp(S) and S linear in A: Y' = Y g, Y'' = Y g^2, Y''' = Y g^3, whatever the positive factor Y."""
    generator = np.random.default_rng(2)
    feature_maps = generator.random((3, 4, 4, 5)).astype(np.float32)
    g = generator.normal(size=(3, 4, 4, 5)) / 16
    y = np.exp((g * feature_maps).sum(axis=(1, 2, 3)))[:, None, None, None]
    totals = feature_maps.sum(axis=(1, 2), keepdims=True)
    alpha = y * g**2 / (2 * y * g**2 + totals * y * g**3)
    expected = (alpha * np.maximum(y * g, 0)).sum(axis=(1, 2), keepdims=True) / y
    np.testing.assert_allclose(channel_weights("gradcam++", feature_maps, g.astype(np.float32)), expected, rtol=1e-4)


def test_gradients_too_small_to_cube_still_count():
    feature_maps = np.ones((1, 2, 2, 1), np.float32)
    weights = channel_weights("gradcam++", feature_maps, np.full((1, 2, 2, 1), 1e-20, np.float32))
    np.testing.assert_allclose(weights, np.full((1, 1, 1, 1), 2e-20), rtol=1e-5)


def test_grad_cam_plus_plus_looks_at_the_places_that_speak_for_the_class():
    # The gradients sum to less than 0: Grad-CAM sees no evidence, Grad-CAM++ weighs the map by its places with g > 0.
    model = placewise_model([[3, -4], [0, 0]])
    np.testing.assert_array_equal(GradCam(model).maps(IMAGE, [0]), 0)
    np.testing.assert_allclose(GradCam(model, kind="gradcam++").maps(IMAGE, [0])[0], IMAGE[0, ..., 0] / 4, atol=1e-6)


def test_grad_cam_plus_plus_of_two_maps_by_hand():
    # Sums: 10 and 7; g: 2/4 and 1/4; w1 = 4 * 0.5 / (2 + 5) = 2/7, w2 = 4 * 0.25 / (2 + 7/4) = 4/15.
    x = IMAGE[0, ..., 0]
    expected = 2 / 7 * x + 4 / 15 * (3 - x / 2)
    maps = GradCam(pooled_model(), kind="gradcam++").maps(IMAGE, [0])
    np.testing.assert_allclose(maps[0], expected / expected.max(), atol=1e-6)


@pytest.mark.parametrize("lowest", [-3, -1, 0])
def test_grad_cam_plus_plus_refuses_maps_with_negative_values(lowest):
    # A = x, g = 2 at the first place alone: 2 + sum(A) g is -2 for a sum of -2, 2 for one of 0, where a negative value is enough, and 4.
    image = np.array([[lowest, 1], [0, 0]], np.float32)[None, :, :, None]
    gradcam = GradCam(placewise_model([[2, 0], [0, 0]]), kind="gradcam++")
    if lowest < 0:
        with pytest.raises(
            UsageError, match=r"explainer\.gradcam\.layer: Grad-CAM\+\+ is not defined .* negative values, which 'conv' has"
        ):
            gradcam.maps(image, [0])
    else:
        np.testing.assert_allclose(gradcam.maps(image, [0])[0], [[0, 1], [0, 0]])
    # The other kinds take values of either sign.
    assert GradCam(placewise_model([[2, 0], [0, 0]])).maps(image, [0]).any()


def test_another_kind_is_refused():
    with pytest.raises(UsageError, match=r"kind must be one of gradcam, hirescam, counterfactual, gradcam\+\+"):
        GradCam(pooled_model(), kind="smooth")


@pytest.mark.parametrize(("against", "message"), [([0, 1], r"against must be \[1\]"), ([3], r"against must lie in 0\.\.2")])
def test_classes_to_hold_against_that_do_not_fit_are_refused(against, message):
    with pytest.raises(UsageError, match=message):
        GradCam(pooled_model()).maps(IMAGE, [0], against=against)


def test_hirescam_weighs_each_place_by_its_own_gradient():
    # Gradients 1, -2, 3 and 0 at the places of x = 1, 2, 3 and 4: products 1, -4, 9 and 0. Their mean, 0.5, would weigh x alike everywhere.
    model = placewise_model([[1, -2], [3, 0]])
    np.testing.assert_allclose(GradCam(model, kind="hirescam").maps(IMAGE, [0])[0], [[1 / 9, 0], [1, 0]], atol=1e-6)
    np.testing.assert_allclose(GradCam(model).maps(IMAGE, [0])[0], IMAGE[0, ..., 0] / 4, atol=1e-6)


def test_hirescam_is_grad_cam_behind_an_average():
    images = np.random.default_rng(2).random((4, 2, 2, 1), np.float32)
    plain = GradCam(pooled_model()).maps(images, [0, 1, 2, 0])
    np.testing.assert_allclose(GradCam(pooled_model(), kind="hirescam").maps(images, [0, 1, 2, 0]), plain, atol=1e-6)
