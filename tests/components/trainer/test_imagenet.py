import dataclasses
import hashlib
import random

import h5py
import keras
import numpy as np
import pytest

from components.base.errors import UsageError
from components.trainer import imagenet
from components.trainer.architectures import densenet121, densenet169, inception_resnet_v2, resnet50, vgg19
from components.trainer.network import NetworkSpec, body_layers
from components.trainer.weights_file import WeightsFile

PUBLISHED = {resnet50: 23_587_712, densenet121: 7_037_504, densenet169: 12_642_880, vgg19: 20_024_384, inception_resnet_v2: 54_336_736}
SPEC = NetworkSpec(32, 3, seed=1)
PREPROCESSING = {
    "tf": keras.applications.inception_resnet_v2.preprocess_input,
    "caffe": keras.applications.resnet50.preprocess_input,
    "torch": keras.applications.densenet.preprocess_input,
}


def small(include_top, weights, input_tensor):
    """As the functions of keras.applications are called: two convolutions."""
    assert include_top is False
    x = keras.layers.Conv2D(4, 3, name="first")(input_tensor)
    x = keras.layers.Conv2D(4, 3, name="second")(x)
    model = keras.Model(keras.utils.get_source_inputs(input_tensor), x)
    if weights is not None:
        model.load_weights(weights)
    return model


def body(scale="tf", url="", md5=""):
    return imagenet.Body("small", small, 0, 4, 32, scale, WeightsFile(url, md5))


def build(scale="tf", seed=1):
    return imagenet.build(body(scale), {"dropout": 0.0}, NetworkSpec(32, 3, seed), "none")


@pytest.mark.parametrize(("architecture", "count"), PUBLISHED.items(), ids=lambda value: getattr(value, "__name__", value))
def test_the_bodies_have_the_published_counts(architecture, count):
    # The contract test holds the same count against the built network.
    assert architecture.count_parameters(architecture.DEFAULTS, NetworkSpec(224, 1000, 1)) - count in {
        (channels + 1) * 1000 for channels in (512, 1024, 1536, 1664, 2048)
    }


@pytest.mark.parametrize("scale", PREPROCESSING)
def test_the_image_is_scaled_as_the_weights_expect(scale):
    model = build(scale)
    gray = np.random.default_rng(1).uniform(size=[2, 32, 32, 1]).astype(np.float32)
    scaled = keras.Model(model.input, model.get_layer("scaled_for_imagenet").output)(gray)
    expected = PREPROCESSING[scale](np.repeat(gray * 255, 3, axis=-1))
    np.testing.assert_allclose(scaled, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("architecture", "scale"),
    [(resnet50, "caffe"), (vgg19, "caffe"), (densenet121, "torch"), (densenet169, "torch"), (inception_resnet_v2, "tf")],
)
def test_each_body_is_scaled_as_keras_says(architecture, scale):
    assert architecture._BODY.scale == scale


def test_the_seed_alone_decides_and_the_caller_keeps_its_random_state():
    state = random.getstate()
    first = build(seed=1).get_weights()
    assert random.getstate() == state
    second, other = build(seed=1).get_weights(), build(seed=2).get_weights()
    assert all(np.array_equal(one, two) for one, two in zip(first, second, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_a_small_image_is_refused_with_the_smallest_size():
    with pytest.raises(UsageError, match="75 px"):
        inception_resnet_v2.build(inception_resnet_v2.DEFAULTS, NetworkSpec(74, 3, 1))


def test_other_weights_are_refused():
    with pytest.raises(ValueError, match="noisy"):
        resnet50.build(resnet50.DEFAULTS, SPEC, "noisy")


def write_published(model, path):
    """Write weights in the layout of the published HDF5 files."""
    with h5py.File(path, "w") as file:
        layers = [layer for layer in model.layers if layer.weights]
        file.attrs["layer_names"] = [f"published_{layer.name}".encode() for layer in layers]
        for layer in layers:
            group = file.create_group(f"published_{layer.name}")
            names = [f"{number}:0" for number in range(len(layer.weights))]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, layer.get_weights(), strict=True):
                group[name] = value


def test_published_weights_reach_the_body_and_not_the_head(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    original = keras.applications.VGG19(include_top=False, weights=None, input_tensor=keras.Input([32, 32, 3]))
    path = tmp_path / "published.h5"
    write_published(original, path)
    file = WeightsFile(path.as_uri(), hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest())
    monkeypatch.setattr(vgg19, "_BODY", dataclasses.replace(vgg19._BODY, weights=file))
    model = vgg19.build(vgg19.DEFAULTS, SPEC, "imagenet")
    taken = [weight for layer in body_layers(model) for weight in layer.get_weights()]
    for one, two in zip(taken, original.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    random_head = vgg19.build(vgg19.DEFAULTS, SPEC).get_layer("logits").get_weights()[0]
    np.testing.assert_array_equal(model.get_layer("logits").get_weights()[0], random_head)
