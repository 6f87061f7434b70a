"""Train a network: loss, optimiser, early stopping, history; usable from a notebook and by the search."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import keras
import tensorflow as tf

from components.base import progress
from components.base.errors import UserError
from components.trainer.config import TrainerConfig
from components.trainer.metrics import MacroRecall
from components.trainer.schedule import learning_rate_schedule

OBJECTIVE: Final = "val_macro_recall"
_STAGE: Final = "trainer"
_REPORT_EVERY_S: Final = 5.0


@dataclass(frozen=True)
class History:
    """How a training went.

    Attributes:
      epochs: one mapping an epoch: epoch, loss, accuracy, macro_recall, the same of eval as val_..., learning_rate, seconds.
      best_epoch: the epoch (from 1) whose weights the model now has.
      stopped: "early" or "epochs".
      seconds: of the whole training.
    """

    epochs: list[dict[str, float]]
    best_epoch: int
    stopped: str
    seconds: float


def compile_model(model: keras.Model, class_count: int, learning_rate: Any, label_smoothing: float = 0.0) -> None:
    """Give the model its loss, optimiser (Adam) and metrics (accuracy, macro_recall).

    Args:
      model: from "image" to probabilities.
      class_count: number of classes.
      learning_rate: a number or a schedule.
      label_smoothing: share of the truth that is spread over all classes (Szegedy et al. 2016, arXiv:1512.00567).
    """
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy"), MacroRecall(class_count)],
        jit_compile=False,  # XLA on a CPU took 2 to 4 times as long for these convolutions
    )


def fit(
    model: keras.Model,
    training: tf.data.Dataset,
    evaluation: tf.data.Dataset,
    config: TrainerConfig,
    learning_rate: float,
    log_dir: Path | None = None,
) -> History:
    """Train, and leave the model with the weights of its best epoch on eval.

    Args:
      model: from "image" to probabilities; compiled here.
      training: batches of images, one-hot labels and weights.
      evaluation: batches of images and one-hot labels.
      config: epochs, schedule, patience and label smoothing.
      learning_rate: the highest rate.
      log_dir: where TensorBoard's logs go, if anywhere.
    Raises:
      UserError: the loss is not a number any more.
    """
    steps = int(training.cardinality())
    schedule = learning_rate_schedule(config.schedule, learning_rate, config.epochs * steps, config.warmup_epochs * steps)
    compile_model(model, model.output_shape[-1], schedule, config.label_smoothing)
    record = _Record(config.epochs, steps)
    callbacks = [
        record,
        keras.callbacks.EarlyStopping(OBJECTIVE, mode="max", patience=config.patience, restore_best_weights=True),
    ]
    if log_dir is not None:
        callbacks.append(keras.callbacks.TensorBoard(str(log_dir), write_graph=False))
    started = time.monotonic()
    model.fit(training, validation_data=evaluation, epochs=config.epochs, callbacks=callbacks, verbose=0)
    best = max(record.epochs, key=lambda epoch: epoch[OBJECTIVE])
    stopped = "early" if len(record.epochs) < config.epochs else "epochs"
    return History(record.epochs, int(best["epoch"]), stopped, time.monotonic() - started)


class _Record(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the history, reports progress, and stops a training that has no numbers any more."""

    def __init__(self, epoch_count: int, steps: int):
        super().__init__()
        self.epochs: list[dict[str, float]] = []
        self._epoch_count = epoch_count
        self._steps = steps
        self._started = self._reported = 0.0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:  # noqa: ARG002
        self._started = self._reported = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:  # noqa: ARG002
        now = time.monotonic()
        if now - self._reported > _REPORT_EVERY_S:
            self._reported = now
            done = len(self.epochs)
            progress.report(_STAGE, done, self._epoch_count, f"epoch {done + 1}, batch {batch + 1} of {self._steps}")

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        values = {name: float(value) for name, value in (logs or {}).items()}
        if not math.isfinite(values["loss"]):
            raise UserError(
                f"The training loss is {values['loss']} in epoch {epoch + 1}: the weights ran away. Lower the learning rates of the "
                "search (tuning.learning_rates), or raise trainer.warmup_epochs, and run again."
            )
        values["learning_rate"] = float(self.model.optimizer.learning_rate)
        self.epochs.append({"epoch": epoch + 1, **values, "seconds": time.monotonic() - self._started})
        text = f"loss {values['loss']:.3f}, eval macro recall {values[OBJECTIVE]:.3f}"
        progress.report(_STAGE, epoch + 1, self._epoch_count, text)
