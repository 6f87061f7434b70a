import numpy as np
import pytest

from components.explainer.faithfulness.confidence import confidence
from components.explainer.faithfulness.explained import Explained


def left_minus_right(images):
    """Class 0 gains by the left pixel and loses by the right one."""
    probability = 0.5 + (images[:, 0, 0, 0] - images[:, 0, 1, 0]) / 2
    return np.stack([probability, 1 - probability], axis=1)


def test_worked_by_hand() -> None:
    images = np.array([[0.8, 0.4]] * 3, np.float32).reshape(3, 1, 2, 1)
    explained = Explained(left_minus_right, images, [0, 0, 1])
    assert explained.unaltered == pytest.approx([0.7, 0.7, 0.3])
    # Half of the left pixel; all of the left pixel and nothing of the right; the left pixel, for the other class.
    found = confidence(explained, np.array([[[1, 2]], [[8, -3]], [[2, 0]]]))
    assert found.drop == pytest.approx([(0.7 - 0.5) / 0.7, 0, (0.3 - 0.1) / 0.3])
    assert found.increase.tolist() == [0, 1, 0]


def test_a_map_of_everything_loses_nothing_and_no_map_is_not_judged() -> None:
    images = np.array([[0.8, 0.4]] * 2, np.float32).reshape(2, 1, 2, 1)
    found = confidence(Explained(left_minus_right, images, [0, 0]), np.array([[[5, 5]], [[0, -1]]]))
    assert found.drop[0] == 0
    assert found.increase[0] == 0
    assert np.isnan(found.drop[1])
    assert np.isnan(found.increase[1])


def test_nothing_is_lost_of_nothing() -> None:
    explained = Explained(lambda images: np.tile([0.0, 1.0], (len(images), 1)), np.ones((1, 2, 2, 1)), [0])
    assert confidence(explained, np.ones((1, 2, 2))).drop.tolist() == [0]
