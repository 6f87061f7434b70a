import numpy as np
import pytest
import tensorflow as tf

from components.transform.policies import Warp
from components.transform.some import on_some
from components.transform.warp import random_warp
from components.transform.warp import warp as warp_batch


def warp(pixels, angle_rad=0.0, zoom=1.0, right=0.0, down=0.0):
    batch = tf.constant(pixels, tf.float32)[tf.newaxis, :, :, tf.newaxis]
    return warp_batch(batch, tf.constant([angle_rad]), tf.constant([zoom]), tf.constant([[right, down]]))[0, :, :, 0].numpy()


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


def test_a_share_of_the_images_is_chosen_by_its_draws():
    images = tf.reshape(tf.range(4.0), [4, 1, 1, 1])
    changed = on_some(
        images,
        tf.constant([-1.0, -0.4, -0.6, 0.9]),
        0.25,
        lambda chosen, rows: chosen + 10.0 * tf.cast(rows + 1, tf.float32)[:, None, None, None],
    )
    np.testing.assert_array_equal(tf.reshape(changed, [-1]), [10.0, 1.0, 32.0, 3.0])


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_where_none_is_chosen_nothing_is_run(share):
    images = tf.ones([2, 3, 3, 1])

    def refuse(chosen, rows):
        return tf.debugging.assert_equal(tf.size(rows), -1) or chosen

    assert not np.any(on_some(images, tf.constant([0.5, 0.9]), share, refuse) != images)


def test_an_image_without_warp_keeps_its_pixels():
    images = tf.constant(np.random.default_rng(1).uniform(size=[2, 8, 8, 1]), tf.float32)
    draws = tf.constant([[0.9, 0.9]] * 4 + [[-0.9, 0.9]])
    warped = random_warp(images, draws, Warp(rotation_deg=10.0, shift=0.1, share=0.5))
    np.testing.assert_array_equal(warped[1], images[1])
    assert not np.allclose(warped[0], images[0], atol=0.05)
