"""What every architecture must keep; the folder is the list. The large ones take seconds to build, so all tests share two builds."""

import dataclasses
import importlib
import pkgutil

import keras
import numpy as np
import pytest

from components.explainer.feature_maps import feature_layer, flat_graph
from components.trainer import architectures
from components.trainer.config import ARCHITECTURES, WITHOUT_IMAGENET
from components.trainer.network import EMBEDDING, LOGITS, METADATA_SIZE, PROBABILITIES, NetworkSpec, body_layers

MODULES = {
    found.name: importlib.import_module(f"{architectures.__name__}.{found.name}") for found in pkgutil.iter_modules(architectures.__path__)
}
DROPOUT = 0.45
SMALLEST_PX = {"inception_resnet_v2": 75}
# The sizes at which the explainers must find a map; 96 px where none is named.
EXPLAINED_PX = {"densenet121": 224, "densenet169": 224, "inception_resnet_v2": 224, "resnet50": 224, "vgg19": 224}
VARIANTS = {
    "own_cnn": [
        {"stages": 2, "width": 4, "block": "plain"},
        {"stages": 3, "width": 4, "block": "residual", "kernel_size": 5},
        {"stages": 6, "width": 4, "block": "separable", "dropout": 0.0},
    ],
    "covid_net": [{"head": "flattened"}],
}
# All of keras.applications are seeded by components.trainer.imagenet.build.
SEEDED_AS_ANOTHER = ("densenet169", "inception_resnet_v2")
CASES = [(name, changes) for name in MODULES for changes in VARIANTS.get(name, [])]


def smallest_px(name):
    return SMALLEST_PX.get(name, 32)


def build(name, spec, changes=None):
    return MODULES[name].build({**MODULES[name].DEFAULTS, **(changes or {})}, spec)


@dataclasses.dataclass(frozen=True)
class Built:
    """An architecture, built twice with one seed.

    plain: multiclass, at the size of the explainers; rich: multilabel, with metadata and another dropout, at the smallest size.
    """

    name: str
    plain: keras.Model
    rich: keras.Model


@pytest.fixture(scope="module", params=MODULES)
def built(request):
    name = request.param
    plain = build(name, NetworkSpec(EXPLAINED_PX.get(name, 96), 3, seed=1))
    rich = build(name, NetworkSpec(smallest_px(name), 5, seed=1, task="multilabel", metadata=True), {"dropout": DROPOUT})
    return Built(name, plain, rich)


def images(image_px, count=2):
    return np.random.default_rng(2).uniform(size=[count, image_px, image_px, 1]).astype(np.float32)


def body_weights(model):
    return [weight for layer in body_layers(model) for weight in layer.get_weights()]


def test_the_configuration_names_every_architecture():
    assert sorted(ARCHITECTURES) == sorted(MODULES)


def test_it_maps_an_image_to_probabilities(built):
    model, image_px = built.plain, EXPLAINED_PX.get(built.name, 96)
    assert [tensor.name for tensor in model.inputs] == ["image"]
    assert model.input_shape == (None, image_px, image_px, 1)
    probabilities = model(images(image_px), training=False).numpy()
    assert probabilities.shape == (2, 3)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)


def test_a_multilabel_network_with_metadata_has_sigmoids_and_a_second_input(built):
    model, image_px = built.rich, smallest_px(built.name)
    assert [tensor.name for tensor in model.inputs] == ["image", "metadata"]
    logits = model.get_layer(LOGITS).output
    pixels, metadata = images(image_px), np.zeros([2, METADATA_SIZE], np.float32)
    values, probabilities = (tensor.numpy() for tensor in keras.Model(model.inputs, [logits, model.output])([pixels, metadata]))
    assert probabilities.shape == (2, 5)
    np.testing.assert_allclose(probabilities, 1.0 / (1.0 + np.exp(-values)), rtol=1e-4, atol=1e-6)
    metadata[:, 2] = 1.0
    assert not np.allclose(model([pixels, metadata], training=False), probabilities)


@pytest.mark.parametrize(("name", "changes"), CASES, ids=str)
def test_a_variant_maps_an_image_to_probabilities_and_counts_its_parameters(name, changes):
    spec = NetworkSpec(32, 3, 1)
    model = build(name, spec, changes)
    assert model(images(32), training=False).shape == (2, 3)
    assert MODULES[name].count_parameters({**MODULES[name].DEFAULTS, **changes}, spec) == model.count_params()


def test_it_counts_its_parameters_without_building(built):
    module = MODULES[built.name]
    spec = NetworkSpec(EXPLAINED_PX.get(built.name, 96), 3, 1)
    assert module.count_parameters(module.DEFAULTS, spec) == built.plain.count_params()
    spec = NetworkSpec(smallest_px(built.name), 5, 1, "multilabel", metadata=True)
    assert module.count_parameters(module.DEFAULTS, spec) == built.rich.count_params()


def test_its_graph_is_flat_and_its_landmarks_are_named(built):
    for model in (built.plain, built.rich):
        assert not [layer.name for layer in model.layers if isinstance(layer, keras.Model)]
        assert len(model.get_layer(EMBEDDING).output.shape) == 2
        assert model.get_layer(LOGITS).activation is keras.activations.linear
        assert model.layers[-1].name == PROBABILITIES
        assert model.name == built.name
    model = built.plain
    landmarks = keras.Model(model.input, [model.get_layer(LOGITS).output, model.output])
    values, probabilities = (tensor.numpy() for tensor in landmarks(images(EXPLAINED_PX.get(built.name, 96))))
    np.testing.assert_allclose(np.exp(values) / np.exp(values).sum(axis=1, keepdims=True), probabilities, rtol=1e-4)


def test_some_layer_keeps_a_map_for_the_explainers(built):
    maps = [layer.output.shape for layer in built.plain.layers if isinstance(layer, keras.layers.Conv2D)]
    assert min(maps[-1][1:3]) >= 2


def test_what_is_explained_by_default_is_what_the_classifier_averages(built):
    graph = flat_graph(built.plain)
    embedding = graph.get_layer(EMBEDDING)
    if not isinstance(embedding, keras.layers.GlobalAveragePooling2D):
        pytest.skip("averages nothing")
    # The exception that docs/explanations.md names: a maximum of 2 x 2 cells lies between.
    averaged = graph.get_layer("block5_pool").input if built.name == "vgg19" else embedding.input
    assert feature_layer(graph).tensor is averaged


def test_the_seed_decides_the_body_whatever_the_head_and_the_size(built):
    pairs = list(zip(body_weights(built.plain), body_weights(built.rich), strict=True))
    alike = [np.array_equal(one, two) for one, two in pairs if one.shape == two.shape]
    assert all(alike)
    # Weights are carried from one model to another by these names.
    names = [[layer.name for layer in body_layers(model) if layer.weights] for model in (built.plain, built.rich)]
    assert names[0] == names[1]
    # Only layers tied to the number of classes or to the size of the map may differ.
    assert len(alike) > 0.9 * len(pairs)


def test_two_seeds_give_other_weights(built):
    if built.name in SEEDED_AS_ANOTHER:
        pytest.skip("takes long to build, and is seeded by the same function as densenet121")
    other = build(built.name, NetworkSpec(smallest_px(built.name), 3, seed=2))
    kernels = [(one, two) for one, two in zip(body_weights(built.plain), body_weights(other), strict=True) if one.ndim > 1]
    assert kernels
    assert not any(np.array_equal(one, two) for one, two in kernels)


def test_no_two_layers_start_alike(built):
    """One seed for all would give layers of one shape the same weights."""
    kernels = np.stack([weight.numpy().ravel()[:8] for weight in built.plain.trainable_weights if weight.name == "kernel"])
    directions = kernels / np.linalg.norm(kernels, axis=1, keepdims=True)
    likeness = directions @ directions.T - np.eye(len(directions))
    assert likeness.max() < 1 - 1e-5


def test_it_can_be_saved_and_loaded_without_our_code(built, tmp_path):
    model, image_px = built.rich, smallest_px(built.name)
    model.save(tmp_path / "model.keras")
    inputs = [images(image_px), np.ones([2, METADATA_SIZE], np.float32)]
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(inputs, training=False), model(inputs, training=False))
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]


def test_it_drops_as_much_as_its_parameters_say(built):
    dropouts = [model.get_layer("dropout").rate for model in (built.plain, built.rich)]
    assert dropouts == [MODULES[built.name].DEFAULTS["dropout"], DROPOUT]


def test_it_lists_a_dropout_and_a_learning_rate(built):
    assert 0 <= MODULES[built.name].DEFAULTS["dropout"] < 1
    assert MODULES[built.name].DEFAULTS["learning_rate"] > 0
    assert isinstance(MODULES[built.name].PRETRAINED, bool)


def test_the_configuration_knows_which_have_imagenet_weights():
    assert {name for name, module in MODULES.items() if not module.PRETRAINED} == set(WITHOUT_IMAGENET)
