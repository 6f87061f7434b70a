import keras
import numpy as np
import pytest

from components.auditor.border_masking import answers_without_border, border_drop
from components.evaluator.intervals import resample

CLASSES = ("normal", "covid19")


def corner_reader(with_metadata=False):
    """A network that says covid19 where the upper left pixel is bright, whatever the rest."""
    image = keras.Input((10, 10, 1))
    corner = keras.layers.Flatten()(keras.layers.Cropping2D(((0, 9), (0, 9)))(image))
    facts = keras.Input((3,))
    seen = keras.layers.Concatenate()([corner, facts]) if with_metadata else corner
    dense = keras.layers.Dense(2, activation="softmax")
    output = dense(seen)
    kernel = np.zeros((seen.shape[-1], 2))
    kernel[0, 1] = 40.0
    dense.set_weights([kernel, np.array([0.0, -20.0])])
    return keras.Model([image, facts] if with_metadata else image, output)


def images(count=40):
    labels = np.arange(count) % 2
    pixels = np.full((count, 10, 10), 30, np.uint8)
    pixels[labels == 1, 0, 0] = 255
    return labels, pixels


@pytest.mark.parametrize("with_metadata", [False, True])
def test_a_model_that_reads_the_border_falls_to_chance(with_metadata):
    labels, pixels = images()
    answers = answers_without_border(corner_reader(with_metadata), pixels, np.zeros((40, 3), np.float32), 0.1)
    before = np.eye(2, dtype=np.float32)[labels]
    drop = border_drop(labels, before, answers, CLASSES, resample(np.arange(40), 200, 5), 0.1)
    assert drop.before["macro_recall"].value == 1
    assert drop.after["macro_recall"].value == 0.5
    # The drop is 0.5 in every draw of 20 patients of each class; it may be less in the next.
    assert (drop.drop["macro_recall"].value, drop.drop["macro_recall"].low) == (0.5, pytest.approx(0.5 - 2 * (1 - 0.025 ** (1 / 40))))
    assert drop.drop["accuracy"].low > 0.3


def test_a_model_that_answers_as_before_loses_nothing():
    labels, _ = images()
    answers = np.eye(2, dtype=np.float32)[labels]
    drop = border_drop(labels, answers, answers, CLASSES, resample(np.arange(40), 200, 5), 0.1)
    reach = 2 * (1 - 0.025 ** (1 / 40))
    assert (drop.drop["accuracy"].value, drop.drop["accuracy"].low, drop.drop["accuracy"].high) == pytest.approx((0, -reach, reach))
