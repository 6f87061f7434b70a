"""Layers of models within models: the same maps as those of the same net built flat."""

import keras
import numpy as np
import pytest

from components.base.errors import UsageError
from components.explainer.feature_maps import class_scores, feature_layer, flat_graph
from components.explainer.gradcam import GradCam
from components.explainer.nested import Renamed

SEED = 11
IMAGES = np.random.default_rng(SEED).random((4, 8, 8, 1), np.float32)
CLASSES = [0, 1, 2, 0]


def stem(x):
    x = keras.layers.Conv2D(4, 3, padding="same", name="first")(x)
    return keras.layers.ReLU(name="first_relu")(keras.layers.BatchNormalization(name="first_norm")(x))


def top(x):
    y = keras.layers.Conv2D(4, 3, padding="same", name="second")(x)
    return keras.layers.ReLU(name="second_relu")(keras.layers.Add(name="sum")([x, y]))


def head(x):
    x = keras.layers.Dropout(0.5, name="dropout")(keras.layers.GlobalAveragePooling2D(name="pooled")(x))
    return keras.layers.Dense(3, activation="softmax", name="logits")(x)


def as_model(build, shape, name):
    inputs = keras.Input(shape)
    return keras.Model(inputs, build(inputs), name=name)


def flat():
    return as_model(lambda x: head(top(stem(x))), (8, 8, 1), "flat")


def nested():
    backbone = as_model(lambda x: top(stem(x)), (8, 8, 1), "backbone")
    return as_model(lambda x: head(backbone(x, training=False)), (8, 8, 1), "nested")


def two_levels():
    inner = as_model(stem, (8, 8, 1), "inner")
    outer = as_model(lambda x: top(inner(x)), (8, 8, 1), "outer")
    return as_model(lambda x: head(outer(x)), (8, 8, 1), "two_levels")


def in_a_sequential():
    inner = keras.Sequential([keras.Input((8, 8, 1)), as_model(stem, (8, 8, 1), "inner")], name="outer")
    return keras.Sequential([inner, as_model(top, (8, 8, 4), "top"), as_model(head, (8, 8, 4), "head")])


def trained(model, weights):
    model.set_weights(weights)
    return model


@pytest.fixture(scope="module")
def weights():
    keras.utils.set_random_seed(SEED)
    generator = np.random.default_rng(SEED)
    return [np.abs(weight) + generator.random(weight.shape, np.float32) for weight in flat().get_weights()]


@pytest.mark.parametrize("build", [nested, two_levels, in_a_sequential])
def test_maps_are_those_of_the_same_net_built_flat(build, weights):
    expected, model = trained(flat(), weights), trained(build(), weights)
    np.testing.assert_allclose(model(IMAGES), expected(IMAGES), atol=1e-6)
    for layer in ("", "first"):
        found = GradCam(model, layer)
        assert found.layer == (layer or "second_relu")
        np.testing.assert_allclose(found.maps(IMAGES, CLASSES), GradCam(expected, layer).maps(IMAGES, CLASSES), atol=1e-5)


def test_later_changes_of_the_weights_are_seen(weights):
    model = two_levels()
    gradcam = GradCam(model)
    before = gradcam.maps(IMAGES, CLASSES)
    model.set_weights(weights)
    np.testing.assert_allclose(gradcam.maps(IMAGES, CLASSES), GradCam(trained(flat(), weights)).maps(IMAGES, CLASSES), atol=1e-5)
    assert not np.allclose(gradcam.maps(IMAGES, CLASSES), before, atol=1e-2)


def test_the_model_is_not_changed(weights):
    model = trained(two_levels(), weights)
    inner = model.get_layer("outer").get_layer("inner")
    outputs = [layer.output for layer in inner.layers]
    before = model(IMAGES).numpy()
    GradCam(model).maps(IMAGES, CLASSES)
    assert all(layer.output is output for layer, output in zip(inner.layers, outputs, strict=True))
    np.testing.assert_array_equal(model(IMAGES), before)


def test_a_flat_graph_is_left_alone():
    model = flat()
    assert [operation for operation in flat_graph(model).operations if operation not in model.operations] == []
    assert class_scores(flat_graph(model)).dense is model.get_layer("logits")


@pytest.mark.parametrize("mapping", ["neither", "model", "both"])
def test_a_backbone_of_two_inputs_beside_the_metadata(mapping):
    def body(image, scale):
        return keras.layers.Multiply()([keras.layers.Conv2D(2, 1, name="conv")(image), keras.layers.Reshape((1, 1, 1))(scale)])

    def classes(maps, scale):
        return keras.layers.Dense(2, name="logits")(keras.layers.Concatenate()([keras.layers.GlobalAveragePooling2D()(maps), scale]))

    def inputs():
        return keras.Input((8, 8, 1), name="image"), keras.Input((1,), name="scale")

    image, scale = inputs()
    expected = keras.Model([scale, image], classes(body(image, scale), scale))
    image, scale = inputs()
    arguments = {"image": image, "scale": scale} if mapping in ("model", "both") else [scale, image]
    backbone = keras.Model(arguments, body(image, scale))
    image, scale = inputs()
    by_name = {"image": image, "scale": scale}
    given = by_name if mapping == "both" else [image, scale] if mapping == "model" else [scale, image]
    model = trained(keras.Model([scale, image], classes(backbone(given), scale)), expected.get_weights())
    others = [np.linspace(-1, 1, 4, dtype=np.float32)[:, None]]
    maps = GradCam(model).maps(IMAGES, [0, 1, 0, 1], others=others)
    assert maps.any()
    np.testing.assert_allclose(maps, GradCam(expected).maps(IMAGES, [0, 1, 0, 1], others=others), atol=1e-6)


def test_layers_of_one_name_in_two_models(weights):
    """A backbone from a file and a new head often have a layer of one name; the one within bears its model's name too."""
    backbone = as_model(lambda x: top(stem(x)), (8, 8, 1), "backbone")
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.BatchNormalization(name="first_norm")(backbone(inputs))
    model = keras.Model(inputs, head(keras.layers.Conv2D(4, 1, name="second")(x)))
    graph = flat_graph(model)
    assert feature_layer(graph).name == "second"
    assert feature_layer(graph, "backbone.second").name == "backbone.second"
    assert {operation.name for operation in graph.operations if isinstance(operation, Renamed)} == {
        "backbone.first_norm",
        "backbone.second",
    }
    np.testing.assert_allclose(graph([IMAGES], training=False), model(IMAGES, training=False), atol=1e-6)
    model.get_layer("backbone").get_layer("first_norm").set_weights([np.full(4, value, np.float32) for value in (3, 1, 0.5, 2)])
    np.testing.assert_allclose(graph([IMAGES], training=False), model(IMAGES, training=False), atol=1e-6)


def test_a_model_called_twice_is_opened_twice_and_its_layers_are_ambiguous():
    block = as_model(lambda x: keras.layers.Conv2D(1, 3, padding="same", name="shared")(x), (8, 8, 1), "block")
    model = as_model(lambda x: head(block(block(x))), (8, 8, 1), "twice")
    np.testing.assert_allclose(flat_graph(model)([IMAGES]), model(IMAGES), atol=1e-6)
    with pytest.raises(UsageError, match="needs a convolutional layer"):
        GradCam(model)


def test_a_model_with_a_call_of_its_own_stays_closed():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = keras.layers.Conv2D(2, 3)

        def call(self, inputs):
            return keras.ops.mean(self.conv(inputs), axis=(1, 2))

    model = as_model(lambda x: keras.layers.Dense(2)(Own()(x)), (8, 8, 1), "closed")
    with pytest.raises(UsageError, match="a call of its own cannot be seen"):
        GradCam(model)


def test_the_layer_of_this_graph_is_taken_where_it_was_called_in_another():
    conv = keras.layers.Conv2D(3, 3, name="conv")
    conv(keras.Input((20, 20, 1)))
    dense = keras.layers.Dense(3, activation="softmax")
    dense(keras.Input((3,)))
    model = as_model(lambda x: dense(keras.layers.GlobalAveragePooling2D()(conv(x))), (8, 8, 1), "again")
    assert feature_layer(flat_graph(model)).tensor.shape == (None, 6, 6, 3)
    assert GradCam(model).maps(IMAGES, CLASSES).shape == (4, 8, 8)
