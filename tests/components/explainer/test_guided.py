"""Guided backpropagation on nets whose gates are worked by hand, and its product with Grad-CAM."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.base.errors import UsageError
from components.explainer.gradcam import GradCam
from components.explainer.guided import GuidedBackpropagation, GuidedGradCam
from components.explainer.overflow import OverflowedError

# Two maps a(x - 1) and a(2 - x), summed with weights 1 and -1.
IMAGE = np.array([[0.5, 1.5], [3, 8]], np.float32)[None, :, :, None]


def gated_model(activation, where="convolution"):
    inputs = keras.Input((2, 2, 1))
    if where == "convolution":
        maps = keras.layers.Conv2D(2, 1, activation=activation, name="conv")(inputs)
    else:
        maps = activation(keras.layers.Conv2D(2, 1, name="conv")(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1, use_bias=False, name="logits")(keras.layers.Flatten()(maps)))
    model.get_layer("conv").set_weights([np.array([1, -1], np.float32).reshape(1, 1, 1, 2), np.array([-1, 2], np.float32)])
    model.get_layer("logits").set_weights([np.array([[1, -1]] * 4, np.float32).reshape(8, 1)])
    return model


def plain_gradient(model, images):
    tensor = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        scores = tf.reduce_sum(model(tensor)[:, 0])
    return tape.gradient(scores, tensor).numpy()


@pytest.mark.parametrize(
    ("activation", "where"),
    [
        ("relu", "convolution"),
        (keras.layers.ReLU(), "layer"),
        (keras.layers.Activation("relu"), "layer"),
        (keras.ops.relu, "operation"),
    ],
)
def test_relu_by_hand(activation, where):
    model = gated_model(activation, where)
    before = plain_gradient(model, IMAGE)
    # The first map passes where x > 1. The gradient at the second is -1: a plain ReLU passes it where x < 2, a guided one never.
    np.testing.assert_array_equal(before[0, ..., 0], [[1, 2], [1, 1]])
    np.testing.assert_array_equal(GuidedBackpropagation(model).gradients(IMAGE, [0])[0, ..., 0], [[0, 1], [1, 1]])
    np.testing.assert_array_equal(plain_gradient(model, IMAGE), before)


def test_relu6_is_shut_above_six():
    model = gated_model(keras.layers.ReLU(max_value=6.0), "layer")
    np.testing.assert_array_equal(GuidedBackpropagation(model).gradients(IMAGE, [0])[0, ..., 0], [[0, 1], [1, 0]])


def test_against_turns_the_gradient():
    model = gated_model("relu")
    head = keras.layers.Dense(2, use_bias=False, name="both")
    both = keras.Model(model.inputs, head(keras.layers.Flatten()(model.get_layer("conv").output)))
    weights = np.zeros((8, 2), np.float32)
    weights[0::2, 0], weights[1::2, 1] = 1, 1
    head.set_weights([weights])
    guided = GuidedBackpropagation(both)
    expected = GuidedBackpropagation(model).gradients(IMAGE, [0])
    np.testing.assert_array_equal(guided.gradients(IMAGE, [0], against=[1]), expected)
    # Class 1 alone: +1 at the second map, -1 through its kernel, where x < 2.
    np.testing.assert_array_equal(guided.gradients(IMAGE, [1])[0, ..., 0], [[-1, -1], [0, 0]])


def test_other_activations_keep_their_gradient():
    """Behind a leaky ReLU and a swish, the one ReLU at the image is guided and the rest is the plain gradient."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((4, 4, 1))
    first = keras.layers.ReLU(name="first")(keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones")(inputs))
    rest = keras.layers.LeakyReLU(negative_slope=0.1)(keras.layers.Conv2D(3, 3, activation="swish", name="conv")(first))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(rest)))
    images = np.random.default_rng(3).normal(size=(5, 4, 4, 1)).astype(np.float32)
    tail = keras.Model(model.get_layer("first").output, model.output)
    behind = plain_gradient(tail, np.maximum(images, 0))
    expected = np.where(images > 0, np.maximum(behind, 0), 0)
    assert (behind < 0).any()
    np.testing.assert_allclose(GuidedBackpropagation(model).gradients(images, [0] * 5, batch_size=2), expected, atol=1e-6)


def test_a_model_without_relu_is_refused():
    with pytest.raises(UsageError, match="needs a model with ReLU"):
        GuidedBackpropagation(gated_model("swish"))


def nested_model():
    keras.utils.set_random_seed(4)
    inputs = keras.Input((6, 6, 1))
    backbone = keras.Model(inputs, keras.layers.Conv2D(4, 3, activation="relu", padding="same", name="conv")(inputs), name="backbone")
    image, age = keras.Input((6, 6, 1)), keras.Input((1,))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.MaxPooling2D()(backbone(image)))
    joined = keras.layers.Concatenate()([pooled, age])
    return keras.Model([image, age], keras.layers.Dense(2, activation="softmax")(keras.layers.Dense(5, activation="relu")(joined)))


def test_the_product_is_taken_place_by_place():
    model = nested_model()
    images = np.random.default_rng(4).random((5, 6, 6, 1), np.float32)
    ages = [np.linspace(0, 1, 5)[:, None]]
    classes = [0, 1, 0, 1, 0]
    guided = GuidedGradCam(model)
    maps = guided.maps(images, classes, others=ages)
    by_hand = GuidedBackpropagation(model).gradients(images, classes, others=ages)
    assert guided.layer == "conv"
    assert (maps.shape, maps.dtype) == ((5, 6, 6, 1), np.float32)
    assert np.abs(maps).max() > 0
    np.testing.assert_allclose(maps, by_hand * GradCam(model).maps(images, classes, others=ages)[..., None], atol=1e-6)
    np.testing.assert_allclose(maps, guided.maps(images, classes, batch_size=2, others=ages), atol=1e-6)


def test_later_changes_of_the_weights_are_seen():
    model = gated_model("relu")
    guided = GuidedBackpropagation(model)
    model.get_layer("logits").set_weights([np.array([[-1, 1]] * 4, np.float32).reshape(8, 1)])
    np.testing.assert_array_equal(guided.gradients(IMAGE, [0])[0, ..., 0], [[-1, -1], [0, 0]])


def test_a_diverged_model_is_refused():
    model = gated_model("relu")
    guided = GuidedBackpropagation(model)
    model.get_layer("logits").set_weights([np.full((8, 1), np.inf, np.float32)])
    with pytest.raises(OverflowedError, match="not finite; the model's training has diverged"):
        guided.gradients(IMAGE, [0])
