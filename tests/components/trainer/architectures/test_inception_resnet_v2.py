import keras
import numpy as np

from components.trainer.architectures import inception_resnet_v2


def test_the_copy_computes_what_the_network_of_keras_computes():
    """With names that do not depend on what was built before, and without a layer of Keras's own."""
    arguments = {"include_top": False, "weights": None}
    original = keras.applications.InceptionResNetV2(input_tensor=keras.Input([80, 80, 3]), **arguments)
    copy = inception_resnet_v2._plain(input_tensor=keras.Input([80, 80, 3]), **arguments)
    names = inception_resnet_v2._stable_names([layer.name for layer in original.layers])
    for layer in original.layers:
        if layer.weights:
            layer.set_weights(copy.get_layer(names.get(layer.name, layer.name)).get_weights())
    rgb = np.random.default_rng(1).uniform(-1, 1, [1, 80, 80, 3]).astype(np.float32)
    np.testing.assert_allclose(copy(rgb, training=False), original(rgb, training=False), rtol=1e-4, atol=1e-6)
    assert all(getattr(keras.layers, type(layer).__name__) is type(layer) for layer in copy.layers)


def test_names_are_numbered_anew_in_the_order_of_the_layers():
    names = ["image", "conv2d_9", "conv_7b", "conv2d_10", "activation", "activation_1"]
    expected = {"conv2d_9": "conv2d_1", "conv2d_10": "conv2d_2", "activation": "activation_1", "activation_1": "activation_2"}
    assert inception_resnet_v2._stable_names(names) == expected
