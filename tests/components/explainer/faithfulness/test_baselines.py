import numpy as np
import pytest

from components.explainer.faithfulness.baselines import make_baseline

ROWS = np.array([1])


def test_only_what_was_removed_changes() -> None:
    images = np.random.default_rng(0).random((2, 8, 8, 1), np.float32)
    removed = np.zeros((1, 8, 8), bool)
    removed[0, 2:5, 3:6] = True
    for name in ("blur", "mean", "road"):
        filled = make_baseline(name, images).fill(ROWS, removed)
        assert filled.dtype == np.float32
        assert (filled[0][~removed[0]] == images[1][~removed[0]]).all()
        assert (filled[0][removed[0]] != images[1][removed[0]]).all()


def test_mean_is_that_of_the_image_itself() -> None:
    images = np.array([[0, 0, 0, 0], [0.1, 0.2, 0.3, 0.6]], np.float32).reshape(2, 2, 2, 1)
    filled = make_baseline("mean", images).fill(ROWS, np.ones((1, 2, 2), bool))
    assert filled.ravel() == pytest.approx([0.3] * 4)


def test_blur_is_as_wide_as_it_says() -> None:
    # The blur of a single bright pixel is the Gaussian itself: its variance is sigma squared.
    image = np.zeros((1, 41, 81, 1), np.float32)
    image[0, 20, 40] = 1
    blurred = make_baseline("blur", image, blur_sigma=0.1).fill(np.array([0]), np.ones((1, 41, 81), bool))[0, ..., 0]
    assert blurred.sum() == pytest.approx(1, abs=1e-3)
    assert (blurred.sum(axis=0) * (np.arange(81) - 40) ** 2).sum() == pytest.approx(4.1**2, rel=0.02)


def test_refuses_another_name() -> None:
    with pytest.raises(ValueError, match="take blur, mean or road"):
        make_baseline("black", np.zeros((1, 2, 2, 1), np.float32))
