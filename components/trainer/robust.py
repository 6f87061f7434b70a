"""Training against the source of an image: group DRO, and an adversary that reads the source from the features.

Both wrap a network, are compiled and fitted in its place, and leave their work in its weights.
"""

from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from components.trainer.config import RobustConfig
from components.trainer.examples import Integers
from components.trainer.network import EMBEDDING, NetworkSpec

NETWORK: Final = "network"
SOURCE: Final = "source"
TARGET: Final = "target"
_ADVERSARY_UNITS: Final = 64


def wrap(model: keras.Model, config: RobustConfig, source_count: int, spec: NetworkSpec) -> keras.Model:
    """Wrap a network for a robust training.

    Args:
      model: as components.trainer.network.finish makes it.
      config: its method is not "none".
      source_count: number of sources in the training images.
      spec: of the network; its seed starts the adversary.
    """
    if config.method == "group_dro":
        return GroupDro(model, source_count, config.group_dro_step)
    return SourceAdversary(model, source_count, config.adversarial_weight, spec)


def with_sources(batches: tf.data.Dataset, sources: Integers) -> tf.data.Dataset:
    """Turn training batches with rows into those of a wrapped network.

    Args:
      batches: of components.trainer.dataset.training_dataset.
      sources: int64 [n], number of the source of each example.
    """
    numbers = tf.constant(sources)

    def widen(inputs: Any, targets: tf.Tensor, weights: tf.Tensor, rows: tf.Tensor) -> Any:
        return {NETWORK: inputs, SOURCE: tf.gather(numbers, rows), TARGET: targets}, targets, weights

    return batches.map(widen)


def without_sources(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Turn evaluation batches into those of a wrapped network; no source is looked at in an evaluation."""

    def widen(inputs: Any, targets: tf.Tensor) -> Any:
        return {NETWORK: inputs, SOURCE: tf.zeros(tf.shape(targets)[:1], tf.int64), TARGET: targets}, targets

    return batches.map(widen)


class GroupDro(keras.Model):  # type: ignore[misc]
    """Group distributionally robust optimisation, the groups being sources (Sagawa et al. 2020, arXiv:1911.08731, algorithm 1).

    The loss is the mean loss of each source, weighed by q; after each step q grows with exp(step x loss) and is normalised, so
    that training follows the source on which the network does worst. What moves q is the loss without the weights of the
    classes, which would favour the source of the rarest one. Sources must be drawn equally often, whatever their size
    (components.trainer.balance.source_probabilities): a source that batches lack loses weight to the others.
    """

    def __init__(self, network: keras.Model, source_count: int, step: float):
        super().__init__(name=network.name)
        self.network = network
        self._source_count = source_count
        self._step = step
        # In log space, so that no weight vanishes for good.
        self.log_q = self.add_weight(
            shape=(source_count,), initializer=keras.initializers.Constant(-float(np.log(source_count))), trainable=False, name="log_q"
        )

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Classify."""
        return self.network(inputs[NETWORK], training=training)

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True) -> Any:
        """Compute the weighed loss, and move the weights; an evaluation has the plain mean."""
        if not training:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        losses = self.loss.call(y, y_pred)
        weighed = losses if sample_weight is None else losses * sample_weight
        member = ops.one_hot(x[SOURCE], self._source_count, dtype="float32")
        counts = ops.sum(member, axis=0)
        plain, means = (ops.sum(member * each[:, None], axis=0) / ops.maximum(counts, 1.0) for each in (losses, weighed))
        moved = self.log_q + self._step * ops.stop_gradient(plain)
        log_q = moved - ops.logsumexp(moved)
        self.log_q.assign(log_q)
        present = ops.exp(log_q) * ops.cast(counts > 0, "float32")
        # Normalised over the sources in the batch: the size of a step does not depend on which sources it holds.
        loss = ops.sum(ops.stop_gradient(present / ops.maximum(ops.sum(present), 1e-12)) * means)
        self._loss_tracker.update_state(loss, sample_weight=ops.shape(losses)[0])
        return loss


class SourceAdversary(keras.Model):  # type: ignore[misc]
    """A head that reads the source from the features, its gradient reversed before them (Ganin et al. 2016, arXiv:1505.07818).

    The head is told the class as well (Li et al. 2018, conditional invariant adversarial networks): where the
    class and the source go together, features that tell the class would otherwise be punished for it.
    """

    def __init__(self, network: keras.Model, source_count: int, weight: float, spec: NetworkSpec):
        super().__init__(name=network.name)
        self.network = network
        self._features = keras.Model(network.inputs, [network.output, network.get_layer(EMBEDDING).output])
        start = keras.initializers.GlorotUniform
        self._adversary = keras.Sequential(
            [
                keras.layers.Dense(_ADVERSARY_UNITS, activation="relu", kernel_initializer=start(spec.seed + 1)),
                keras.layers.Dense(source_count, kernel_initializer=start(spec.seed + 2)),
            ],
            name="adversary",
        )
        self._weight = weight
        self.source_loss = keras.metrics.Mean(name="source_loss")

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Classify; in training, add the adversary's loss."""
        probabilities, embedding = self._features(inputs[NETWORK], training=training)
        told = ops.concatenate([reverse_gradient(embedding, self._weight), ops.cast(inputs[TARGET], "float32")], axis=-1)
        logits = self._adversary(told)
        if training:
            loss = ops.mean(keras.losses.sparse_categorical_crossentropy(inputs[SOURCE], logits, from_logits=True))
            self.source_loss.update_state(loss)
            self.add_loss(loss)
        return probabilities


def reverse_gradient(values: tf.Tensor, weight: float) -> tf.Tensor:
    """Pass values on, and turn their gradient round, times `weight`."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def reversed_identity(x: tf.Tensor) -> Any:
        return tf.identity(x), lambda upstream: -weight * upstream

    return reversed_identity(values)
