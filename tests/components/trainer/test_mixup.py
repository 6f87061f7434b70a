import numpy as np
import pytest
import tensorflow as tf

from components.trainer.mixup import blend, mixup


def test_a_blend_by_hand():
    rows = tf.constant([[1.0, 0.0], [0.0, 1.0], [4.0, 8.0]])
    np.testing.assert_allclose(blend(rows, tf.constant([0.25, 0.5, 1.0])), [[3.25, 6.0], [0.0, 1.0], [4.0, 8.0]])


def batch(count: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    # Every pixel, the label and the weight of a row tell the part that is its own.
    own = tf.cast(tf.range(count) < count // 2, tf.float32)
    return tf.tile(own[:, None, None, None], [1, 2, 3, 1]), tf.stack([own, 1.0 - own], axis=1), own


def test_image_label_and_weight_are_mixed_in_the_same_parts():
    images, labels, weights = mixup(*batch(8), 0.4, tf.constant([1, 2]))
    assert (images.shape, labels.shape, weights.shape) == ((8, 2, 3, 1), (8, 2), (8,))
    np.testing.assert_allclose(labels[:, 0], weights, atol=1e-6)
    np.testing.assert_allclose(images, np.broadcast_to(weights.numpy()[:, None, None, None], images.shape), atol=1e-6)
    np.testing.assert_allclose(tf.reduce_sum(labels, axis=1), 1.0, atol=1e-6)
    assert len(np.unique(weights)) == 8


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_the_parts_have_the_moments_of_the_beta_distribution(alpha):
    parts = mixup(*batch(20_000), alpha, tf.constant([3, 4]))[2].numpy()[:10_000]
    assert parts.mean() == pytest.approx(0.5, abs=0.015)
    assert parts.var() == pytest.approx(1.0 / (4.0 * (2.0 * alpha + 1.0)), rel=0.05)


def test_the_seed_decides():
    first, again, other = (mixup(*batch(6), 0.3, tf.constant(seed))[2].numpy() for seed in ([1, 2], [1, 2], [1, 3]))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_tiny_alpha_gives_no_nan_in_a_graph():
    mixed = tf.function(lambda *rows: mixup(*rows, 1e-3, tf.constant([5, 6])))(*batch(64))
    assert all(bool(tf.reduce_all(tf.math.is_finite(part))) for part in mixed)
