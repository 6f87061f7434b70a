"""Loss, optimiser and metrics of a training."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from components.trainer.config import TrainerConfig
from components.trainer.metrics import MacroRecall


def compile_model(
    model: keras.Model, output_count: int, config: TrainerConfig, learning_rate: Any, positive_weights: Sequence[float] | None = None
) -> None:
    """Give the model its loss, optimiser and metrics.

    Args:
      model: gives probabilities.
      output_count: number of classes or findings.
      config: task, balance, optimiser, weight decay and label smoothing.
      learning_rate: a number or a schedule.
      positive_weights: weight of the positives of each finding, for task multilabel.
    """
    model.compile(
        optimizer=_optimizer(config, learning_rate),
        loss=make_loss(config, positive_weights),
        metrics=_metrics(config, output_count),
        jit_compile=False,  # XLA on a CPU took 2 to 4 times as long for these convolutions
    )


def make_loss(config: TrainerConfig, positive_weights: Sequence[float] | None = None) -> keras.losses.Loss:
    """Make the loss: cross-entropy, focal (Lin et al. 2017, arXiv:1708.02002) or, for findings, binary with weighted positives."""
    if config.task == "multiclass":
        if config.balance == "focal":
            return keras.losses.CategoricalFocalCrossentropy(
                alpha=1.0, gamma=config.focal_gamma, label_smoothing=config.label_smoothing, name="focal"
            )
        return keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing)
    if config.balance == "focal":
        return keras.losses.BinaryFocalCrossentropy(gamma=config.focal_gamma, label_smoothing=config.label_smoothing)
    if config.balance == "class_weight" and positive_weights is not None:
        return WeightedBinaryCrossentropy(positive_weights, config.label_smoothing)
    return keras.losses.BinaryCrossentropy(label_smoothing=config.label_smoothing)


class WeightedBinaryCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    """Mean binary cross-entropy over the findings, the positives of each weighed (Rajpurkar et al. 2017, arXiv:1711.05225)."""

    def __init__(self, positive_weights: Sequence[float], label_smoothing: float = 0.0):
        super().__init__(name="weighted_binary_crossentropy")
        self._weights = ops.convert_to_tensor([positive_weights], "float32")
        self._smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute float32 [batch] from truth and probabilities float32 [batch, findings]."""
        truth = y_true * (1.0 - self._smoothing) + 0.5 * self._smoothing
        probabilities = ops.clip(y_pred, keras.config.epsilon(), 1.0 - keras.config.epsilon())
        loss = -(self._weights * truth * ops.log(probabilities) + (1.0 - truth) * ops.log(1.0 - probabilities))
        return ops.mean(loss, axis=-1)


def _optimizer(config: TrainerConfig, learning_rate: Any) -> keras.optimizers.Optimizer:
    decay = config.weight_decay or None
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(learning_rate, momentum=0.9, nesterov=True, weight_decay=decay)
    return keras.optimizers.Adam(learning_rate, weight_decay=decay)


def _metrics(config: TrainerConfig, output_count: int) -> list[keras.metrics.Metric]:
    if config.task == "multilabel":
        return [_macro_auc(output_count)]
    metrics = [keras.metrics.CategoricalAccuracy(name="accuracy"), MacroRecall(output_count)]
    return [*metrics, _macro_auc(output_count)] if config.objective == "auc" else metrics


def _macro_auc(output_count: int) -> keras.metrics.Metric:
    # By 200 thresholds: good enough to choose an epoch by. What is reported is exact (components.evaluator.auc).
    return keras.metrics.AUC(num_thresholds=200, multi_label=True, num_labels=output_count, name="auc")
