"""What is known of an image besides its pixels, as numbers: age, sex and view (Baltruschat et al. 2019, Sci Rep 9:6381)."""

import tensorflow as tf

from components.trainer.network import METADATA_SIZE
from schemas import features

_YEARS = 100.0


def metadata_input(age: tf.Tensor, sex: tf.Tensor, view: tf.Tensor) -> tf.Tensor:
    """Encode age, sex and view; what is not known has a place of its own.

    Args:
      age: int64 [n], years, schemas.features.NOT_STATED where unknown.
      sex: string [n], one of schemas.features.SEXES.
      view: string [n], one of schemas.features.VIEWS.
    Returns:
      float32 [n, METADATA_SIZE]: age in centuries (0 where unknown), 1 where the age is known, sex and view one-hot. Another text
      than those of the schema counts as unknown.
    """
    known = tf.cast(age >= 0, tf.float32)
    years = tf.cast(age, tf.float32) / _YEARS * known
    encoded = tf.concat([years[:, tf.newaxis], known[:, tf.newaxis], _one_hot(sex, features.SEXES), _one_hot(view, features.VIEWS)], axis=1)
    return tf.ensure_shape(encoded, [None, METADATA_SIZE])


def _one_hot(values: tf.Tensor, names: tuple[str, ...]) -> tf.Tensor:
    matches = tf.cast(tf.equal(values[:, tf.newaxis], tf.constant(names[:-1])), tf.float32)
    # The last name is "unknown".
    return tf.concat([matches, 1.0 - tf.reduce_sum(matches, axis=1, keepdims=True)], axis=1)
