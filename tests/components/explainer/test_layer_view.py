"""What a layer view tells, on models whose activations and gradients are known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.base.errors import UsageError
from components.explainer.layer_view import LayerView

SEED = 5


def tiny_model():
    """A1 = x, A2 = 3 - x/2 on 2 x 2 pixels; scores 2 A1 + A2 and A2 - A1 of the means."""
    inputs = keras.Input((2, 2, 1))
    maps = keras.layers.Conv2D(2, 1, name="conv")(inputs)
    scores = keras.layers.Dense(2, activation="softmax", name="logits")(keras.layers.GlobalAveragePooling2D()(maps))
    model = keras.Model(inputs, scores)
    model.get_layer("conv").set_weights([np.array([1, -0.5], np.float32).reshape(1, 1, 1, 2), np.array([0, 3], np.float32)])
    model.get_layer("logits").set_weights([np.array([[2, -1], [1, 1]], np.float32), np.zeros(2, np.float32)])
    return model


def curved_model(shift=None):
    """A net that is not linear behind "middle"; `shift` [n, channels] is added to its activations at every place."""
    keras.utils.set_random_seed(SEED)
    image, age = keras.Input((9, 9, 1)), keras.Input((2,))
    middle = keras.layers.Conv2D(4, 3, name="middle")(image)
    if shift is not None:
        middle = keras.layers.Lambda(lambda tensor: tensor + shift[:, None, None])(middle)
    x = keras.layers.Conv2D(3, 3, activation="tanh", name="later")(middle)
    x = keras.layers.Concatenate()([keras.layers.Flatten()(x), age])
    return keras.Model([image, age], keras.layers.Dense(3, activation="softmax", name="logits")(x))


GENERATOR = np.random.default_rng(SEED)
IMAGES = GENERATOR.random((7, 9, 9, 1), np.float32)
AGES = GENERATOR.random((7, 2), np.float32)
CLASSES = np.arange(7) % 3
VIEW = LayerView(curved_model(), "middle")


def logits(model):
    inner = keras.Model(model.inputs, model.get_layer("logits").input)
    kernel, bias = model.get_layer("logits").get_weights()
    return inner([IMAGES, AGES], training=False).numpy() @ kernel + bias


def test_a_tiny_model_by_hand():
    view = LayerView(tiny_model())
    assert (view.layer, view.channels, view.class_count, view.image_shape) == ("conv", 2, 2, (2, 2, 1))
    image = np.array([[1, 2], [3, 4]], np.float32)[None, :, :, None]
    images = np.concatenate([image, 2 * image])
    np.testing.assert_allclose(view.pooled(images), [[2.5, 1.75], [5, 0.5]], atol=1e-6)
    # A quarter of the weight at each of the four places: the sum is the weight.
    np.testing.assert_allclose(view.gradients(images, [0, 1]), [[2, 1], [-1, 1]], atol=1e-6)
    scores = np.array([[6.75, -0.75], [10.5, -4.5]])
    np.testing.assert_allclose(view.probabilities(images), np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True), rtol=1e-5)


def test_the_score_against_the_others_by_hand():
    image = np.array([[1, 2], [3, 4]], np.float32)[None, :, :, None]
    # The rows of the dense layer are 2, 1 and -1, 1: of two classes the others are the one other.
    found = LayerView(tiny_model()).gradients(np.concatenate([image, image]), [0, 1], against="others")
    np.testing.assert_allclose(found, [[3, 0], [-3, 0]], atol=1e-6)


def test_the_gradient_is_that_of_adding_a_direction_at_every_place():
    found = VIEW.gradients(IMAGES, CLASSES, [AGES])
    step = 1e-2
    for channel in range(4):
        shift = np.zeros((1, 4), np.float32)
        shift[0, channel] = step
        change = logits(curved_model(shift)) - logits(curved_model(-shift))
        np.testing.assert_allclose(found[:, channel], change[np.arange(7), CLASSES] / (2 * step), atol=2e-3)
    assert np.abs(found).max() > 0.1


def test_pooled_and_probabilities_are_those_of_the_model():
    model = curved_model()
    middle = keras.Model(model.inputs, model.get_layer("middle").output)([IMAGES, AGES])
    np.testing.assert_allclose(VIEW.pooled(IMAGES, [AGES]), middle.numpy().mean(axis=(1, 2)), atol=1e-6)
    np.testing.assert_allclose(VIEW.probabilities(IMAGES, [AGES]), model([IMAGES, AGES]), atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_the_batch_size_does_not_change_what_is_returned(batch_size):
    view = LayerView(curved_model(), "middle", batch_size)
    for found, expected in (
        (view.pooled(IMAGES, [AGES]), VIEW.pooled(IMAGES, [AGES])),
        (view.probabilities(IMAGES, [AGES]), VIEW.probabilities(IMAGES, [AGES])),
        (view.gradients(IMAGES, CLASSES, [AGES]), VIEW.gradients(IMAGES, CLASSES, [AGES])),
    ):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_further_input_of_whole_numbers_is_taken():
    ages = np.arange(14, dtype=np.int32).reshape(7, 2)
    np.testing.assert_array_equal(VIEW.probabilities(IMAGES, [ages]), VIEW.probabilities(IMAGES, [ages.astype(np.float32)]))


def test_no_images():
    nothing = np.zeros((0, 9, 9, 1), np.float32)
    assert VIEW.pooled(nothing, [np.zeros((0, 2))]).shape == (0, 4)
    assert VIEW.gradients(nothing, np.zeros(0, int), [np.zeros((0, 2))]).shape == (0, 4)


def test_later_changes_of_the_weights_are_seen():
    model = tiny_model()
    view = LayerView(model)
    image = np.ones((1, 2, 2, 1), np.float32)
    view.pooled(image), view.gradients(image, [0])
    model.set_weights([2 * weight for weight in model.get_weights()])
    np.testing.assert_allclose(view.pooled(image), [[2, 5]], atol=1e-6)
    np.testing.assert_allclose(view.gradients(image, [0]), [[4, 2]], atol=1e-6)


def test_half_precision_is_averaged_in_full():
    """65,000 ones in half precision would add up to no more than 2,048 one by one, and overflow past 65,504."""
    inputs = keras.Input((300, 300, 1))
    maps = keras.layers.Conv2D(1, 1, kernel_initializer="ones", dtype="mixed_float16", name="conv")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.GlobalMaxPooling2D()(maps)))
    np.testing.assert_allclose(LayerView(model).pooled(np.ones((1, 300, 300, 1))), [[1]], atol=1e-3)


def test_a_layer_beside_the_class_scores():
    inputs = keras.Input((4, 4, 1))
    maps = keras.layers.Conv2D(2, 1, name="conv")(inputs)
    cut = keras.layers.Lambda(tf.stop_gradient)(maps)
    view = LayerView(keras.Model(inputs, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(cut))), "conv", setting="a.setting")
    assert view.pooled(np.ones((1, 4, 4, 1))).shape == (1, 2)
    with pytest.raises(UsageError, match=r"a\.setting: the class scores do not depend on layer 'conv'"):
        view.gradients(np.ones((1, 4, 4, 1)), [0])


def test_the_message_names_the_setting():
    with pytest.raises(UsageError, match=r"explainer\.ace\.layer: the model has no layer 'midle'; did you mean 'middle'"):
        LayerView(curved_model(), "midle", setting="explainer.ace.layer")


@pytest.mark.parametrize(
    ("images", "classes", "others", "message"),
    [
        (np.zeros((7, 9, 9)), CLASSES, [AGES], r"images must be \[n, 9, 9, 1\]"),
        (np.zeros((7, 9, 9, 3)), CLASSES, [AGES], "images must be"),
        (IMAGES, CLASSES, [], "others must be 1 arrays of 7 rows"),
        (IMAGES, CLASSES[:3], [AGES], r"class_indices must be \[7\]"),
        (IMAGES, CLASSES + 1, [AGES], r"0\.\.2"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(images, classes, others, message):
    with pytest.raises(UsageError, match=message):
        VIEW.gradients(images, classes, others)


@pytest.mark.parametrize("method", ["pooled", "probabilities"])
def test_arrays_that_do_not_fit_are_refused_by_each(method):
    with pytest.raises(UsageError, match="images must be"):
        getattr(VIEW, method)(IMAGES[0], [AGES])
    with pytest.raises(UsageError, match="batch_size"):
        getattr(LayerView(tiny_model(), batch_size=0), method)(np.zeros((1, 2, 2, 1)))
