import numpy as np
import pytest
import tensorflow as tf

from components.transform.histogram import clahe, equalise, match, stretch


def picture(pixels) -> tf.Tensor:
    return tf.constant(np.asarray(pixels, np.float32)[..., np.newaxis])


def chest(gamma: float = 1.0) -> tf.Tensor:
    y, x = np.mgrid[:64, :64] / 63
    gray = 0.6 + 0.3 * np.cos(6 * np.pi * x) * np.sin(np.pi * y) + 0.05 * np.sin(40 * y)
    return picture(255 * gray**gamma)


def test_stretching_by_hand():
    # One percent of ten by ten pixels is one pixel: the second of each end is kept.
    ramp = np.arange(100.0).reshape(10, 10) + 20
    np.testing.assert_allclose(stretch(picture(ramp))[..., 0], np.arange(100.0).reshape(10, 10) / 99 * 255, atol=1e-3)


def test_equalising_by_hand():
    half_dark = np.repeat([[0.0, 10.0, 10.0, 200.0]], 4, axis=0)
    # A quarter lies at 0, a half at 10, a quarter at 200: middles of their shares are 1/8, 1/2 and 7/8.
    np.testing.assert_allclose(equalise(picture(half_dark))[0, :, 0] / 255, [1 / 8, 1 / 2, 1 / 2, 7 / 8], atol=1e-5)


def test_the_reference_is_a_normal_distribution():
    ramp = np.arange(10_000.0).reshape(100, 100) / 9_999 * 255
    matched = match(picture(ramp)).numpy() / 255
    assert np.median(matched) == pytest.approx(0.52, abs=0.01)
    low, high = np.quantile(matched, [0.1587, 0.8413])  # one standard deviation about the mean
    assert (high - low) / 2 == pytest.approx(0.24, abs=0.01)


@pytest.mark.parametrize("method", [equalise, match])
def test_what_a_tone_curve_changed_is_undone(method):
    one, other = method(chest()).numpy(), method(chest(1.8)).numpy()
    before = np.abs(stretch(chest()) - stretch(chest(1.8))).mean()
    assert np.abs(one - other).mean() < 0.15 * before


def test_clahe_of_alike_tiles_is_a_limited_equalisation():
    # Each of the 4 x 4 tiles holds every level of a ramp equally often: there is nothing to equalise.
    tile = np.tile(np.linspace(0, 255, 16), [16, 1])
    result = clahe(picture(np.tile(tile, [4, 4])))[..., 0].numpy()
    np.testing.assert_allclose(result[:16, :16], result[16:32, 32:48], atol=1e-3)
    assert (np.diff(result[:, :16], axis=1) > 0).all()


def test_clahe_raises_faint_detail_of_a_dark_and_of_a_bright_side():
    y, x = np.mgrid[:64, :64]
    faint = np.where(x < 32, 40.0, 200.0) + 0.6 * (np.minimum(x, 63 - x) + y % 8)
    detail = [[np.std(method(picture(faint))[8:24, side]) for side in (slice(4, 12), slice(52, 60))] for method in (stretch, clahe)]
    assert all(local > 1.3 * plain for plain, local in zip(*detail, strict=True))


@pytest.mark.parametrize("method", [stretch, equalise, match, clahe])
def test_any_image_gives_gray_levels(method):
    for pixels in (np.full([20, 30], 7.0), np.eye(20) * 255, np.random.default_rng(1).uniform(0, 255, [33, 20])):
        result = method(picture(pixels)).numpy()
        assert result.shape == (*pixels.shape, 1)
        assert np.isfinite(result).all()
        assert result.min() >= 0
        assert result.max() <= 255
