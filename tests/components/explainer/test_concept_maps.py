"""Concepts painted on images, and the maps of another method read by concept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import UsageError
from components.explainer.concept_maps import PlacedSegments, label_map, paint, relevance_by_concept

SHAPE = (2, 3, 4)


def rectangles(*placed):
    """Segments that fill their boxes: (image, box, concept)."""
    boxes = np.array([box for _, box, _ in placed]).reshape(-1, 4)
    masks = [np.ones((bottom - top, right - left), bool) for top, left, bottom, right in boxes]
    return PlacedSegments(np.array([image for image, _, _ in placed]), boxes, masks, np.array([concept for _, _, concept in placed]))


def test_the_smallest_segment_that_covers_a_pixel_has_it():
    segments = rectangles((0, (0, 0, 2, 2), 0), (0, (1, 1, 3, 3), 1), (0, (1, 1, 2, 2), -1), (1, (0, 0, 3, 4), 1))
    painted = paint(segments, [0.9, -0.6], SHAPE)
    assert painted.dtype == np.float32
    # In the middle lie 0.9, -0.6 and the smallest, which has no concept.
    np.testing.assert_allclose(painted[0], [[0.9, 0.9, 0, 0], [0.9, 0, -0.6, 0], [0, -0.6, -0.6, 0]], atol=1e-7)
    np.testing.assert_allclose(painted[1], -0.6)


def test_size_is_that_of_the_mask_and_of_equal_ones_the_last_lies_on_top():
    corner = np.zeros((3, 4), bool)
    corner[0, :2] = True
    boxes, first = np.array([[0, 0, 1, 3], [0, 0, 3, 4], [0, 0, 1, 3]]), np.ones((1, 3), bool)
    segments = PlacedSegments(np.zeros(3, int), boxes, [first, corner, first], np.array([0, 1, 2]))
    np.testing.assert_allclose(paint(segments, [0.1, 0.2, 0.3], SHAPE)[0, 0], [0.2, 0.2, 0.3, 0], atol=1e-7)


def test_only_the_mask_is_painted():
    segments = PlacedSegments(np.array([1]), np.array([[0, 1, 2, 3]]), [np.array([[True, False], [False, True]])], np.array([0]))
    painted, labels = paint(segments, [0.5], SHAPE), label_map(segments, [0.5], SHAPE)
    np.testing.assert_array_equal(np.argwhere(painted), [[1, 0, 1], [1, 1, 2]])
    np.testing.assert_array_equal(np.argwhere(labels >= 0), [[1, 0, 1], [1, 1, 2]])


def test_the_most_important_concept_has_the_pixel():
    segments = rectangles((0, (0, 0, 2, 2), 1), (0, (0, 0, 3, 3), 0), (0, (0, 0, 3, 4), -1))
    labels = label_map(segments, [0.5, -0.9], SHAPE)
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels[0], [[1, 1, 0, -1], [1, 1, 0, -1], [0, 0, 0, -1]])
    np.testing.assert_array_equal(labels[1], -1)


def test_equal_importance_goes_to_the_first_concept():
    for order in ([0, 1], [1, 0]):
        segments = rectangles(*[(0, (0, 0, 3, 4), concept) for concept in order])
        np.testing.assert_array_equal(label_map(segments, [-0.5, 0.5], SHAPE)[0], 0)


def test_a_concept_without_importance_keeps_what_no_other_has():
    segments = rectangles((0, (0, 0, 3, 3), 0), (0, (0, 0, 1, 1), 1), (0, (0, 0, 3, 4), -1))
    labels = label_map(segments, [0.0, 0.4], SHAPE)
    np.testing.assert_array_equal(labels[0], [[1, 0, 0, -1], [0, 0, 0, -1], [0, 0, 0, -1]])
    assert not paint(segments, [0.0, 0.0], SHAPE).any()


def test_relevance_by_hand():
    labels = np.array([[[0, 0, 1], [-1, 2, 2]]])
    relevance = np.array([[[1, 2, 3], [4, 0, 0]]])
    np.testing.assert_allclose(relevance_by_concept(relevance, labels, 4), [[0.3, 0.3, 0, 0, 0.4]])
    np.testing.assert_allclose(relevance_by_concept(np.ones_like(relevance), labels, 4), [[2 / 6, 1 / 6, 2 / 6, 0, 1 / 6]])


def test_an_empty_map_has_no_shares_and_images_do_not_mix():
    labels = np.array([[[0, 1]], [[0, 1]], [[-1, -1]]])
    shares = relevance_by_concept([[[1, 0]], [[0, 0]], [[2, 3]]], labels, 2)
    np.testing.assert_array_equal(shares, [[1, 0, 0], [0, 0, 0], [0, 0, 1]])


@st.composite
def scenes(draw):
    """Overlapping segments with holes, and the importances of three concepts."""
    placed = []
    for _ in range(draw(st.integers(0, 8))):
        top, left = draw(st.integers(0, 2)), draw(st.integers(0, 3))
        box = (top, left, draw(st.integers(top + 1, 3)), draw(st.integers(left + 1, 4)))
        placed.append((draw(st.integers(0, 1)), box, draw(st.integers(-1, 2))))
    segments = rectangles(*placed)
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    masks = [generator.random(mask.shape) < 0.8 for mask in segments.masks]
    importances = draw(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
    return PlacedSegments(segments.image.astype(int), segments.box, masks, segments.concept.astype(int)), importances, generator


@given(scenes())
def test_painted_within_the_importances_and_shares_sum_to_one(scene):
    segments, importances, generator = scene
    painted = paint(segments, importances, SHAPE)
    assert painted.min() >= min(0, *importances) - 1e-6
    assert painted.max() <= max(0, *importances) + 1e-6
    labels = label_map(segments, importances, SHAPE)
    assert (labels[painted != 0] >= 0).all()
    relevance = generator.random(SHAPE)
    shares = relevance_by_concept(relevance, labels, 3)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    for place in range(2):
        for concept in (-1, 0, 1, 2):
            on_it = relevance[place][labels[place] == concept].sum() / relevance[place].sum()
            assert shares[place, concept] == pytest.approx(on_it)


@given(scenes())
def test_pixels_one_by_one_say_the_same(scene):
    segments, importances, _ = scene
    painted, labels = paint(segments, importances, SHAPE), label_map(segments, importances, SHAPE)
    for place, row, column in np.ndindex(SHAPE):
        covering = []
        for image, (top, left, bottom, right), mask, concept in zip(
            segments.image, segments.box, segments.masks, segments.concept, strict=True
        ):
            if image == place and top <= row < bottom and left <= column < right and mask[row - top, column - left]:
                covering.append((int(mask.sum()), int(concept)))
        _, smallest = min(reversed(covering), key=lambda pair: pair[0], default=(0, -1))
        assert painted[place, row, column] == pytest.approx(importances[smallest] if smallest >= 0 else 0, abs=1e-6)
        named = [concept for _, concept in covering if concept >= 0]
        assert labels[place, row, column] == min(named, key=lambda concept: (-abs(importances[concept]), concept), default=-1)


def test_what_does_not_fit_is_refused():
    whole = rectangles((0, (0, 0, 3, 4), 2))
    with pytest.raises(UsageError, match="from 2 to 2, but there are 2 importances"):
        paint(whole, [1, 1], SHAPE)
    with pytest.raises(UsageError, match="outside of maps"):
        paint(whole, [1, 1, 1], (1, 3, 3))
    with pytest.raises(UsageError, match="outside of maps"):
        label_map(rectangles((2, (0, 0, 3, 4), 0)), [1], SHAPE)
    with pytest.raises(UsageError, match="does not fit its box"):
        PlacedSegments(np.array([0]), np.array([[0, 0, 2, 2]]), [np.ones((2, 3), bool)], np.array([0]))
    with pytest.raises(UsageError, match="as many images, concepts and boxes"):
        PlacedSegments(np.array([0, 1]), np.array([[0, 0, 2, 2]]), [np.ones((2, 2), bool)], np.array([0]))
    labels = np.zeros((1, 1, 2), int)
    with pytest.raises(UsageError, match="do not fit each other"):
        relevance_by_concept(np.ones((1, 2, 1)), labels, 1)
    with pytest.raises(UsageError, match="there are 0 concepts"):
        relevance_by_concept(np.ones((1, 1, 2)), labels, 0)
    with pytest.raises(UsageError, match="not negative"):
        relevance_by_concept([[[1.0, -1.0]]], labels, 1)
    with pytest.raises(UsageError, match="finite"):
        relevance_by_concept([[[1.0, np.nan]]], labels, 1)
