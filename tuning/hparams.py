"""What TensorBoard's HParams dashboard needs of each trial: its values, its score and how it ended."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import tensorflow as tf
from keras_tuner.engine import trial as trial_module
from tensorboard.plugins.hparams import api as hparams_api
from tensorboard.plugins.hparams import api_pb2, summary

from tuning.trials import COMPLETED, Trial, read_trial


class DashboardLog(keras_tuner.Tuner):
    """Writes the sessions of the HParams dashboard; a mix-in, to be named before Keras Tuner's class.

    Keras Tuner's own sessions fall short in three ways. They are named by the number of the trial alone, and the dashboard takes
    sessions of one name for repetitions, so that it averages over the searches of one folder. They carry the metrics of the last
    epoch, while a trial is ranked by its best one. A trial that fails never ends, and has no session if it fails before it trains.
    """

    folder: Path
    _session: Path | None = None

    def on_trial_end(self, trial: trial_module.Trial) -> None:
        """End the session, once the record of the trial is written."""
        super().on_trial_end(trial)
        if self._session is not None:
            end_session(self._session, self.oracle.objective.name, read_trial(self.folder / f"trial_{trial.trial_id}"))

    def _configure_tensorboard_dir(self, callbacks: list[Any], trial: trial_module.Trial, execution: int = 0) -> None:
        # In place of Keras Tuner's own, which adds the callback that writes its sessions. It is called before the network is built.
        self._session = None
        for callback in callbacks:
            if isinstance(callback, keras.callbacks.TensorBoard):
                self._session = Path(callback.log_dir) / trial.trial_id / f"execution{execution}"
                callback.log_dir = str(self._session)
                begin_session(self._session, f"{self.folder.name}/{trial.trial_id}", trial.hyperparameters.values)


def begin_session(run: Path, name: str, values: Mapping[str, Any]) -> None:
    """Write the values of a trial.

    Args:
      run: folder of the trial's event files; its subfolders `train` and `validation` hold the metrics of each epoch.
      name: of the trial, unique among all that one dashboard shows.
      values: of its hyperparameters: bool, int, float or str.
    """
    with tf.summary.create_file_writer(str(run)).as_default() as writer:
        # Hyperband keeps its bookkeeping among the values.
        hparams_api.hparams({key: value for key, value in values.items() if not key.startswith("tuner/")}, trial_id=name)
        writer.close()


def end_session(run: Path, objective: str, trial: Trial) -> None:
    """Write how a trial ended, and its score under the name of the objective.

    Args:
      run: as for begin_session.
      objective: name of the metric by which trials are ranked.
      trial: as its files tell it.
    """
    status = api_pb2.STATUS_SUCCESS if trial.status == COMPLETED else api_pb2.STATUS_FAILURE
    with tf.summary.create_file_writer(str(run)).as_default() as writer:
        if trial.score is not None:
            tf.summary.scalar(objective, trial.score, step=0)
        tf.summary.experimental.write_raw_pb(summary.session_end_pb(status).SerializeToString(), step=0)
        writer.close()
