"""The same maps as two independent implementations, where they are installed.

Neither is among the project's requirements. Both were run beside TensorFlow 2.16.2 and Keras 3.12: tf-keras-vis 0.8.7 and xplique 1.3.3.
Their Grad-CAM++ is not compared: the one scales each map's alphas to the sum 1 and the other takes the mean of a map for its sum.
"""

import keras
import numpy as np
import pytest

from components.explainer.gradcam import GradCam
from components.explainer.guided import GuidedBackpropagation

COUNT = 6
REASON = "an independent implementation that is no requirement of this project; pip install it into an environment of its own"


def net():
    """The maps of "last" have the image's size, so that the three ways to enlarge a map do not matter."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((12, 12, 1))
    x = keras.layers.Conv2D(6, 3, padding="same", activation="relu", name="first")(inputs)
    x = keras.layers.Conv2D(5, 3, padding="same", activation="relu", name="last")(x)
    x = keras.layers.Dense(8, activation="relu")(keras.layers.Flatten()(keras.layers.MaxPooling2D()(x)))
    return keras.Model(inputs, keras.layers.Dense(3, name="logits")(x))


IMAGES = np.random.default_rng(1).random((COUNT, 12, 12, 1), np.float32)
CLASSES = np.arange(COUNT) % 3


def scaled(maps):
    maps = np.asarray(maps, np.float32).reshape(COUNT, 12, 12)
    peaks = maps.max(axis=(1, 2), keepdims=True)
    return np.divide(maps, peaks, out=np.zeros_like(maps), where=peaks > 0)


def test_grad_cam_of_tf_keras_vis():
    gradcam = pytest.importorskip("tf_keras_vis.gradcam", reason=f"tf-keras-vis: {REASON}")
    scores = pytest.importorskip("tf_keras_vis.utils.scores")
    model = net()
    explainer = gradcam.Gradcam(model, clone=False)
    theirs = explainer(scores.CategoricalScore(CLASSES.tolist()), IMAGES, penultimate_layer="last", expand_cam=False, normalize_cam=False)
    ours = GradCam(model).maps(IMAGES, CLASSES)
    assert ours.any(axis=(1, 2)).sum() >= COUNT // 2
    np.testing.assert_allclose(ours, scaled(theirs), atol=1e-4)


def test_grad_cam_and_guided_backpropagation_of_xplique():
    attributions = pytest.importorskip("xplique.attributions", reason=f"xplique: {REASON}")
    model = net()
    targets = np.eye(3, dtype=np.float32)[CLASSES]
    theirs = attributions.GradCAM(model, conv_layer="last").explain(IMAGES, targets)
    np.testing.assert_allclose(GradCam(model).maps(IMAGES, CLASSES), scaled(theirs), atol=1e-4)
    guided = GuidedBackpropagation(model).gradients(IMAGES, CLASSES)
    theirs = attributions.GuidedBackprop(model, reducer=None).explain(IMAGES, targets)
    assert np.abs(guided).max() > 0
    np.testing.assert_allclose(guided, np.asarray(theirs).reshape(guided.shape), atol=1e-5)
