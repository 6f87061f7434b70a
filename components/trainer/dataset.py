"""The batches that training reads from examples in memory.

Every choice (order, view, variation) comes from the seed and the place of an example in the order of the ids, so neither the
number of files nor their order changes a training.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.trainer.config import Policy
from components.trainer.examples import Examples, Floats, as_float
from components.trainer.mixup import mixup
from components.trainer.network import IMAGE, METADATA
from components.transform.augment import augment_batch

_PREFETCHED_BATCHES: Final = 2
_SEEDS: Final = 2**31 - 1


@dataclass(frozen=True)
class Variation:
    """How images differ from epoch to epoch.

    Attributes:
      use_views: take the image or one of its views, each equally often; False takes the image.
      online: policy by which every image is varied at each step, None for none.
      mixup: alpha of the Beta distribution, 0 for none.
    """

    use_views: bool = False
    online: Policy | None = None
    mixup: float = 0.0


def training_dataset(
    examples: Examples,
    targets: Floats,
    batch_size: int,
    seed: int,
    variation: Variation,
    *,
    weights: npt.NDArray[np.float32] | None = None,
    probabilities: npt.NDArray[np.float64] | None = None,
    metadata: bool = False,
) -> tf.data.Dataset:
    """Make the batches of one epoch; each further iteration is another epoch, of another order.

    Args:
      examples: from components.trainer.examples.
      targets: float32 [n, k], what the network is to say.
      batch_size: examples in a batch; what is left over after the last full batch waits for another epoch's order.
      seed: of the order, the choice of view and the online variations.
      variation: views, online variations and mixup.
      weights: float32 [n], of each example in the loss, or None for 1.
      probabilities: float64 [n], draws examples with replacement; None takes each once an epoch.
      metadata: give metadata beside the image.
    Returns:
      Batches of images float32 [batch, image_px, image_px, 1] in [0, 1] (a dict of image and metadata where that is wanted),
      targets float32 [batch, k], weights float32 [batch] and rows int64 [batch], the places in `examples`; see `without_rows`.
    Raises:
      ValueError: views are wanted and no example has any.
    """
    if variation.use_views and not (examples.versions > 1).any():
        raise ValueError("no example has augmented views; was Transform run with another augmentation?")
    first, truth = tf.constant(examples.first), tf.constant(targets)
    versions = tf.constant(examples.versions) if variation.use_views else tf.ones_like(first)
    weight = tf.constant(weights if weights is not None else np.ones(len(examples), np.float32))
    facts = tf.constant(examples.metadata) if metadata else None
    likelihood = None if probabilities is None else tf.constant(np.log(probabilities)[np.newaxis])

    def batch_of(rows: tf.Tensor, draw: tf.Tensor) -> Any:
        batch_seed = tf.stack([tf.cast(draw % _SEEDS, tf.int32), seed])
        if likelihood is not None:
            rows = tf.random.stateless_categorical(likelihood, tf.size(rows), batch_seed + 3, dtype=tf.int64)[0]
        share = tf.random.stateless_uniform(tf.shape(rows), batch_seed, dtype=tf.float64)
        version = tf.cast(share * tf.cast(tf.gather(versions, rows), tf.float64), tf.int64)
        images = as_float(tf.gather(examples.pixels, tf.gather(first, rows) + version))
        if variation.online is not None:
            images = augment_batch(images, batch_seed + 1, variation.online)
        wanted, weighed = tf.gather(truth, rows), tf.gather(weight, rows)
        if variation.mixup > 0:
            images, wanted, weighed = mixup(images, wanted, weighed, variation.mixup, batch_seed + 2)
        inputs = images if facts is None else {IMAGE: images, METADATA: tf.gather(facts, rows)}
        return inputs, wanted, weighed, rows

    count = len(examples)
    rows = tf.data.Dataset.range(count).shuffle(count, seed=seed, reshuffle_each_iteration=True)
    draws = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True)
    batches = tf.data.Dataset.zip(rows.batch(batch_size, drop_remainder=count >= batch_size), draws)
    return _finished(batches.map(batch_of, num_parallel_calls=tf.data.AUTOTUNE))


def without_rows(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Leave inputs, targets and weights, as `model.fit` takes them."""
    return batches.map(lambda inputs, targets, weights, rows: (inputs, targets, weights))  # noqa: ARG005


def evaluation_dataset(examples: Examples, targets: Floats, batch_size: int, *, metadata: bool = False) -> tf.data.Dataset:
    """Make the batches of an evaluation: every image once, in the order of the ids, unchanged.

    Returns:
      Batches of inputs as `training_dataset` gives them, and targets float32 [batch, k].
    """
    first, truth = tf.constant(examples.first), tf.constant(targets)
    facts = tf.constant(examples.metadata) if metadata else None

    def batch_of(rows: tf.Tensor) -> tuple[Any, tf.Tensor]:
        images = as_float(tf.gather(examples.pixels, tf.gather(first, rows)))
        inputs = images if facts is None else {IMAGE: images, METADATA: tf.gather(facts, rows)}
        return inputs, tf.gather(truth, rows)

    rows = tf.data.Dataset.range(len(examples)).batch(batch_size)
    return _finished(rows.map(batch_of, num_parallel_calls=tf.data.AUTOTUNE))


def _finished(batches: tf.data.Dataset) -> tf.data.Dataset:
    options = tf.data.Options()
    options.deterministic = True
    return batches.prefetch(_PREFETCHED_BATCHES).with_options(options)
