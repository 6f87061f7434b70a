import logging

import keras
import numpy as np
import pytest

from components.base.errors import UserError
from components.base.progress import LOGGER_NAME
from components.trainer import dataset
from components.trainer.architectures import own_cnn
from components.trainer.config import TrainerConfig
from components.trainer.model_fit import fit
from components.trainer.network import NetworkSpec

PARAMETERS = {**own_cnn.DEFAULTS, "stages": 1, "width": 4}


def train(examples, learning_rate=0.01, log_dir=None, **settings):
    keras.utils.set_random_seed(11)
    model = own_cnn.build(PARAMETERS, NetworkSpec(8, 3, 11))
    training = dataset.training_dataset(examples, 3, 8, 11, online=True)
    evaluation = dataset.evaluation_dataset(examples, 3, 8)
    return model, fit(model, training, evaluation, TrainerConfig(batch_size=8, **settings), learning_rate, log_dir)


def test_the_same_seed_gives_the_same_weights(small_examples):
    first, second = (train(small_examples, epochs=3, label_smoothing=0.1)[0].get_weights() for _ in range(2))
    for left, right in zip(first, second, strict=True):
        np.testing.assert_array_equal(left, right)


def test_the_history_tells_every_epoch(small_examples, tmp_path):
    model, history = train(small_examples, epochs=3, patience=3, log_dir=tmp_path)
    assert [epoch["epoch"] for epoch in history.epochs] == [1, 2, 3]
    measured = {"loss", "accuracy", "macro_recall"}
    assert set(history.epochs[0]) == {"epoch", "learning_rate", "seconds", *measured, *(f"val_{name}" for name in measured)}
    assert history.stopped == "epochs"
    assert history.epochs[-1]["learning_rate"] == pytest.approx(0.01 * 0.01, rel=1e-3)
    assert any(tmp_path.rglob("events.out.tfevents.*"))
    assert model.count_params() > 0


def test_the_best_epoch_is_kept_and_waiting_ends(small_examples):
    model, history = train(small_examples, epochs=40, patience=2, schedule="constant")
    scores = [epoch["val_macro_recall"] for epoch in history.epochs]
    assert history.best_epoch == scores.index(max(scores)) + 1
    assert history.stopped == "early"
    assert len(scores) == history.best_epoch + 2
    result = model.evaluate(dataset.evaluation_dataset(small_examples, 3, 8), verbose=0, return_dict=True)
    best = history.epochs[history.best_epoch - 1]
    assert result["macro_recall"] == pytest.approx(best["val_macro_recall"])
    assert result["loss"] == pytest.approx(best["val_loss"], rel=1e-4)


def test_a_loss_that_is_no_number_is_the_users_to_mend(small_examples):
    with pytest.raises(UserError, match=r"tuning\.learning_rates"):
        train(small_examples, learning_rate=1e38, epochs=3, schedule="constant")


def test_progress_is_reported_each_epoch(small_examples, caplog):
    with caplog.at_level(logging.INFO, LOGGER_NAME):
        train(small_examples, epochs=2)
    reports = [record.progress for record in caplog.records if hasattr(record, "progress")]
    assert [(report.stage, report.done, report.total) for report in reports] == [("trainer", 1, 2), ("trainer", 2, 2)]
    assert all("macro recall" in report.text for report in reports)


def test_a_long_epoch_reports_its_batches(small_examples, caplog, monkeypatch):
    monkeypatch.setattr("components.trainer.model_fit._REPORT_EVERY_S", 0.0)
    with caplog.at_level(logging.INFO, LOGGER_NAME):
        train(small_examples, epochs=1)
    texts = [record.progress.text for record in caplog.records if hasattr(record, "progress")]
    assert "epoch 1, batch 2 of 3" in texts
