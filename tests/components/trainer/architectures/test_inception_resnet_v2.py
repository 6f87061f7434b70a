import keras
import numpy as np

from components.trainer.architectures import inception_resnet_v2


def test_the_copy_computes_what_the_network_of_keras_computes(monkeypatch):
    """With its weights, and without a layer of Keras's own."""
    originals, keras_builds = [], keras.applications.InceptionResNetV2

    def remember(**arguments):
        originals.append(keras_builds(**arguments))
        return originals[-1]

    monkeypatch.setattr(keras.applications, "InceptionResNetV2", remember)
    copy = inception_resnet_v2._plain(include_top=False, weights=None, input_tensor=keras.Input([80, 80, 3]))
    rgb = np.random.default_rng(1).uniform(-1, 1, [1, 80, 80, 3]).astype(np.float32)
    # Both take a list of one image.
    np.testing.assert_allclose(copy([rgb], training=False), originals[0]([rgb], training=False), rtol=1e-4, atol=1e-6)
    assert all(getattr(keras.layers, type(layer).__name__, None) is type(layer) for layer in copy.layers)


def test_names_are_numbered_anew_in_the_order_of_the_layers():
    names = ["image", "conv2d_9", "conv_7b", "conv2d_10", "activation", "activation_1"]
    expected = {"conv2d_9": "conv2d_1", "conv2d_10": "conv2d_2", "activation": "activation_1", "activation_1": "activation_2"}
    assert inception_resnet_v2._stable_names(names) == expected
