"""Fit a network over one or two phases: early stopping, the best weights, history and progress."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import keras
import tensorflow as tf

from components.base import progress
from components.base.errors import UserError
from components.trainer.config import TrainerConfig
from components.trainer.network import body_layers
from components.trainer.objective import compile_model
from components.trainer.schedule import learning_rate_schedule

_STAGE: Final = "trainer"
_REPORT_EVERY_S: Final = 5.0


@dataclass(frozen=True)
class Phase:
    """A part of a training.

    Attributes:
      name: "all", "head" (the body is frozen), "logistic head" (the same, solved) or "body" (all, at a lower rate, after the head).
      fitted: what is fitted: the network or a wrapper, which share its weights, or a head over features.
      training: batches as `fitted` takes them.
      evaluation: batches as `fitted` takes them.
      epochs: at most.
      learning_rate: the highest.
      constant: the rate stays, whatever the schedule of the configuration.
      publish: gives the network what `fitted` has learned, where they do not share their weights; called after each epoch.
      solutions: instead of descent, gives `fitted` other weights at each step, and says what is special of them; a step counts as an epoch.
        The step of the lowest eval loss is kept, whatever the objective: of 180 images recalls choose among neighbours by chance.
    """

    name: str
    fitted: keras.Model
    training: tf.data.Dataset
    evaluation: tf.data.Dataset
    epochs: int
    learning_rate: float
    constant: bool = False
    publish: Callable[[], None] | None = None
    solutions: Iterator[Mapping[str, float]] | None = None


@dataclass(frozen=True)
class History:
    """How a training went.

    Attributes:
      epochs: one mapping an epoch: epoch, loss, the metrics, the same of eval as val_..., learning_rate (inverse_penalty of a logistic
        head), seconds.
      phases: name and number of epochs of each phase.
      best_epoch: the epoch (from 1) whose weights the model now has.
      stopped: "early" or "epochs".
      seconds: of the whole training.
    """

    epochs: list[dict[str, float]]
    phases: list[tuple[str, int]]
    best_epoch: int
    stopped: str
    seconds: float


def fit(
    model: keras.Model,
    phases: Sequence[Phase],
    config: TrainerConfig,
    positive_weights: Sequence[float] | None = None,
    log_dir: Path | None = None,
) -> History:
    """Train, and leave the model with the weights of its best epoch on eval.

    Args:
      model: the network whose weights the phases train.
      phases: made by components.trainer.training; each is compiled here.
      config: schedule, patience, objective, loss.
      positive_weights: see components.trainer.objective.
      log_dir: where TensorBoard's logs go, if anywhere.
    Raises:
      UserError: the loss is not a number any more.
    """
    record = _Record(model, f"val_{config.objective}", config.patience, sum(phase.epochs for phase in phases))
    callbacks: list[keras.callbacks.Callback] = [record]
    if log_dir is not None:
        callbacks.append(keras.callbacks.TensorBoard(str(log_dir), write_graph=False))
    started = time.monotonic()
    lengths: list[tuple[str, int]] = []
    for phase in phases:
        steps = int(phase.training.cardinality())
        kind = "constant" if phase.constant else config.schedule
        rate = learning_rate_schedule(kind, phase.learning_rate, phase.epochs * steps, config.warmup_epochs * steps)
        _set_trainable(phase, model)
        compile_model(phase.fitted, model.output_shape[-1], config, rate, positive_weights)
        before = len(record.epochs)
        record.begin(steps, phase)
        if phase.solutions is not None:
            _compare(phase, phase.solutions, keras.callbacks.CallbackList(callbacks, model=phase.fitted), before)
        else:
            phase.fitted.fit(
                phase.training,
                validation_data=phase.evaluation,
                initial_epoch=before,
                epochs=before + phase.epochs,
                callbacks=callbacks,
                verbose=0,
            )
        lengths.append((phase.name, len(record.epochs) - before))
    record.restore()
    stopped = "early" if lengths[-1][1] < phases[-1].epochs else "epochs"
    return History(record.epochs, lengths, record.best_epoch, stopped, time.monotonic() - started)


def _compare(phase: Phase, solutions: Iterator[Mapping[str, float]], callbacks: keras.callbacks.CallbackList, before: int) -> None:
    """Measure each solution on train and eval, as an epoch is measured; stop after two that do not lower the eval loss."""
    callbacks.on_train_begin()
    losses: list[float] = []
    for epoch in range(before, before + phase.epochs):
        callbacks.on_epoch_begin(epoch)
        special = next(solutions)
        found = phase.fitted.evaluate(phase.training, return_dict=True, verbose=0)
        judged = phase.fitted.evaluate(phase.evaluation, return_dict=True, verbose=0)
        callbacks.on_epoch_end(epoch, {**special, **found, **{f"val_{name}": value for name, value in judged.items()}})
        losses.append(judged["loss"])
        if min(losses) not in losses[-2:]:
            break
    callbacks.on_train_end()


def _set_trainable(phase: Phase, model: keras.Model) -> None:
    """Freeze or free the body; a pretrained body keeps the averages of its normalisations, which small batches would spoil."""
    for layer in body_layers(model):
        if phase.name.endswith("head"):
            layer.trainable = False
        else:
            layer.trainable = not (phase.name == "body" and isinstance(layer, keras.layers.BatchNormalization))


class _Record(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the history and the best weights, reports progress, stops a phase that goes on in vain or has no numbers any more."""

    _phase: Phase

    def __init__(self, network: keras.Model, objective: str, patience: int, epoch_count: int):
        super().__init__()
        self.epochs: list[dict[str, float]] = []
        self.best_epoch = 0
        self._network = network
        self._objective = objective
        self._patience = patience
        self._epoch_count = epoch_count
        self._best_weights: list[Any] = []
        self._waited = self._steps = 0
        self._started = self._reported = 0.0

    def begin(self, steps: int, phase: Phase) -> None:
        """Begin a phase; its patience begins anew."""
        self._steps, self._waited, self._phase = steps, 0, phase

    def restore(self) -> None:
        """Give the network the weights of the best epoch of all phases."""
        self._network.set_weights(self._best_weights)

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
                f"The training loss is {values['loss']} in epoch {epoch + 1}: the weights ran away. Lower the learning rate "
                "(tuning.learning_rates, trainer.learning_rate), or raise trainer.warmup_epochs, and run again."
            )
        if "inverse_penalty" not in values:
            values["learning_rate"] = float(self.model.optimizer.learning_rate)
        self.epochs.append({"epoch": epoch + 1, **values, "seconds": time.monotonic() - self._started})
        score = values[self._objective]
        if self._phase.publish is not None:
            self._phase.publish()
        best = self.epochs[self.best_epoch - 1] if self.best_epoch else None
        by_loss = self._phase.solutions is not None
        if best is None or (values["val_loss"] < best["val_loss"] if by_loss else score > best[self._objective]):
            self.best_epoch, self._best_weights, self._waited = epoch + 1, self._network.get_weights(), 0
        else:
            self._waited += 1
            if self._waited >= self._patience:
                self.model.stop_training = True
        name = self._objective.removeprefix("val_").replace("_", " ")
        progress.report(_STAGE, epoch + 1, self._epoch_count, f"loss {values['loss']:.3f}, eval {name} {score:.3f}")
