import numpy as np
import pytest

from components.auditor.border_masking import without_border
from components.auditor.image_features import border_band, border_ring, histogram, thumbnail, visible_cells


def test_the_band_has_its_share_of_each_side():
    band = border_band(20, 0.1)
    assert not band[2:18, 2:18].any()
    assert band.sum() == 400 - 256
    assert border_band(8, 0.01).sum() == 64 - 36  # at least one pixel


@pytest.mark.parametrize("image_px", [16, 40, 96, 112])
def test_the_ring_sees_the_border_and_nothing_else(image_px):
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (image_px, image_px), np.uint8)
    band = border_band(image_px, 0.1)
    other_middle, other_border = image.copy(), image.copy()
    other_middle[~band] = 255 - other_middle[~band]
    other_border[0, :] = 255 - other_border[0, :]
    ring = border_ring(np.stack([image, other_middle, other_border]), 0.1)
    np.testing.assert_array_equal(ring[0], ring[1])
    assert (ring[0] != ring[2]).any()
    assert 0 < ring.shape[1] < min(48, image_px) ** 2 / 2


def test_what_is_not_shown_of_an_image_is_black_by_its_own_mask():
    pixels = np.full((2, 48, 48), 200, np.uint8)
    shown = np.ones((2, 48, 48), np.bool_)
    shown[1, :24] = False
    cells = visible_cells(pixels, shown).reshape(2, 48, 48)
    assert (cells[0] == 200).all()
    assert not cells[1, :24].any()
    assert (cells[1, 24:] == 200).all()
    # One image of a batch alone has as many features.
    assert visible_cells(pixels[:1], shown[:1]).shape == (1, 48 * 48)


def test_thumbnail_and_histogram_by_hand():
    pixels = np.zeros((2, 16, 16), np.uint8)
    pixels[0, :2, :2] = 100
    pixels[1, :, :8] = 255
    small = thumbnail(pixels)
    assert small.shape == (2, 64)
    assert small[0, 0] == 100
    assert small[0, 1:].max() == 0
    shares = histogram(pixels)
    assert shares.shape == (2, 32)
    assert (shares[1, 0], shares[1, 31]) == (0.5, 0.5)
    assert (shares[0, 0], shares[0, 100 // 8]) == (252 / 256, 4 / 256)


def test_without_its_border_an_image_keeps_its_middle_and_its_mean_stands_around():
    pixels = np.zeros((2, 20, 20), np.uint8)
    pixels[0, 2:18, 2:18] = 255
    pixels[1, 0, :] = 255
    masked = without_border(pixels, 0.1)
    assert masked.shape == (2, 20, 20, 1)
    assert (masked[0, 2:18, 2:18] == 1).all()
    assert masked[0, 0, 0, 0] == pytest.approx(256 / 400)
    assert masked[1, 0, 5, 0] == pytest.approx(20 / 400)
    assert not masked[1, 2:18, 2:18].any()
