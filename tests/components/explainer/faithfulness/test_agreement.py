import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from components.explainer.area import area_means
from components.explainer.faithfulness.agreement import agree, spearman


def test_overlap_worked_by_hand() -> None:
    # A fifth of ten pixels is two: {9, 8} against {9, 7} share one of three.
    first = np.array([[[9, 8, 7, 0, 0], [0, 0, 0, 0, 0]]])
    second = np.array([[[9, 1, 7, 0, 0], [0, 0, 0, 0, 0]]])
    assert agree(first, second).overlap.tolist() == [pytest.approx(1 / 3)]
    # Pixels as high as the last are added: {9, 8, 8, 8} against {9, 8}.
    assert agree([[[9, 8, 8, 8, 0], [0] * 5]], [[[9, 8, 0, 0, 0], [0] * 5]]).overlap.tolist() == [0.5]
    # Pixels without evidence are no answer: one pixel against two.
    assert agree([[[9, -8, 0, 0, 0], [0] * 5]], [[[9, 8, 0, 0, 0], [0] * 5]]).overlap.tolist() == [0.5]


def test_correlation_agrees_with_scipy_on_the_grid() -> None:
    rng = np.random.default_rng(8)
    first, second = rng.random((3, 32, 32)), np.rint(rng.random((3, 32, 32)) * 3)
    second += 3 * first
    found = agree(first, second, grid_px=8).correlation
    for row in range(3):
        blocks = [maps[row].reshape(8, 4, 8, 4).mean(axis=(1, 3)).ravel() for maps in (first, second)]
        assert found[row] == pytest.approx(spearmanr(*blocks).statistic)


def test_without_a_map_or_without_contrast_there_is_no_correlation() -> None:
    nothing, flat, real = np.zeros((1, 4, 4)), np.ones((1, 4, 4)), np.arange(16.0).reshape(1, 4, 4)
    assert np.isnan(agree(nothing, real).correlation[0])
    assert np.isnan(agree(real, nothing).overlap[0])
    assert np.isnan(agree(flat, real).correlation[0])
    assert not np.isnan(agree(flat, real).overlap[0])


def test_random_sets_overlap_by_chance() -> None:
    rng = np.random.default_rng(9)
    found = agree(rng.random((200, 20, 20)), rng.random((200, 20, 20)))
    assert found.overlap.mean() == pytest.approx(0.2 / 1.8, abs=0.01)
    assert found.correlation.mean() == pytest.approx(0, abs=0.02)


@settings(max_examples=60, deadline=None)
@given(maps=arrays(np.float32, (3, 9, 7), elements=st.floats(-1, 1, width=32)))
def test_equal_maps_agree_and_order_does_not_matter(maps) -> None:
    same = agree(maps, maps, grid_px=4)
    known = (maps > 0).any(axis=(1, 2))
    assert (same.overlap[known] == 1).all()
    assert (np.isnan(same.overlap) == ~known).all()
    defined = ~np.isnan(same.correlation)
    assert same.correlation[defined] == pytest.approx(1)
    other = np.roll(maps, 1, axis=2)
    one, two = agree(maps, other, grid_px=4), agree(other, maps, grid_px=4)
    assert one.correlation == pytest.approx(two.correlation, nan_ok=True)
    assert one.overlap == pytest.approx(two.overlap, nan_ok=True)
    clipped = agree(np.maximum(maps, 0), np.maximum(other, 0), grid_px=4)
    assert one.correlation == pytest.approx(clipped.correlation, nan_ok=True)


def test_negative_values_say_no_more_than_zeros() -> None:
    found = agree([[[5, 0, -9], [1, -1, 0]]], [[[5, -9, 0], [1, 0, -1]]], grid_px=2)
    clipped = agree([[[5, 0, 0], [1, 0, 0]]], [[[5, 0, 0], [1, 0, 0]]], grid_px=2)
    assert found.correlation == pytest.approx(clipped.correlation) == 1


def test_ranks_by_hand() -> None:
    # Ranks 1 2 3 4 against 1 2 4 3: 1 - 6 * 2 / (4 * 15) = 0.8. Against 4 3 2 1: -1.
    first = np.array([[[0.1, 0.2], [0.3, 0.9]]] * 3)
    second = np.array([[[0, 1], [3, 2]], [[4, 3], [2, 1]], [[10, 20], [30, 90]]])
    assert spearman(first, second) == pytest.approx([0.8, -1, 1])


def test_ties_have_their_mean_rank_and_a_flat_row_has_no_correlation() -> None:
    first, second = np.random.default_rng(3).integers(0, 4, (2, 5, 3, 4))
    expected = [spearmanr(one.ravel(), other.ravel()).statistic for one, other in zip(first, second, strict=True)]
    assert spearman(first, second) == pytest.approx(expected)
    assert np.isnan(spearman(np.zeros((1, 4)), [[1, 2, 3, 4]])).all()


def test_means_of_areas_that_cut_pixels() -> None:
    # Three pixels in two cells: each takes half of the middle one.
    found = area_means(np.array([[[1, 4, 7]] * 3]), 2)
    assert found[0] == pytest.approx(np.array([[2, 6], [2, 6]]))
