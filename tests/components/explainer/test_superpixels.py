"""Superpixels of images whose parts are known."""

import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from benchmarks.ace_reference import patches_one_by_one, same_segments, segments_one_by_one
from components.base.errors import UsageError
from components.explainer.patches import render
from components.explainer.superpixels import Segments, distinct, label_map, overlaps, segment

PX = 32
IMAGES = arrays.arrays(np.uint8, st.tuples(st.integers(0, 2), st.integers(8, 20), st.integers(8, 20)))
LABELS = arrays.arrays(np.int64, (5, 6), elements=st.integers(0, 3))


def halves(left=40, right=200, px=PX):
    image = np.full((px, px), left, np.uint8)
    image[:, px // 2 :] = right
    return image


def blobs(count, px=PX, seed=3):
    """Smooth patches of gray, different in each image."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, px // 8, px // 8)).astype(np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


def jaccard(first, second):
    return (first & second).sum() / (first | second).sum()


def test_two_flat_halves_are_two_segments():
    image = np.repeat(np.array([[40, 200]], np.uint8), 16, axis=1).repeat(16, axis=0)
    segments = segment(image[None], resolutions=(2,), sigma_px=0)
    assert segments.box.tolist() == [[0, 0, 16, 16], [0, 16, 16, 32]]
    assert all(mask.all() for mask in segments.masks)
    assert segments.image.tolist() == [0, 0]
    assert segments.resolution.tolist() == [2, 2]
    assert segments.duplicates == 0


def test_no_segment_crosses_a_strong_edge():
    segments = segment(halves()[None], resolutions=(15,), sigma_px=0)
    right = np.zeros((PX, PX), bool)
    right[:, PX // 2 :] = True
    shares = [right[segments.full_mask(row)].mean() for row in range(len(segments))]
    assert set(shares) == {0.0, 1.0}


def test_the_same_resolution_twice_is_dropped_whole():
    images = blobs(2)
    once = segment(images, resolutions=(9,))
    twice = segment(images, resolutions=(9, 9))
    assert len(twice) == len(once) == twice.duplicates
    assert np.array_equal(once.box, twice.box)


def test_the_last_segment_of_an_image_is_kept():
    image = blobs(1)[0]
    labels = label_map(image, 15)
    segments = segment(image[None], resolutions=(15,))
    assert len(segments) == labels.max() + 1
    assert np.array_equal(segments.full_mask(len(segments) - 1), labels == labels.max())


@given(IMAGES, st.lists(st.integers(1, 30), min_size=1, max_size=3), st.sampled_from([0.3, 0.5, 1.0]))
@settings(max_examples=40)
def test_segments_tile_the_first_resolution_and_hold_no_near_duplicates(images, resolutions, max_overlap):
    segments = segment(images, resolutions, max_overlap=max_overlap)
    assert segments.image_count == len(images)
    found = 0
    for row in range(len(images)):
        of_image = np.flatnonzero(segments.image == row)
        masks = [segments.full_mask(place) for place in of_image]
        found += len(masks)
        first = label_map(images[row], resolutions[0])
        tiles = masks[: first.max() + 1]
        assert (np.sum(tiles, axis=0) == 1).all()
        assert all(jaccard(a, b) <= max_overlap for place, a in enumerate(masks) for b in masks[:place])
        for place, mask in zip(of_image, masks, strict=True):
            top, left, bottom, right = segments.box[place]
            assert mask.any(axis=1).nonzero()[0][[0, -1]].tolist() == [top, bottom - 1]
            assert mask.any(axis=0).nonzero()[0][[0, -1]].tolist() == [left, right - 1]
    labels = sum(label_map(image, count).max() + 1 for image in images for count in resolutions)
    assert found == len(segments) == labels - segments.duplicates


@given(st.lists(LABELS, min_size=1, max_size=3))
def test_near_duplicates_are_those_of_a_comparison_mask_by_mask(given_maps):
    maps = [np.unique(labels, return_inverse=True)[1].reshape(labels.shape) for labels in given_maps]
    kept = []
    expected = []
    for labels in maps:
        masks = [labels == label for label in range(labels.max() + 1)]
        unique = [all(jaccard(mask, seen) <= 0.5 for seen in kept) for mask in masks]
        kept += [mask for mask, is_unique in zip(masks, unique, strict=True) if is_unique]
        expected.append(unique)
    assert [found.tolist() for found in distinct(maps)] == expected


def test_a_segment_of_exactly_half_overlap_stays():
    first = np.array([[0, 0, 1, 1]])
    # The first of these has one of two pixels in common with label 0, and Jaccard 1/2; the other has 2/3 with label 1.
    second = np.array([[0, 1, 1, 1]])
    assert [found.tolist() for found in distinct([first, second])] == [[True, True], [True, False]]


def test_a_dropped_segment_does_not_drop_others():
    # Five pixels, then four of them (4/5), then two of them: 2/5 of the first, but 2/4 of the second, which was dropped.
    first = np.array([[0, 0, 0, 0, 0, 1, 1, 1]])
    second = np.array([[0, 0, 0, 0, 1, 1, 1, 1]])
    third = np.array([[0, 0, 1, 1, 2, 2, 3, 3]])
    assert distinct([first, second, third], max_overlap=0.45)[1].tolist() == [False, False]
    assert distinct([first, second, third], max_overlap=0.45)[2].tolist() == [True] * 3 + [False]


def test_overlaps_count_every_pair():
    found = overlaps(np.array([0, 0, 1, 2]), np.array([1, 1, 0, 1]), 3, 3)
    assert found.tolist() == [[0, 2, 0], [1, 0, 0], [0, 1, 0]]


def test_an_almost_flat_image_is_cut_like_a_flat_one_and_not_along_its_noise():
    noise = np.random.default_rng(1).integers(0, 2, (PX, PX)).astype(np.uint8)
    flat, faint, strong = (label_map(image, 16, sigma_px=0) for image in (0 * noise, 100 + noise, 255 * noise))
    assert np.array_equal(faint, flat)
    assert not np.array_equal(strong, flat)


def test_both_forms_give_equal_segments_and_patches():
    images = np.concatenate([blobs(1, px=48), halves(px=48)[None]])
    segments, masks = segment(images), segments_one_by_one(images)
    assert segments.duplicates > 0
    assert same_segments(segments, masks)
    patches = render(images, segments, range(len(segments)), 24, 0.3)
    assert np.array_equal(patches, patches_one_by_one(images, masks, 24, 0.3))


def test_segments_are_the_same_each_time_and_reported(caplog):
    images = blobs(3)
    with caplog.at_level(logging.INFO, logger="cxr.progress"):
        first, second = segment(images), segment(images)
    assert np.array_equal(first.box, second.box)
    assert all(np.array_equal(a, b) for a, b in zip(first.masks, second.masks, strict=True))
    assert [(record.progress.done, record.progress.total) for record in caplog.records[:3]] == [(1, 3), (2, 3), (3, 3)]


def test_no_images_are_no_segments():
    segments = segment(np.zeros((0, 8, 8), np.uint8))
    assert isinstance(segments, Segments)
    assert len(segments) == 0
    assert segments.box.shape == (0, 4)


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.zeros((1, 8, 8)), {}, "uint8"),
        (np.zeros((8, 8), np.uint8), {}, "uint8"),
        (np.zeros((1, 8, 8), np.uint8), {"resolutions": ()}, "resolutions"),
        (np.zeros((1, 8, 8), np.uint8), {"resolutions": (15, 0)}, "resolutions"),
        (np.zeros((1, 8, 8), np.uint8), {"compactness": 0}, "compactness"),
        (np.zeros((1, 8, 8), np.uint8), {"max_overlap": 0}, "max_overlap"),
    ],
)
def test_arguments_out_of_range_are_refused(images, options, message):
    with pytest.raises(UsageError, match=message):
        segment(images, **options)
