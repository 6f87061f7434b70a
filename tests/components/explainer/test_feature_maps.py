"""Which layer is weighed by default, and which models are refused."""

import keras
import numpy as np
import pytest

from components.base.errors import UsageError
from components.explainer.feature_maps import class_scores, feature_layer, flat_graph


def head(tensor):
    return keras.layers.Dense(2, activation="softmax")(keras.layers.GlobalAveragePooling2D()(tensor))


def default_name(inputs, outputs):
    return feature_layer(flat_graph(keras.Model(inputs, outputs))).name


def test_the_activation_behind_the_last_convolution_belongs_to_it():
    inputs = keras.Input((8, 8, 1))
    maps = keras.layers.Conv2D(2, 3, name="conv")(inputs)
    maps = keras.layers.ReLU(name="relu")(keras.layers.BatchNormalization()(maps))
    assert default_name(inputs, head(maps)) == "relu"


def test_pooling_behind_the_last_convolution_does_not():
    inputs = keras.Input((8, 8, 1))
    maps = keras.layers.SeparableConv2D(2, 3, padding="same", activation="relu", name="conv")(inputs)
    assert default_name(inputs, head(keras.layers.MaxPooling2D(name="pool")(maps))) == "conv"


def test_maps_that_are_joined_to_the_last_convolution_are_counted_to_it():
    # The end of a DenseNet: the last convolution makes few of the channels that the classifier averages.
    inputs = keras.Input((8, 8, 1))
    before = keras.layers.Conv2D(6, 3, padding="same", name="before")(inputs)
    joined = keras.layers.Concatenate(name="joined")([before, keras.layers.Conv2D(2, 3, padding="same", name="conv")(before)])
    assert default_name(inputs, head(keras.layers.ReLU(name="relu")(joined))) == "relu"


def test_squeeze_and_excitation_shows_no_place():
    inputs = keras.Input((8, 8, 1))
    maps = keras.layers.Conv2D(2, 3, name="conv")(inputs)
    gate = keras.layers.GlobalAveragePooling2D(keepdims=True)(maps)
    gate = keras.layers.Conv2D(2, 1, activation="sigmoid", name="gate")(gate)
    assert default_name(inputs, head(keras.layers.Multiply(name="gated")([maps, gate]))) == "gated"


def test_a_sequential_model_is_a_graph():
    layers = [keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="conv"), keras.layers.Flatten(), keras.layers.Dense(2)]
    graph = flat_graph(keras.Sequential(layers))
    assert feature_layer(graph).name == "conv"
    assert class_scores(graph).tensor is graph.outputs[0]


def test_a_sigmoid_is_taken_off_too():
    inputs = keras.Input((8, 8, 1))
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(keras.layers.Conv2D(2, 3)(inputs))
    dense = keras.layers.Dense(1, activation="sigmoid")
    scores = class_scores(flat_graph(keras.Model(inputs, dense(pooled))))
    assert scores.dense is dense
    assert scores.class_count == 1


def test_the_softmax_of_the_scores_is_the_output():
    inputs = keras.Input((8, 8, 1))
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(keras.layers.Conv2D(2, 3)(inputs))
    dense = keras.layers.Dense(3, activation="softmax", bias_initializer=keras.initializers.Constant([1, 2, 4]))
    model = keras.Model(inputs, dense(pooled))
    image = np.random.default_rng(1).random((1, 8, 8, 1), np.float32)
    scores = class_scores(flat_graph(model)).of(keras.Model(inputs, pooled)(image))
    np.testing.assert_allclose(keras.ops.softmax(scores), model(image), atol=1e-6)


def test_a_closing_cast_is_looked_through():
    inputs = keras.Input((8, 8, 1))
    logits = keras.layers.Dense(2)(keras.layers.Flatten()(keras.layers.Conv2D(2, 3)(inputs)))
    outputs = keras.layers.Activation("linear", dtype="float32")(keras.layers.Softmax()(logits))
    assert class_scores(flat_graph(keras.Model(inputs, outputs))).tensor is logits


def test_no_convolution():
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(inputs)))
    with pytest.raises(UsageError, match="needs a convolutional layer"):
        feature_layer(flat_graph(model))


def test_outputs_that_are_not_class_scores():
    inputs = keras.Input((8, 8, 1))
    with pytest.raises(UsageError, match=r"\[batch, classes\]"):
        class_scores(flat_graph(keras.Model(inputs, keras.layers.Conv2D(2, 3)(inputs))))


def test_a_model_that_is_not_a_graph():
    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    with pytest.raises(UsageError, match="functional or Sequential"):
        flat_graph(Own())
