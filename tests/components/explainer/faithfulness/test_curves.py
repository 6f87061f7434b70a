import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from components.base.errors import UsageError
from components.explainer.faithfulness.baselines import make_baseline
from components.explainer.faithfulness.curves import perturb
from components.explainer.faithfulness.explained import Explained

# Class 0 is as probable as the upper left pixel is bright; the mean of the image is 0.4.
IMAGE = np.array([[1.0, 0.2], [0.2, 0.2]], np.float32).reshape(1, 2, 2, 1)


def corner(images):
    return np.stack([images[:, 0, 0, 0], 1 - images[:, 0, 0, 0]], axis=1)


def test_curves_worked_by_hand() -> None:
    explained = Explained(corner, IMAGE, [0])
    found = perturb(explained, [[[4, 3], [2, 1]]], make_baseline("mean", IMAGE), steps=4)
    assert found.shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found.deletion[0] == pytest.approx([1, 0.4, 0.4, 0.4, 0.4])
    assert found.insertion[0] == pytest.approx([0.4, 1, 1, 1, 1])
    assert found.deletion_auc[0] == pytest.approx((0.7 + 3 * 0.4) / 4)
    assert found.insertion_auc[0] == pytest.approx((0.7 + 3 * 1) / 4)
    second = perturb(explained, [[[3, 4], [2, 1]]], make_baseline("mean", IMAGE), steps=4)
    assert second.deletion[0] == pytest.approx([1, 1, 0.4, 0.4, 0.4])
    assert second.insertion[0] == pytest.approx([0.4, 0.4, 1, 1, 1])


def test_what_speaks_against_the_class_goes_last() -> None:
    explained = Explained(corner, IMAGE, [0])
    found = perturb(explained, [[[-5, 0], [0, 1]]], make_baseline("mean", IMAGE), steps=4)
    assert found.deletion[0] == pytest.approx([1, 1, 1, 1, 0.4])


def test_an_image_without_a_map_has_no_curve() -> None:
    images = np.repeat(IMAGE, 3, axis=0)
    maps = np.array([np.zeros((2, 2)), -np.ones((2, 2)), [[1, 0], [0, 0]]])
    found = perturb(Explained(corner, images, [0, 0, 0]), maps, make_baseline("mean", images), steps=4)
    assert np.isnan(found.deletion[:2]).all()
    assert np.isnan(found.insertion_auc[:2]).all()
    assert not np.isnan(found.deletion[2]).any()


def test_equal_pixels_go_at_random_and_not_from_a_corner() -> None:
    images = np.repeat(IMAGE, 400, axis=0)
    found = perturb(Explained(corner, images, [0] * 400), np.ones((400, 2, 2)), make_baseline("mean", images), steps=4, seed=1)
    gone = (found.deletion[:, 1:4] < 0.5).mean(axis=0)
    assert gone == pytest.approx([0.25, 0.5, 0.75], abs=0.08)
    again = perturb(Explained(corner, images, [0] * 400), np.ones((400, 2, 2)), make_baseline("mean", images), steps=4, seed=1)
    assert (again.deletion == found.deletion).all()


maps_of_four = arrays(np.float32, (4, 6, 6), elements=st.floats(-1, 1, width=32))


@settings(max_examples=40, deadline=None)
@given(maps=maps_of_four)
def test_no_map_beats_the_true_one(maps) -> None:
    patch = np.zeros((6, 6), bool)
    patch[1:3, 2:4] = True
    images = np.where(patch[..., None], 0.9, np.random.default_rng(0).uniform(0, 0.3, (4, 6, 6, 1))).astype(np.float32)

    def model(altered):
        bright = altered[:, 1:3, 2:4, 0].mean(axis=(1, 2))
        return np.stack([bright, 1 - bright], axis=1)

    explained = Explained(model, images, [0] * 4, batch_size=7)
    baseline = make_baseline("mean", images)
    best = perturb(explained, np.repeat(patch[None], 4, axis=0), baseline, steps=9)
    other = perturb(explained, maps, baseline, steps=9)
    known = ~np.isnan(other.deletion_auc)
    assert (known == (maps > 0).any(axis=(1, 2))).all()
    assert (best.deletion_auc[known] <= other.deletion_auc[known] + 1e-9).all()
    assert (best.insertion_auc[known] >= other.insertion_auc[known] - 1e-9).all()
    for areas in (other.deletion_auc[known], other.insertion_auc[known]):
        assert ((areas >= 0) & (areas <= 1)).all()


@pytest.mark.parametrize("name", ["blur", "mean", "road"])
def test_the_batch_does_not_change_the_curves(name, patch_model, bright_patches) -> None:
    images = bright_patches(5)
    maps = np.random.default_rng(2).normal(size=(5, 6, 6))
    curves = [
        perturb(Explained(patch_model, images, [1] * 5, batch_size=size), maps, make_baseline(name, images), steps=5) for size in (1, 64)
    ]
    assert curves[0].deletion == pytest.approx(curves[1].deletion, abs=1e-6)
    assert curves[0].insertion == pytest.approx(curves[1].insertion, abs=1e-6)


def test_refuses_maps_of_another_shape_and_steps_below_a_pixel() -> None:
    explained = Explained(corner, IMAGE, [0])
    with pytest.raises(UsageError, match=r"\[1, 3, 2\]"):
        perturb(explained, np.ones((1, 3, 2)), make_baseline("mean", IMAGE))
    with pytest.raises(UsageError, match="not finite"):
        perturb(explained, np.full((1, 2, 2), np.nan), make_baseline("mean", IMAGE))
    with pytest.raises(ValueError, match="5 steps for 4 pixels"):
        perturb(explained, np.ones((1, 2, 2)), make_baseline("mean", IMAGE), steps=5)
