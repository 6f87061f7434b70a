import numpy as np
import pytest
import tensorflow as tf

from components.transform.border import erase_border
from components.transform.degrade import add_noise, gaussian_blur, lose_by_jpeg, sharpen
from components.transform.resolution import coarsen


def dot(side: int = 21) -> tf.Tensor:
    pixels = np.zeros([1, side, side, 1], np.float32)
    pixels[0, side // 2, side // 2] = 1.0
    return tf.constant(pixels)


def test_a_blurred_dot_is_the_gaussian_itself():
    blurred = gaussian_blur(dot(), tf.constant([1.5 / 21]))[0, :, :, 0].numpy()
    offset = np.arange(-10, 11)
    gaussian = np.exp(-0.5 * (offset / 1.5) ** 2)
    np.testing.assert_allclose(blurred, np.outer(gaussian, gaussian) / gaussian.sum() ** 2, atol=1e-5)


def test_each_image_has_its_own_blur_and_an_even_one_has_none():
    images = tf.concat([dot(), dot(), tf.fill([1, 21, 21, 1], 0.7)], axis=0)
    blurred = gaussian_blur(images, tf.constant([0.0, 0.1, 0.1])).numpy()
    np.testing.assert_allclose(blurred[0], images[0], atol=1e-6)
    assert blurred[1].max() < 0.1
    np.testing.assert_allclose(blurred[2], 0.7, atol=1e-6)


def test_sharpening_by_nothing_changes_nothing_and_else_raises_edges():
    edge = tf.reshape(tf.repeat(tf.constant([0.3, 0.6]), 10), [1, 1, 20, 1]) * tf.ones([1, 20, 1, 1])
    np.testing.assert_allclose(sharpen(edge, tf.constant([0.0])), edge)
    large = tf.image.resize(edge, [200, 200], "nearest")
    assert float(tf.reduce_max(sharpen(large, tf.constant([1.0])))) > 0.7


def test_noise_has_the_deviation_of_its_image():
    noisy = add_noise(tf.fill([2, 64, 64, 1], 0.5), tf.constant([0.0, 0.05]), tf.constant([1, 2])).numpy()
    assert noisy[0].std() == 0.0
    assert noisy[1].std() == pytest.approx(0.05, rel=0.05)


def test_a_halved_resolution_by_hand():
    row = tf.reshape(tf.constant([0.0, 1.0, 1.0, 1.0]), [1, 1, 4, 1]) * tf.ones([1, 4, 1, 1])
    # Cells average to 0.5 and 1; their centres lie between the pixels, a quarter of a cell from each.
    np.testing.assert_allclose(coarsen(row, tf.constant([0.5]))[0, 0, :, 0], [0.5, 0.625, 0.875, 1.0], atol=1e-6)


def test_each_image_has_its_own_grid_and_a_full_one_changes_nothing():
    images = tf.constant(np.random.default_rng(1).uniform(size=[2, 12, 10, 1]), tf.float32)
    coarse = coarsen(images, tf.constant([1.0, 0.3]))
    np.testing.assert_allclose(coarse[0], images[0], atol=1e-5)
    np.testing.assert_allclose(tf.reduce_mean(coarse[1]), tf.reduce_mean(images[1]), atol=0.05)
    assert np.std(coarse[1]) < 0.6 * np.std(images[1])


def test_jpeg_loses_more_at_a_lower_quality():
    images = tf.constant(np.random.default_rng(1).uniform(size=[2, 16, 24, 1]), tf.float32)
    lost = lose_by_jpeg(images, tf.constant([100, 10])).numpy()
    error = np.abs(lost - images).mean(axis=(1, 2, 3))
    assert error[0] < 0.01 < 0.05 < error[1]


def test_what_is_erased_touches_the_border_and_nothing_else():
    erased = erase_border(tf.fill([200, 40, 60, 1], 0.45), tf.constant([1, 2]), 0.2)[..., 0].numpy() != 0.45
    assert not erased[:, 8:-8, 12:-12].any()
    # Whatever is erased reaches one of the four borders along its row or its column.
    rims = np.zeros([200, 40, 60], bool)
    rims[:, :, :12] |= erased[:, :, :1]
    rims[:, :, -12:] |= erased[:, :, -1:]
    rims[:, :8] |= erased[:, :1]
    rims[:, -8:] |= erased[:, -1:]
    assert not (erased & ~rims).any()
    for side in (erased[:, 0], erased[:, -1], erased[:, :, 0], erased[:, :, -1]):
        assert side.any()
