import numpy as np
import pytest

from components.base.errors import UsageError
from components.explainer.faithfulness.explained import Explained


def test_takes_the_probability_of_each_images_own_class() -> None:
    explained = Explained(lambda images: np.tile([0.2, 0.7, 0.1], (len(images), 1)), np.zeros((3, 2, 2, 1)), [1, 0, 2])
    assert explained.unaltered.tolist() == [0.7, 0.2, 0.1]


def test_never_makes_more_altered_images_than_a_batch_holds() -> None:
    sizes = []

    def model(images):
        sizes.append(len(images))
        return np.stack([images.mean(axis=(1, 2, 3)), 1 - images.mean(axis=(1, 2, 3))], axis=1)

    explained = Explained(model, np.zeros((5, 2, 2, 1)), [0] * 5, batch_size=3)
    rows = np.arange(5).repeat(4)
    scores = explained.scores(rows, lambda places: np.ones((len(places), 2, 2, 1), np.float32) * (places / 20)[:, None, None, None])
    assert scores == pytest.approx(np.arange(20) / 20, abs=1e-6)
    assert max(sizes) == 3


def test_other_inputs_go_with_their_image() -> None:
    def model(images, others):
        return np.concatenate([others[0], 1 - others[0]], axis=1)

    explained = Explained(model, np.zeros((3, 2, 2, 1)), [0, 0, 0], others=[[[0.1], [0.2], [0.3]]], batch_size=2)
    scores = explained.scores(np.array([2, 0, 2]), lambda places: np.zeros((len(places), 2, 2, 1), np.float32))
    assert scores == pytest.approx([0.3, 0.1, 0.3], abs=1e-6)


@pytest.mark.parametrize(
    ("model", "classes", "images", "says"),
    [
        (lambda images: np.full((len(images), 2), 4.0), [0], np.zeros((1, 2, 2, 1)), "softmax"),
        (lambda images: np.full((len(images), 2), np.nan), [0], np.zeros((1, 2, 2, 1)), "softmax"),
        (lambda images: np.full((len(images), 2), 0.5), [2], np.zeros((1, 2, 2, 1)), "every class"),
        (lambda images: np.full(len(images), 0.5), [0], np.zeros((1, 2, 2, 1)), "every class"),
        (lambda images: np.full((len(images), 2), 0.5), [0, 1], np.zeros((1, 2, 2, 1)), "one class"),
        (lambda images: np.full((len(images), 2), 0.5), [0], np.zeros((1, 2, 2)), "height, width, 1"),
    ],
)
def test_refuses_what_is_no_probability_and_what_does_not_fit(model, classes, images, says) -> None:
    with pytest.raises(UsageError, match=says):
        Explained(model, images, classes)
