import numpy as np
import pytest
import tensorflow as tf

from components.trainer.mixup import blend, mixup


def test_a_blend_by_hand():
    rows = tf.constant([[1.0, 0.0], [0.0, 1.0], [4.0, 8.0]])
    np.testing.assert_allclose(blend(rows, tf.constant([0.25, 0.5, 1.0])), [[3.25, 6.0], [0.0, 1.0], [4.0, 8.0]])


def batch(count: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    # Every pixel and the label of a row tell the part that is its own; every row weighs 1.
    own = tf.cast(tf.range(count) < count // 2, tf.float32)
    return tf.tile(own[:, None, None, None], [1, 2, 3, 1]), tf.stack([own, 1.0 - own], axis=1), tf.ones([count])


def test_image_and_label_are_mixed_in_the_same_parts():
    images, labels, weights = mixup(*batch(8), 0.4, tf.constant([1, 2]))
    assert (images.shape, labels.shape, weights.shape) == ((8, 2, 3, 1), (8, 2), (8,))
    np.testing.assert_allclose(images, np.broadcast_to(labels.numpy()[:, 0, None, None, None], images.shape), atol=1e-6)
    np.testing.assert_allclose(tf.reduce_sum(labels, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(weights, 1.0, rtol=1e-6)
    assert len(np.unique(labels[:, 0])) == 8


def test_both_rows_count_by_their_own_weights():
    rows, labels, _ = batch(8)
    weights = tf.where(tf.range(8) < 4, 10.0, 1.0)
    parts = mixup(rows, labels, tf.ones([8]), 0.4, tf.constant([1, 2]))[1][:, 0]
    _, mixed, mass = mixup(rows, labels, weights, 0.4, tf.constant([1, 2]))
    said = tf.math.log(tf.constant([0.7, 0.3]))
    loss = -mass * tf.reduce_sum(mixed * said, axis=1)
    np.testing.assert_allclose(loss, -(parts * 10.0 * said[0] + (1.0 - parts) * 1.0 * said[1]), rtol=1e-5)


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_the_parts_have_the_moments_of_the_beta_distribution(alpha):
    parts = mixup(*batch(20_000), alpha, tf.constant([3, 4]))[1].numpy()[:10_000, 0]
    assert parts.mean() == pytest.approx(0.5, abs=0.015)
    assert parts.var() == pytest.approx(1.0 / (4.0 * (2.0 * alpha + 1.0)), rel=0.05)


def test_the_seed_decides():
    first, again, other = (mixup(*batch(6), 0.3, tf.constant(seed))[1].numpy() for seed in ([1, 2], [1, 2], [1, 3]))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_tiny_alpha_gives_no_nan_in_a_graph():
    mixed = tf.function(lambda *rows: mixup(*rows, 1e-3, tf.constant([5, 6])))(*batch(64))
    assert all(bool(tf.reduce_all(tf.math.is_finite(part))) for part in mixed)
