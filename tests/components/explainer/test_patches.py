"""Segments shown alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.base.errors import UsageError
from components.explainer.patches import batches, render
from components.explainer.superpixels import Segments, segment


def one_segment(mask, box, image_shape):
    """A segment of a single image."""
    ints = [np.array(values, np.int32) for values in ([0], [1], [box])]
    return Segments(*ints, (np.array(mask, bool),), 1, image_shape, 0)


def noise(count, px, seed):
    return np.random.default_rng(seed).integers(0, 256, (count, px, px)).astype(np.uint8)


def test_a_box_is_filled_by_hand_and_enlarged():
    image = np.array([[[0, 51, 102], [153, 204, 255], [0, 0, 0]]], np.uint8)
    segments = one_segment([[True, False], [True, True]], (0, 1, 2, 3), (3, 3))
    assert render(image, segments, [0], 2, 0.5)[0] == pytest.approx(np.array([[0.2, 0.5], [0.8, 1.0]]))
    # Bilinear doubling: a quarter of the way to the neighbouring pixel's centre, and the border repeated.
    assert render(image, segments, [0], 4, 0.5)[0, 0] == pytest.approx([0.2, 0.275, 0.425, 0.5])


def test_in_its_place_a_segment_keeps_size_and_place():
    image = np.array([[[0, 51, 102], [153, 204, 255], [0, 0, 0]]], np.uint8)
    segments = one_segment([[True, False], [True, True]], (0, 1, 2, 3), (3, 3))
    expected = np.array([[0.5, 0.2, 0.5], [0.5, 0.8, 1.0], [0.5, 0.5, 0.5]])
    assert render(image, segments, [0], 3, 0.5, "in_place")[0] == pytest.approx(expected)
    assert next(batches(image, segments, 3, 0.5, 4, "in_place"))[0] == pytest.approx(expected)


def test_removed_is_the_image_without_the_segment():
    image = np.array([[[0, 51, 102], [153, 204, 255], [0, 0, 0]]], np.uint8)
    segments = one_segment([[True, False], [True, True]], (0, 1, 2, 3), (3, 3))
    expected = np.array([[0, 0.5, 0.4], [0.6, 0.5, 0.5], [0, 0, 0]])
    assert render(image, segments, [0], 3, 0.5, "removed")[0] == pytest.approx(expected)


@given(st.integers(1, 24), st.integers(0, 5), st.floats(0, 1))
def test_a_segment_of_the_whole_image_gives_the_image_back(px, seed, fill):
    images = noise(1, px, seed)
    segments = one_segment(np.ones((px, px)), (0, 0, px, px), (px, px))
    assert np.array_equal(render(images, segments, [0], px, fill)[0], images[0].astype(np.float32) / 255)


@given(st.integers(0, 20), st.floats(0, 1))
@settings(max_examples=20)
def test_outside_of_the_segment_is_the_fill_and_inside_the_image(seed, fill):
    images = noise(2, 16, seed)
    segments = segment(images, resolutions=(4, 9))
    for row, (top, left, bottom, right) in enumerate(segments.box):
        side = bottom - top
        if side != right - left:
            continue
        patch = render(images, segments, [row], int(side), fill)[0]
        mask = segments.masks[row]
        assert (patch[~mask] == np.float32(fill)).all()
        assert np.array_equal(patch[mask], images[segments.image[row], top:bottom, left:right][mask].astype(np.float32) / 255)


@given(st.integers(0, 20), st.integers(1, 40), st.floats(0, 1))
@settings(max_examples=20)
def test_patches_stay_in_range_and_far_pixels_are_the_fill(seed, image_px, fill):
    images = noise(1, 16, seed)
    segments = segment(images, resolutions=(5,))
    patches = render(images, segments, range(len(segments)), image_px, fill)
    assert patches.shape == (len(segments), image_px, image_px)
    assert patches.dtype == np.float32
    assert patches.min() >= 0
    assert patches.max() <= 1 + 1e-6
    everything = np.full_like(images, 255)
    nothing = render(np.zeros_like(images), segments, range(len(segments)), image_px, 0.0)
    reached = render(everything, segments, range(len(segments)), image_px, 0.0) > 0
    assert (nothing == 0).all()
    assert np.allclose(patches[~reached], fill, atol=1e-6)


@given(st.integers(1, 30))
@settings(max_examples=10)
def test_batches_are_bounded_and_join_to_all_patches(batch_size):
    images = noise(2, 16, 1)
    segments = segment(images, resolutions=(5, 12))
    found = list(batches(images, segments, 8, 0.5, batch_size))
    assert max(len(batch) for batch in found) <= batch_size
    assert np.array_equal(np.concatenate(found), render(images, segments, range(len(segments)), 8, 0.5))


def test_rows_are_rendered_in_the_order_asked_for():
    images = noise(2, 16, 1)
    segments = segment(images, resolutions=(6,))
    assert np.array_equal(render(images, segments, [3, 0], 8, 0.5), render(images, segments, [0, 3], 8, 0.5)[::-1])
    assert render(images, segments, [], 8, 0.5).shape == (0, 8, 8)


def test_arguments_out_of_range_are_refused():
    images = noise(2, 16, 1)
    segments = segment(images, resolutions=(6,))
    with pytest.raises(UsageError, match="those that were cut"):
        render(images[:1], segments, [0], 8, 0.5)
    with pytest.raises(UsageError, match="those that were cut"):
        render(images.astype(np.float32), segments, [0], 8, 0.5)
    with pytest.raises(UsageError, match="fill"):
        render(images, segments, [0], 8, 117.0)
    with pytest.raises(UsageError, match="image_px"):
        render(images, segments, [0], 0, 0.5)
    with pytest.raises(UsageError, match="batch_size"):
        next(batches(images, segments, 8, 0.5, 0))
