import numpy as np
import tensorflow as tf

from components.trainer.metadata import metadata_input


def test_by_hand_and_what_is_unknown_has_its_own_place():
    encoded = metadata_input(tf.constant([50, -1], tf.int64), tf.constant(["M", "unknown"]), tf.constant(["AP", "lateral"]))
    np.testing.assert_allclose(encoded, [[0.5, 1, 0, 1, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0, 0, 1]])
