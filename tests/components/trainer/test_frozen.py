import keras
import numpy as np
import pytest

from components.trainer import frozen
from components.trainer.architectures import own_cnn
from components.trainer.frozen import FeatureMemory, head_of
from components.trainer.network import NetworkSpec


@pytest.mark.parametrize("metadata", [False, True])
def test_the_head_over_the_features_is_the_network(small_examples, metadata):
    spec = NetworkSpec(8, 3, 1, metadata=metadata)
    model = own_cnn.build({**own_cnn.DEFAULTS, "stages": 1, "width": 4}, spec)
    part = small_examples.subset(np.array([2, 5, 9]))
    features = FeatureMemory().features(model, part)
    assert features.pixels.shape == (72, 4)
    head = head_of(model)
    for place in range(3):
        for version in range(3):
            image = np.array(part.pixels[part.first[place] + version], np.float32)[np.newaxis] / 255
            pooled = np.array(features.pixels[features.first[place] + version])[np.newaxis]
            facts = [part.metadata[place : place + 1]] if metadata else []
            whole = model.predict_on_batch([image, *facts] if metadata else image)
            alone = head.predict_on_batch([pooled, *facts] if metadata else pooled)
            np.testing.assert_allclose(alone, whole, atol=1e-5)


def test_head_and_network_share_their_weights():
    model = own_cnn.build({**own_cnn.DEFAULTS, "stages": 1, "width": 4}, NetworkSpec(8, 3, 1))
    head = head_of(model)
    head.get_layer("logits").kernel.assign(keras.ops.zeros([4, 3]))
    assert not np.array(model.get_layer("logits").kernel).any()


def test_the_same_body_sees_the_same_images_once(small_examples, monkeypatch):
    seen = []
    computed = frozen.pooled_features
    monkeypatch.setattr(frozen, "pooled_features", lambda model, pixels: seen.append(model) or computed(model, pixels))
    one, twin, other = (own_cnn.build({**own_cnn.DEFAULTS, "stages": 1, "width": 4}, NetworkSpec(8, 3, seed)) for seed in (1, 1, 2))
    memory = FeatureMemory(kept=1)
    first = memory.features(one, small_examples).pixels
    assert memory.features(twin, small_examples.subset(np.array([1, 2]))).pixels is first
    assert seen == [one]
    memory.features(other, small_examples)
    memory.features(one, small_examples)
    assert seen == [one, other, one]
