"""What every architecture must keep; the folder is the list."""

import importlib
import pkgutil

import keras
import numpy as np
import pytest

from components.trainer import architectures
from components.trainer.network import NetworkSpec

MODULES = [importlib.import_module(f"{architectures.__name__}.{found.name}") for found in pkgutil.iter_modules(architectures.__path__)]
NAMES = [module.__name__.rsplit(".", 1)[-1] for module in MODULES]
SPEC = NetworkSpec(image_px=32, class_count=3, seed=1)
VARIANTS = [
    {},
    {"stages": 2, "width": 4, "block": "plain"},
    {"stages": 3, "width": 4, "block": "residual", "kernel_size": 5},
    {"stages": 6, "width": 4, "block": "separable", "dropout": 0.0},
]


@pytest.fixture(params=MODULES, ids=NAMES)
def architecture(request):
    return request.param


def images(count=2, image_px=32):
    return np.random.default_rng(2).uniform(size=[count, image_px, image_px, 1]).astype(np.float32)


@pytest.mark.parametrize("changes", VARIANTS, ids=str)
def test_it_maps_an_image_to_probabilities(architecture, changes):
    model = architecture.build({**architecture.DEFAULTS, **changes}, SPEC)
    assert [tensor.name for tensor in model.inputs] == ["image"]
    assert model.input_shape == (None, 32, 32, 1)
    probabilities = model(images(), training=False).numpy()
    assert probabilities.shape == (2, 3)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)


@pytest.mark.parametrize("changes", VARIANTS, ids=str)
def test_it_counts_its_parameters_without_building(architecture, changes):
    parameters = {**architecture.DEFAULTS, **changes}
    assert architecture.count_parameters(parameters, SPEC) == architecture.build(parameters, SPEC).count_params()


def test_its_graph_is_flat_and_its_landmarks_are_named(architecture):
    model = architecture.build(architecture.DEFAULTS, NetworkSpec(32, 4, 1))
    assert not [layer.name for layer in model.layers if isinstance(layer, keras.Model)]
    assert len(model.get_layer("embedding").output.shape) == 2
    logits = model.get_layer("logits")
    assert logits.output.shape == (None, 4)
    assert logits.activation is keras.activations.linear
    assert model.layers[-1].name == "probabilities"
    landmarks = keras.Model(model.input, [logits.output, model.output])
    values, probabilities = (tensor.numpy() for tensor in landmarks(images()))
    np.testing.assert_allclose(np.exp(values) / np.exp(values).sum(axis=1, keepdims=True), probabilities, rtol=1e-5)


def test_some_layer_keeps_a_map_for_the_explainers(architecture):
    model = architecture.build(architecture.DEFAULTS, NetworkSpec(96, 3, 1))
    maps = [layer.output.shape for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert maps[-1][1] >= 2


def test_the_seed_decides_the_weights(architecture):
    def weights(seed):
        return np.concatenate(
            [weight.ravel() for weight in architecture.build(architecture.DEFAULTS, NetworkSpec(32, 3, seed)).get_weights()]
        )

    np.testing.assert_array_equal(weights(1), weights(1))
    assert not np.array_equal(weights(1), weights(2))


def test_no_two_layers_start_alike(architecture):
    """One seed for all would give layers of one shape the same weights."""
    kernels = [
        weight.numpy().ravel()[:8]
        for weight in architecture.build(architecture.DEFAULTS, SPEC).trainable_weights
        if weight.name == "kernel"
    ]
    for place, kernel in enumerate(kernels):
        assert not any(np.allclose(kernel / np.linalg.norm(kernel), other / np.linalg.norm(other)) for other in kernels[:place])


def test_it_can_be_saved_and_loaded(architecture, tmp_path):
    model = architecture.build(architecture.DEFAULTS, SPEC)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(images()), model(images()))


def test_it_lists_a_learning_rate(architecture):
    assert architecture.DEFAULTS["learning_rate"] > 0
