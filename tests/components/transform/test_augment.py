import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from components.transform.augment import VIEW, Strength, _warp, augment, light_augment

NONE = Strength(rotation_deg=0, shift=0, zoom=0, gamma=0, contrast=0, brightness=0, noise=0)


def image(height: int = 12, width: int = 16) -> tf.Tensor:
    return tf.constant(np.random.default_rng(3).uniform(size=[height, width, 1]), tf.float32)


def warp(pixels, angle_rad=0.0, zoom=1.0, right=0.0, down=0.0):
    batch = tf.constant(pixels, tf.float32)[tf.newaxis, :, :, tf.newaxis]
    return _warp(batch, tf.constant([angle_rad]), tf.constant([zoom]), tf.constant([[right, down]]))[0, :, :, 0].numpy()


def test_a_shift_moves_to_the_right_and_down_and_continues_the_border():
    pixels = np.arange(16).reshape(4, 4)
    np.testing.assert_allclose(warp(pixels, right=0.25), [[0, 0, 1, 2], [4, 4, 5, 6], [8, 8, 9, 10], [12, 12, 13, 14]], atol=1e-5)
    np.testing.assert_allclose(warp(pixels, down=0.25)[:2], [[0, 1, 2, 3], [0, 1, 2, 3]], atol=1e-5)


def test_a_quarter_turn_is_counter_clockwise_about_the_centre():
    pixels = np.arange(9).reshape(3, 3)
    np.testing.assert_allclose(warp(pixels, angle_rad=np.pi / 2), np.rot90(pixels), atol=1e-4)


def test_a_zoom_magnifies_about_the_centre():
    pixels = np.zeros([5, 5])
    pixels[2, 3] = 1.0
    assert warp(pixels, zoom=2.0)[2, 4] == pytest.approx(1.0)


def test_no_strength_changes_nothing():
    np.testing.assert_allclose(augment(image(), tf.constant([1, 2]), NONE), image(), atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(first=st.integers(0, 2**31 - 1), second=st.integers(0, 2**31 - 1))
def test_an_image_keeps_its_shape_dtype_and_range(first, second):
    varied = augment(image(), tf.constant([first, second], tf.int32))
    assert (varied.shape, varied.dtype) == ((12, 16, 1), tf.float32)
    assert 0.0 <= float(tf.reduce_min(varied)) <= float(tf.reduce_max(varied)) <= 1.0


def test_the_seed_alone_decides():
    views = [augment(image(), tf.constant(seed)).numpy() for seed in ([1, 2], [1, 2], [1, 3], [2, 2])]
    np.testing.assert_array_equal(views[0], views[1])
    assert not np.array_equal(views[0], views[2])
    assert not np.array_equal(views[0], views[3])


def test_each_kind_of_variation_happens():
    for name in ("rotation_deg", "shift", "zoom", "gamma", "contrast", "brightness", "noise"):
        alone = Strength(**{**vars(NONE), name: getattr(VIEW, name)})
        assert not np.allclose(augment(image(), tf.constant([5, 6]), alone), image(), atol=1e-4), name


def test_the_heart_stays_on_its_side():
    chest = tf.concat([tf.zeros([32, 16, 1]), tf.ones([32, 16, 1])], axis=1)
    for seed in range(40):
        view = augment(chest, tf.constant([seed, 0]))
        assert tf.reduce_mean(view[:, 16:]) > tf.reduce_mean(view[:, :16]) + 0.2


def test_a_batch_is_varied_image_by_image():
    batch = tf.stack([image()] * 3)
    varied = light_augment(batch, tf.constant([1, 2]))
    assert varied.shape == batch.shape
    assert not np.allclose(varied[0], varied[1], atol=1e-3)
    np.testing.assert_array_equal(varied, light_augment(batch, tf.constant([1, 2])))
    assert not np.allclose(varied, light_augment(batch, tf.constant([1, 3])), atol=1e-3)
