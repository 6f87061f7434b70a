from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.trainer import frozen
from components.trainer.architectures import own_cnn
from components.trainer.frozen import FeatureMemory, head_of
from components.trainer.network import NetworkSpec


class Features(NamedTuple):
    """What `head_of` reads of examples."""

    pixels: tf.Tensor
    first: np.ndarray


@pytest.mark.parametrize("metadata", [False, True])
def test_the_head_over_the_features_is_the_network(small_examples, metadata):
    spec = NetworkSpec(8, 3, 1, metadata=metadata)
    model = own_cnn.build({**own_cnn.DEFAULTS, "stages": 1, "width": 4}, spec)
    part = small_examples.subset(np.array([2, 5, 9]))
    features = FeatureMemory().features(model, part)
    assert features.pixels.shape == (72, 4)
    head = head_of(model, features).network
    for place in range(3):
        for version in range(3):
            image = np.array(part.pixels[part.first[place] + version], np.float32)[np.newaxis] / 255
            pooled = np.array(features.pixels[features.first[place] + version])[np.newaxis]
            facts = [part.metadata[place : place + 1]] if metadata else []
            whole = model.predict_on_batch([image, *facts] if metadata else image)
            alone = head.predict_on_batch([pooled, *facts] if metadata else pooled)
            np.testing.assert_allclose(alone, whole, atol=1e-5)


@pytest.mark.parametrize("metadata", [False, True])
def test_the_network_answers_as_the_head_once_it_is_published(small_examples, metadata):
    model = own_cnn.build({**own_cnn.DEFAULTS, "stages": 1, "width": 4}, NetworkSpec(8, 3, 1, metadata=metadata))
    features = FeatureMemory().features(model, small_examples)
    head = head_of(model, features)
    before = [weight.copy() for weight in model.get_weights()]
    head.network.set_weights([weight + 0.5 if weight.shape[-1] == 3 else weight for weight in head.network.get_weights()])
    for left, right in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    head.publish()
    images = np.array(small_examples.pixels, np.float32)[small_examples.first] / 255
    pooled = np.array(features.pixels)[small_examples.first]
    facts = [small_examples.metadata] if metadata else []
    whole = model.predict_on_batch([images, *facts] if metadata else images)
    np.testing.assert_allclose(head.network.predict_on_batch([pooled, *facts] if metadata else pooled), whole, atol=1e-4)


def test_the_scale_and_the_zero_of_a_feature_do_not_change_what_is_learned():
    def learned(scale, zero):
        keras.utils.set_random_seed(4)
        model = own_cnn.build({**own_cnn.DEFAULTS, "stages": 1, "width": 4, "dropout": 0.0}, NetworkSpec(8, 2, 1))
        model.get_layer("logits").set_weights([np.zeros([4, 2], np.float32), np.zeros(2, np.float32)])
        pooled = np.random.default_rng(2).normal(size=[64, 4]).astype(np.float32)
        truth = np.eye(2, dtype=np.float32)[(pooled[:, 0] > 0).astype(int)]
        pixels = tf.constant(pooled * scale + zero)
        head = head_of(model, Features(pixels, np.arange(64)))
        head.network.compile(keras.optimizers.Adam(0.05), "categorical_crossentropy")
        head.network.fit(pixels, truth, epochs=30, shuffle=False, verbose=0)
        return head.network.predict_on_batch(pixels), truth

    plain, truth = learned(np.float32(1), np.float32(0))
    scaled, _ = learned(np.array([1000, 0.1, 1, 1], np.float32), np.array([500, 3, 0, 0], np.float32))
    assert (plain.argmax(axis=1) == truth.argmax(axis=1)).mean() > 0.9
    np.testing.assert_allclose(scaled, plain, atol=1e-3)


def test_a_feature_that_does_not_vary_is_not_blown_up():
    model = own_cnn.build({**own_cnn.DEFAULTS, "stages": 1, "width": 4}, NetworkSpec(8, 3, 1))
    pooled = np.random.default_rng(2).normal(size=[64, 4]).astype(np.float32)
    pooled[:, 1] = 2
    head = head_of(model, Features(tf.constant(pooled), np.arange(64)))
    other = pooled.copy()
    other[:, 1] = 2.01
    found = keras.Model(head.network.input, head.network.layers[1].output).predict_on_batch(other)
    assert np.abs(found).max() < 10


def test_a_body_sees_each_image_once(small_examples, monkeypatch):
    seen = []
    computed = frozen.pooled_features
    monkeypatch.setattr(frozen, "pooled_features", lambda model, pixels: seen.append((model, len(pixels))) or computed(model, pixels))
    one, twin, other = (own_cnn.build({**own_cnn.DEFAULTS, "stages": 1, "width": 4}, NetworkSpec(8, 3, seed)) for seed in (1, 1, 2))
    memory = FeatureMemory(kept=1)
    part = small_examples.subset(np.arange(10)).compact()
    first = memory.features(one, part).pixels
    whole = memory.features(twin, small_examples).pixels
    assert seen == [(one, 30), (twin, 42)]
    np.testing.assert_array_equal(whole[:30], first)
    memory.features(other, part)
    memory.features(one, part)
    assert seen[2:] == [(other, 30), (one, 30)]


def test_features_do_not_depend_on_the_other_images(small_examples):
    model = own_cnn.build({**own_cnn.DEFAULTS, "stages": 2, "width": 4}, NetworkSpec(8, 3, 1))
    pixels = np.asarray(small_examples.pixels)
    whole = frozen.pooled_features(model, pixels)
    np.testing.assert_array_equal(frozen.pooled_features(model, pixels[37:40]), whole[37:40])
