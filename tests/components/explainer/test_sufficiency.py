"""Adding and removing concepts before a classifier that looks at one patch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import UsageError
from components.explainer.sufficiency import Curve, RandomCurves, Sufficiency, sufficiency

FILL = 0.5


def looks_at_the_corner(images, rows):
    """Class 1 has the brightness of the upper left 2 x 2 pixels."""
    bright = images[:, :2, :2, 0].mean(axis=(1, 2))
    return np.stack([1 - bright, bright], axis=1)


@pytest.fixture
def scene():
    """Three images of four quarters, concepts 0 to 3; the corner (concept 0) is bright in the first two."""
    labels = np.tile(np.repeat(np.repeat([[0, 1], [2, 3]], 2, axis=0), 2, axis=1), (3, 1, 1))
    images = np.full((3, 4, 4, 1), 0.2, np.float32)
    images[:2, :2, :2] = 0.9
    return images, labels


def test_curves_by_hand(scene):
    found = sufficiency(*scene, [0, 1, 2, 3], 0.0, looks_at_the_corner, 1)
    # Empty, nothing is bright; the corner alone brings two of three back.
    np.testing.assert_allclose(found.adding.share, [0, 2 / 3, 2 / 3, 2 / 3, 2 / 3])
    np.testing.assert_allclose(found.adding.probability, [0, 2 / 3, 2 / 3, 2 / 3, 2 / 3], rtol=1e-6)
    np.testing.assert_allclose(found.removing.share, [2 / 3, 0, 0, 0, 0])
    np.testing.assert_allclose(found.removing.probability, [2 / 3, 0, 0, 0, 0], rtol=1e-6, atol=1e-9)
    assert (found.sufficient(), found.destroying()) == (1, 1)
    assert found.order == (0, 1, 2, 3)
    assert found.covered == 1


def test_the_patch_last(scene):
    found = sufficiency(*scene, [3, 2, 1, 0], 0.0, looks_at_the_corner, 1)
    np.testing.assert_allclose(found.adding.share, [0, 0, 0, 0, 2 / 3])
    np.testing.assert_allclose(found.removing.share, [2 / 3, 2 / 3, 2 / 3, 2 / 3, 0])
    assert (found.sufficient(), found.destroying()) == (4, 4)


def test_pixels_without_a_concept_are_never_touched(scene):
    images, labels = scene
    labels[labels == 0] = -1
    found = sufficiency(images, labels, [1, 2, 3], 0.0, looks_at_the_corner, 1)
    np.testing.assert_allclose(found.adding.share, 0)
    np.testing.assert_allclose(found.removing.share, 2 / 3)
    assert found.covered == 0.75
    assert found.sufficient() is None
    assert found.destroying() is None


def test_a_concept_left_out_of_the_order_is_none(scene):
    found = sufficiency(*scene, [2], 0.0, looks_at_the_corner, 1)
    np.testing.assert_allclose(found.removing.share, 2 / 3)
    assert found.covered == 0.25


def test_nothing_to_keep_where_no_image_is_of_the_class(scene):
    images, labels = scene
    found = sufficiency(images * 0, labels, [0, 1], 0.0, looks_at_the_corner, 1)
    assert found.sufficient() is None
    assert found.destroying() is None


def test_fill_may_differ_by_pixel(scene):
    fill = np.zeros((4, 4, 1), np.float32)
    fill[:2, :2] = 0.8
    found = sufficiency(*scene, [0], fill, looks_at_the_corner, 1)
    np.testing.assert_allclose(found.adding.probability[0], 0.8, rtol=1e-6)
    np.testing.assert_allclose(found.removing.probability[1], 0.8, rtol=1e-6)


def test_images_given_are_left_alone(scene):
    images, labels = scene
    before = images.copy()
    sufficiency(images, labels, [0, 1, 2, 3], FILL, looks_at_the_corner, 1)
    np.testing.assert_array_equal(images, before)


def test_only_images_that_hold_the_concept_are_asked_about(scene):
    images, labels = scene
    labels[1:][labels[1:] == 2] = -1
    asked = []

    def counted(batch, rows):
        asked.append(rows.tolist())
        return looks_at_the_corner(batch, rows)

    sufficiency(images, labels, [2], 0.0, counted, 1, random_orders=1)
    # The empty and the whole images, then one image for each of two orders, added and removed.
    assert asked == [[0, 1, 2], [0, 1, 2], [0], [0], [0], [0]]


def test_random_orders(scene):
    found = sufficiency(*scene, [0, 1, 2, 3], 0.0, looks_at_the_corner, 1, random_orders=200, seed=3)
    assert found.random_adding.share.shape == (200, 5)
    # The corner is the k-th of four by chance; a share of 200 has a standard error of at most 0.036.
    np.testing.assert_allclose(found.random_adding.mean().share, np.arange(5) / 4 * 2 / 3, atol=0.08)
    np.testing.assert_allclose(found.random_removing.mean().share, (4 - np.arange(5)) / 4 * 2 / 3, atol=0.08)
    np.testing.assert_allclose(found.random_adding.low().share, [0, 0, 0, 0, 2 / 3])
    np.testing.assert_allclose(found.random_adding.high().share, [0, 2 / 3, 2 / 3, 2 / 3, 2 / 3])
    again = sufficiency(*scene, [0, 1, 2, 3], 0.0, looks_at_the_corner, 1, random_orders=200, seed=3)
    np.testing.assert_array_equal(again.random_adding.share, found.random_adding.share)
    other = sufficiency(*scene, [0, 1, 2, 3], 0.0, looks_at_the_corner, 1, random_orders=200, seed=4)
    assert (other.random_adding.share != found.random_adding.share).any()


def shows_all_pixels(images, rows):
    bright = np.clip(images.mean(axis=(1, 2, 3)), 0, 1)
    return np.stack([bright, 1 - bright], axis=1)


@given(st.integers(0, 2**32 - 1), st.permutations(range(4)))
def test_ends_do_not_depend_on_the_order_and_all_concepts_make_the_image(seed, order):
    generator = np.random.default_rng(seed)
    images = generator.random((2, 4, 4, 1), np.float32)
    labels = generator.integers(0, 4, (2, 4, 4))
    found = sufficiency(images, labels, order, FILL, shows_all_pixels, 0, random_orders=3, seed=seed)
    whole, empty = shows_all_pixels(images, None)[:, 0].mean(), FILL
    for curves, start, end in ((found.adding, empty, whole), (found.removing, whole, empty)):
        np.testing.assert_allclose(curves.probability[[0, -1]], [start, end], rtol=1e-5)
    for random, start, end in ((found.random_adding, empty, whole), (found.random_removing, whole, empty)):
        np.testing.assert_allclose(random.probability[:, [0, -1]], [[start, end]] * 3, rtol=1e-5)


def test_first_step_that_reaches_the_level():
    nothing = RandomCurves(np.zeros((1, 4)), np.zeros((1, 4)))
    adding, removing = Curve(np.array([0, 0.5, 0.72, 0.9]), np.zeros(4)), Curve(np.array([0.9, 0.6, 0.45, 0.1]), np.zeros(4))
    found = Sufficiency((0, 1, 2), adding, removing, nothing, nothing, 1.0)
    assert found.sufficient() == 2
    assert found.sufficient(0.5) == 1
    assert found.sufficient(1) == 3
    assert found.destroying() == 2
    assert found.destroying(0.9) == 1
    assert found.destroying(0) is None


def test_what_does_not_fit_is_refused(scene):
    images, labels = scene
    with pytest.raises(UsageError, match="do not fit each other"):
        sufficiency(images, labels[:2], [0], FILL, looks_at_the_corner, 1)
    with pytest.raises(UsageError, match="do not fit each other"):
        sufficiency(images[:0], labels[:0], [0], FILL, looks_at_the_corner, 1)
    for order in ([0, 0], [], [-1, 2]):
        with pytest.raises(UsageError, match="names each concept once"):
            sufficiency(images, labels, order, FILL, looks_at_the_corner, 1)
    with pytest.raises(UsageError, match="1 or more"):
        sufficiency(images, labels, [0], FILL, looks_at_the_corner, 1, random_orders=0)
