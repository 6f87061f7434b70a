"""The search itself: Keras Tuner with whole files, a record beside each trial, and trials that fail for themselves."""

import contextlib
import io
import logging
import math
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import keras
import keras_tuner
import tensorflow as tf
from keras_tuner.engine import trial as trial_module

from components.base import progress
from components.base.errors import UserError
from tuning.chief import NODE, Worker, serve
from tuning.hparams import DashboardLog
from tuning.memory import available_memory_bytes, training_memory_bytes
from tuning.resume import tuner_file
from tuning.trials import COMPLETED, FAILED, INTERRUPTED, RECORD_FILE, RUNNING, finite, read_json, write_json, write_trials

LOGS: Final = "logs"
_CURVES: Final = ("loss", "val_loss", "macro_recall", "val_macro_recall", "accuracy", "val_accuracy", "auc", "val_auc")
_REASON_LENGTH: Final = 300
_ASK_EVERY_S: Final = 0.5
_LOGGER = logging.getLogger(__name__)


class Candidates(keras_tuner.HyperModel):
    """Builds, compiles and trains the network of a candidate.

    Args:
      build: maps a candidate's values to a compiled model that reports the metric of the objective.
      data: returns the data of one trial, for training and for validation, as `model.fit` takes them.
    """

    def __init__(self, build: Callable[[dict[str, Any]], keras.Model], data: Callable[[], tuple[Any, Any]]) -> None:
        self._build_values = build
        self._data = data
        super().__init__()

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Build the network of the values in `hp`."""
        return self._build_values(dict(hp.values))

    def fit(self, hp: keras_tuner.HyperParameters, model: keras.Model, *args: Any, **kwargs: Any) -> keras.callbacks.History:  # noqa: ARG002
        """Train the network."""
        training, validation = self._data()
        return model.fit(training, *args, validation_data=validation, **kwargs)


class ArchitectureSearch(DashboardLog, keras_tuner.Tuner):
    """Runs the trials that an oracle draws.

    Whatever happens in a trial, an error, a loss that is not a number, too little memory, fails that trial alone and is written
    down as its reason. Finished trials of an interrupted search are kept, its unfinished one is trained from the start.

    Args:
      oracle: from tuning.oracle.create_oracle.
      candidates: builds the networks.
      folder: of the search; survives it. See tuning.resume.prepare_folder.
      seed: of each trial's weights and order of images; the same for all, so that trials differ by their architecture alone.
      batch_size: images in a batch, for the estimate of memory.
      workers: processes that train the trials in the place of this one; none: this one trains them.
    """

    def __init__(
        self,
        oracle: keras_tuner.Oracle,
        candidates: Candidates,
        folder: Path,
        seed: int,
        batch_size: int,
        workers: Sequence[Worker] = (),
    ) -> None:
        self.folder = folder
        self._objective: str = oracle.objective.name
        self._workers = workers
        self._asked = -math.inf
        self._seed = seed
        self._batch_size = batch_size
        self._record: dict[str, Any] = {}
        self._started = 0.0
        # Keras Tuner prints that it reloads.
        with contextlib.redirect_stdout(io.StringIO()):
            super().__init__(oracle=oracle, hypermodel=candidates, directory=str(folder.parent), project_name=folder.name)

    def search(self, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Run the trials that are missing.

        Raises:
          UserError: no trial completed, in this run or an earlier one; or no worker can begin.
        """
        if self._is_worker():
            # The chief knows and writes the rest.
            super().search(*fit_args, **fit_kwargs)
            return
        if self._workers:
            serve(self.oracle, self.folder, self._workers)
        else:
            super().search(*fit_args, **fit_kwargs)
        result = write_trials(self.folder)
        if not result.trials:
            raise UserError(f"{self.oracle.budget.why_none()}. Raise the limit, or lower tuning.min_stages and tuning.widths.")
        completed = [trial for trial in result.trials if trial.status == COMPLETED]
        if not completed:
            first = next((trial.reason for trial in result.trials if trial.reason), "no reason is known")
            raise UserError(f"all {len(result.trials)} trials of the architecture search failed; the first one: {first}")
        if len(result.trials) < self.oracle.max_trials and result.algorithm != "hyperband":
            progress.notice(NODE, f"the space has no more candidates after {len(result.trials)} trials")
        if result.redrawn:
            reasons = ", ".join(f"{count} over tuning.{reason}" for reason, count in result.redrawn_by_reason.items())
            progress.notice(NODE, f"{result.redrawn} candidates were drawn again: {reasons}")

    def pre_create_trial(self) -> None:
        """Ask for a trial no more often than twice a second: an oracle that waits for other workers answers at once."""
        if self._is_worker():
            time.sleep(max(0.0, self._asked + _ASK_EVERY_S - time.monotonic()))
            self._asked = time.monotonic()

    def on_trial_begin(self, trial: trial_module.Trial) -> None:
        """Open the record of a trial and clear what an interrupted attempt left."""
        super().on_trial_begin(trial)
        previous = read_json(self._record_path(trial)) or {}
        shutil.rmtree(self.folder / LOGS / trial.trial_id, ignore_errors=True)
        self._started = time.monotonic()
        self._record = {
            "trial_id": trial.trial_id,
            "worker": self.tuner_id,
            "status": RUNNING,
            "starts": int(previous.get("starts", 0)) + 1,
            "hyperparameters": trial.hyperparameters.get_config(),
            "score": None,
            "best_step": 0,
            "epochs": 0,
            "seconds": 0.0,
            "parameter_count": None,
            "reason": None,
            "curves": {},
        }
        self._write_record(trial)
        self._report(trial, "building")

    def run_trial(self, trial: trial_module.Trial, *fit_args: Any, **fit_kwargs: Any) -> Any:
        """Train one candidate, from the epoch to the epoch that Hyperband says."""
        values = trial.hyperparameters.values
        if "tuner/epochs" in values:
            fit_kwargs |= {"epochs": values["tuner/epochs"], "initial_epoch": values["tuner/initial_epoch"]}
        keras.utils.set_random_seed(self._seed)
        return super().run_trial(trial, *fit_args, **fit_kwargs)

    def on_batch_end(self, trial: Any, model: Any, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Stop a trial whose loss is lost: by argmax its metrics would still look like numbers."""
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            raise keras_tuner.errors.FailedTrialError(
                f"the loss is not a finite number in epoch {self._record['epochs'] + 1}, batch {batch + 1}"
            )

    def on_epoch_end(self, trial: trial_module.Trial, model: Any, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Note the epoch's metrics and say how the trial goes."""
        for name in _CURVES:
            if logs and name in logs:
                self._record["curves"].setdefault(name, []).append(finite(float(logs[name])))
        self._record["epochs"] += 1
        self._write_record(trial)
        value = (logs or {}).get(self._objective, math.nan)
        self._report(trial, f"epoch {epoch + 1}: {self._spoken()} {value:.2f}")

    def on_trial_end(self, trial: trial_module.Trial) -> None:
        """Close the record, then the trial, and write `trials.json`."""
        curve = [value for value in self._record["curves"].get(self._objective, []) if value is not None]
        if trial.status == trial_module.TrialStatus.COMPLETED and not curve:
            trial.status = trial_module.TrialStatus.FAILED
            self._record["reason"] = f"{self._objective} is not a number in any epoch"
        if trial.status == trial_module.TrialStatus.COMPLETED:
            score = max(curve)
            best = self._record["curves"][self._objective].index(score)
            self._record |= {"status": COMPLETED, "score": score, "best_step": best}
            text = f"best {self._spoken()} {score:.2f}"
        else:
            self._record["status"] = FAILED
            # Keras Tuner's message is a whole traceback; that is in the log.
            trial.message = self._record["reason"]
            text = f"failed: {self._record['reason']}"
        self._write_record(trial)
        super().on_trial_end(trial)
        if "tuner/epochs" not in trial.hyperparameters.values:
            # Only Hyperband takes up a network again.
            Path(self._get_checkpoint_fname(trial.trial_id)).unlink(missing_ok=True)
        self._write_trials()
        self._report(trial, text, ended=True)

    def save(self) -> None:
        """Save the state as a whole file; the oracle does the same. A worker has none."""
        if self._is_worker():
            return
        self.oracle.save()
        write_json(tuner_file(self.folder), self.get_state())

    def search_space_summary(self, extended: bool = False) -> None:
        """Print nothing: TFX calls this, and standard output belongs to the program."""

    def results_summary(self, num_trials: int = 10) -> None:
        """Print nothing; `python -m tuning.inspect` shows the trials."""

    def _try_run_and_update_trial(self, trial: trial_module.Trial, *fit_args: Any, **fit_kwargs: Any) -> None:
        # In place of Keras Tuner's own, which prints tracebacks and ends the whole search for some errors.
        try:
            self._run_and_update_trial(trial, *fit_args, **fit_kwargs)
            trial.status = trial_module.TrialStatus.COMPLETED
        except UserError:
            # Nothing that another candidate would do better, such as data that cannot be read.
            self._interrupt(trial)
            raise
        except Exception as error:
            trial.status = trial_module.TrialStatus.FAILED
            self._record["reason"] = reason_of(error)
            _LOGGER.warning("trial %s failed", trial.trial_id, exc_info=True)
        except BaseException:
            self._interrupt(trial)
            raise

    def _interrupt(self, trial: trial_module.Trial) -> None:
        # Not the candidate's fault, unlike a process that dies without a word: the start does not count.
        self._record |= {"status": INTERRUPTED, "starts": self._record["starts"] - 1}
        self._write_record(trial)
        self._write_trials()

    def _populate_initial_space(self) -> None:
        """Build nothing: tuning.space declares the whole space beforehand."""

    def _build_hypermodel(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        model = super()._build_hypermodel(hp)
        self._record["parameter_count"] = model.count_params()
        self._refuse_beyond_memory(model)
        if "tuner/trial_id" in hp.values:
            # Hyperband goes on with an earlier trial; without its variables the optimizer's state would be left behind.
            model.optimizer.build(model.trainable_variables)
            model.load_weights(self._get_checkpoint_fname(hp.values["tuner/trial_id"]))
        return model

    def _refuse_beyond_memory(self, model: keras.Model) -> None:
        available = available_memory_bytes()
        # A GPU has memory of its own, and running out of that is an error that can be caught.
        if available is None or tf.config.list_physical_devices("GPU"):
            return
        shapes = [tuple(layer.output.shape) for layer in model.layers]
        needed = training_memory_bytes(shapes, self._batch_size, model.count_params())
        if needed > available:
            raise keras_tuner.errors.FailedTrialError(
                f"needs about {needed / 1e9:.1f} GB of memory and {available / 1e9:.1f} GB are free; lower tuning.batch_size or widths"
            )

    def _record_path(self, trial: trial_module.Trial) -> Path:
        return self.folder / f"trial_{trial.trial_id}" / RECORD_FILE

    def _write_record(self, trial: trial_module.Trial) -> None:
        self._record["seconds"] = round(time.monotonic() - self._started, 3)
        write_json(self._record_path(trial), self._record)

    def _write_trials(self) -> None:
        # Of several processes, the chief alone writes it.
        if not self._is_worker():
            write_trials(self.folder)

    def _spoken(self) -> str:
        return self._objective.removeprefix("val_").replace("_", " ")

    def _report(self, trial: trial_module.Trial, text: str, ended: bool = False) -> None:
        # Keras Tuner numbers the trials in the order of their start.
        number = int(trial.trial_id) + 1
        done = number if ended else number - 1
        progress.report(NODE, done, self.oracle.max_trials, f"trial {number}: {text}")


def reason_of(error: BaseException) -> str:
    """Say in one line what went wrong; Keras' and TensorFlow's messages run over many."""
    if isinstance(error, (MemoryError, tf.errors.ResourceExhaustedError)):
        return "out of memory; lower tuning.batch_size or tuning.widths"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    if not isinstance(error, keras_tuner.errors.FailedTrialError) and lines:
        text = f"{type(error).__name__}: {text}"
    return text[:_REASON_LENGTH]
