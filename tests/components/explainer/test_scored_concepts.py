"""What a network is asked of segments, on a network that averages gray, by hand."""

import keras
import numpy as np
import pytest

from components.explainer.config import AceConfig
from components.explainer.layer_view import LayerView
from components.explainer.material import Material, Subjects
from components.explainer.scored_concepts import cluster_segments
from components.explainer.superpixels import Segments

FILL = 0.2


def averaging_network():
    """A network whose one channel is the gray itself."""
    inputs = keras.Input((4, 4, 1))
    x = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones", name="gray")(inputs)
    x = keras.layers.Dense(2, name="logits")(keras.layers.GlobalAveragePooling2D(name="embedding")(x))
    return keras.Model(inputs, keras.layers.Activation("softmax", name="probabilities")(x))


def material():
    """One black image with a white row on top; the first segment is that row, the second the rest."""
    images = np.zeros((1, 4, 4), np.uint8)
    images[:, 0] = 255
    masks = (np.ones((1, 4), np.bool_), np.ones((3, 4), np.bool_))
    boxes = np.array([[0, 0, 1, 4], [1, 0, 4, 4]], np.int32)
    segments = Segments(np.zeros(2, np.int32), np.full(2, 2, np.int32), boxes, masks, 1, (4, 4), 0)
    return Material(Subjects(images, (), np.array(["p"]), {}, {}), 0, None, FILL, segments, images, (), segments, 1)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        # The image has 1/4. Without the row it has FILL / 4, without the rest 1/4 + 3/4 FILL: what is lost is the difference.
        ("removed", [(1 - FILL) / 4, -3 / 4 * FILL]),
        ("in_place", [1 / 4 + 3 / 4 * FILL, FILL / 4]),
    ],
)
def test_the_activations_of_a_removed_segment_are_what_goes_with_it(form, expected):
    activations, _ = cluster_segments(LayerView(averaging_network()), material(), AceConfig(patches=form, clusters=2), seed=1)
    np.testing.assert_allclose(activations[:, 0], expected, atol=1e-6)
