"""The event files of a search, read back by the code behind TensorBoard's HParams dashboard."""

import keras
import keras_tuner
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

from components.trainer.config import TrainerConfig
from tuning.budget import Budget
from tuning.config import TuningConfig
from tuning.hparams import DashboardLog, begin_session, end_session
from tuning.oracle import create_oracle
from tuning.resume import prepare_folder
from tuning.search import LOGS, ArchitectureSearch, Candidates
from tuning.trials import Trial, read_search

ANY_STATUS = [api_pb2.STATUS_UNKNOWN, api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_RUNNING]


def session_groups(folder):
    """What `tensorboard --logdir folder` lists on its HParams page, by name."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(folder))
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(folder))
    context = backend_context.Context(TBContext(data_provider=provider))
    metadata = context.hparams_metadata(RequestContext(), "")
    experiment = context.experiment_from_metadata(RequestContext(), "", True, metadata, [])
    request = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=100, allowed_statuses=ANY_STATUS, include_metrics=True)
    request.col_params.extend(api_pb2.ColParams(metric=info.name) for info in experiment.metric_infos)
    found = list_session_groups.Handler(RequestContext(), context, "", request).run().session_groups
    return {group.name: group for group in found}


def values_of(group):
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in group.hparams.items()}


def metrics_of(group):
    return {(metric.name.group, metric.name.tag): metric.value for metric in group.metric_values}


def search(folder, algorithm="random", trials=2, faults=(), seed=1):
    """Search over tiny networks; the networks of the given numbers, from 1, cannot be built or have a loss that is no number."""
    config = TuningConfig(
        algorithm=algorithm, max_trials=trials, epochs=2, hyperband_factor=2, min_stages=2, max_stages=3, widths=(2, 3, 4), max_dropout=0.1
    )
    prepare_folder(folder, {"identity": "toy", "algorithm": algorithm, "max_trials": trials})
    built = []

    def build(values):
        built.append(values)
        fault = dict(faults).get(len(built))
        if fault == "broken":
            raise ValueError("does not fit")
        inputs = keras.Input([4])
        hidden = keras.layers.Dense(values["width"], activation="relu")(inputs)
        model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(hidden))
        metric = keras.metrics.CategoricalAccuracy(name="macro_recall")
        rate = float("nan") if fault == "nan" else values["learning_rate"]
        model.compile(keras.optimizers.Adam(rate), "categorical_crossentropy", metrics=[metric], run_eagerly=True)
        return model

    def data():
        x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
        y = np.eye(2, dtype="float32")[(x[:, 0] > 0).astype(int)]
        batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(4)
        return batches, batches

    oracle = create_oracle(config, TrainerConfig(), seed, Budget({}))
    tuner = ArchitectureSearch(oracle, Candidates(build, data), folder, seed=7, batch_size=4)
    tuner.search(epochs=2, verbose=0, callbacks=[keras.callbacks.TensorBoard(str(folder / LOGS), write_graph=False)])
    return {trial.trial_id: trial for trial in read_search(folder).trials}


@pytest.mark.parametrize("algorithm", ["random", "hyperband"])
def test_the_dashboard_finds_every_completed_trial_with_its_values_and_its_score(tmp_path, algorithm):
    trials = search(tmp_path / "tuning" / "abc", algorithm, trials=3)
    groups = session_groups(tmp_path / "tuning")
    assert set(groups) == {f"abc/{trial_id}" for trial_id in trials}
    for trial_id, trial in trials.items():
        group = groups[f"abc/{trial_id}"]
        assert values_of(group) == pytest.approx(trial.hyperparameters)
        assert [session.status for session in group.sessions] == [api_pb2.STATUS_SUCCESS]
        metrics = metrics_of(group)
        assert metrics["", "val_macro_recall"] == pytest.approx(trial.score)
        # The curves of the epochs stay where the dashboard looks for them.
        assert metrics["validation", "epoch_macro_recall"] == pytest.approx(trial.curves["val_macro_recall"][-1])
        assert metrics["train", "epoch_loss"] == pytest.approx(trial.curves["loss"][-1])


def test_a_failed_trial_ends_as_failed_and_has_no_score(tmp_path):
    trials = search(tmp_path / "abc", trials=3, faults={1: "broken", 2: "nan"})
    groups = session_groups(tmp_path)
    assert [trial.status for trial in trials.values()] == ["failed", "failed", "completed"]
    for trial_id, trial in trials.items():
        group = groups[f"abc/{trial_id}"]
        assert values_of(group) == pytest.approx(trial.hyperparameters)
        wanted = api_pb2.STATUS_SUCCESS if trial.status == "completed" else api_pb2.STATUS_FAILURE
        assert group.sessions[0].status == wanted
        assert (("", "val_macro_recall") in metrics_of(group)) == (trial.status == "completed")


def test_the_score_is_that_of_the_best_epoch_under_the_name_of_the_objective(tmp_path):
    begin_session(tmp_path / "run", "abc/0", {"width": 8, "block": "plain", "tuner/epochs": 2})
    end_session(tmp_path / "run", "val_auc", Trial("0", "completed", score=0.75, curves={"val_auc": [0.75, 0.5]}))
    group = session_groups(tmp_path)["abc/0"]
    assert metrics_of(group) == {("", "val_auc"): 0.75}
    assert values_of(group) == {"width": 8, "block": "plain"}


def test_two_searches_of_one_folder_are_not_taken_for_one(tmp_path):
    first = search(tmp_path / "tuning" / "abc", trials=1)
    second = search(tmp_path / "tuning" / "def", trials=1, seed=2)
    groups = session_groups(tmp_path / "tuning")
    assert set(groups) == {"abc/0", "def/0"}
    for name, trials in (("abc/0", first), ("def/0", second)):
        assert values_of(groups[name]) == pytest.approx(trials["0"].hyperparameters)


def test_keras_tuner_alone_would_take_two_searches_for_one(tmp_path, monkeypatch):
    """The reason for the override: should this fail, Keras Tuner names its sessions better and the override may go."""
    monkeypatch.setattr(DashboardLog, "_configure_tensorboard_dir", keras_tuner.Tuner._configure_tensorboard_dir)
    search(tmp_path / "tuning" / "abc", trials=1)
    search(tmp_path / "tuning" / "def", trials=1, seed=2)
    groups = session_groups(tmp_path / "tuning")
    assert {name: len(group.sessions) for name, group in groups.items()} == {"0": 2}
    assert ("", "val_macro_recall") not in metrics_of(groups["0"])
