import numpy as np
import pytest
import tensorflow as tf

from components.transform.policies import Tone
from components.transform.tone import equalising_table, look_up, monotone_curve, random_tone


def test_a_curve_by_hand():
    # Pieces rise by 3/4 and 1/4: a value of 0.25 is half way up the first, 0.75 half way up the second.
    curve = monotone_curve(tf.constant([[3.0, 1.0]]), tf.constant([[0.0, 0.25, 0.5, 0.75, 1.0]]))
    np.testing.assert_allclose(curve, [[0.0, 0.375, 0.75, 0.875, 1.0]], atol=1e-6)


def test_a_table_is_looked_up_for_its_own_image():
    images = tf.reshape(tf.constant([[0.0, 0.5], [0.24, 1.0]]), [2, 1, 2, 1])
    table = tf.constant([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    np.testing.assert_allclose(tf.reshape(look_up(images, table), [2, 2]), [[0.1, 0.2], [0.4, 0.6]])


def test_an_equalised_histogram_by_hand():
    # Three of four pixels are dark (class 0 of 64), one is bright (the last class).
    dark_and_bright = np.zeros([1, 8, 8, 1], np.float32)
    dark_and_bright[:, :, 6:] = 1.0
    table = equalising_table(tf.constant(dark_and_bright), 65)[0].numpy()
    np.testing.assert_allclose(table[[0, 1, 32, 63, 64]], [0.0, 0.75, 0.75, 0.75, 1.0], atol=1e-5)


def test_contrast_turns_about_the_mean():
    images = tf.reshape(tf.constant([0.4, 0.6, 0.5, 0.5]), [1, 2, 2, 1])
    varied = tf.reshape(random_tone(images, tf.constant([0.5]), tf.constant([1, 2]), Tone(contrast=0.2)), [-1]).numpy()
    assert varied[2:] == pytest.approx(0.5)
    assert 0.5 - varied[0] == pytest.approx(varied[1] - 0.5)
    assert varied[1] != pytest.approx(0.6, abs=1e-3)


def test_tones_never_cross():
    ramp = tf.tile(tf.reshape(tf.linspace(0.0, 1.0, 64), [1, 8, 8, 1]), [30, 1, 1, 1])
    strength = Tone(gamma=0.4, curve=0.7, curve_share=1.0, equalise=1.0, equalise_share=1.0, window=0.1, window_share=1.0)
    varied = tf.reshape(random_tone(ramp, tf.fill([30], 0.5), tf.constant([3, 4]), strength), [30, 64]).numpy()
    assert (np.diff(varied, axis=1) >= -1e-6).all()
    assert varied.max() - varied.min() == pytest.approx(1.0, abs=0.05)
