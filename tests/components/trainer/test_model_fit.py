import logging
import math

import keras
import numpy as np
import pytest

from components.base.errors import UserError
from components.base.progress import LOGGER_NAME
from components.trainer.config import TrainerConfig
from components.trainer.training import Setting, eval_batches, train

PARAMETERS = {"stages": 1, "width": 4}


def setting(augmentation="online", seed=11, **settings):
    given = {"batch_size": 8, "learning_rate": 0.01, "parameters": PARAMETERS, **settings}
    return Setting(TrainerConfig(**given), ("a", "b", "c"), 8, augmentation, seed)


def run(examples, log_dir=None, **settings):
    return train(examples, examples, setting(**settings), {}, log_dir)


@pytest.mark.parametrize("augmentation", ["off", "both"])
def test_the_same_seed_gives_the_same_weights(small_examples, augmentation):
    first, second, other = (
        run(small_examples, epochs=3, label_smoothing=0.1, augmentation=augmentation, seed=seed).model.get_weights()
        for seed in (11, 11, 12)
    )
    for left, right in zip(first, second, strict=True):
        np.testing.assert_array_equal(left, right)
    assert not np.array_equal(first[0], other[0])


def test_the_history_tells_every_epoch(small_examples, tmp_path):
    trained = run(small_examples, epochs=3, patience=3, log_dir=tmp_path)
    history = trained.history
    assert [epoch["epoch"] for epoch in history.epochs] == [1, 2, 3]
    measured = {"loss", "accuracy", "macro_recall"}
    assert set(history.epochs[0]) == {"epoch", "learning_rate", "seconds", *measured, *(f"val_{name}" for name in measured)}
    assert history.stopped == "epochs"
    assert history.phases == [("all", 3)]
    assert history.epochs[-1]["learning_rate"] == pytest.approx(0.01 * 0.01, rel=1e-3)
    assert any(tmp_path.rglob("events.out.tfevents.*"))


def test_the_best_epoch_is_kept_and_waiting_ends(small_examples):
    trained = run(small_examples, epochs=40, patience=2, schedule="constant")
    history = trained.history
    scores = [epoch["val_macro_recall"] for epoch in history.epochs]
    assert history.best_epoch == scores.index(max(scores)) + 1
    assert history.stopped == "early"
    assert len(scores) == history.best_epoch + 2
    batches = eval_batches(small_examples, setting(), 8)
    result = trained.model.evaluate(batches, verbose=0, return_dict=True)
    best = history.epochs[history.best_epoch - 1]
    assert result["macro_recall"] == pytest.approx(best["val_macro_recall"])
    assert result["loss"] == pytest.approx(best["val_loss"], rel=1e-4)


def test_an_objective_of_choice_decides_the_epoch(small_examples):
    history = run(small_examples, epochs=4, objective="auc").history
    scores = [epoch["val_auc"] for epoch in history.epochs]
    assert history.best_epoch == scores.index(max(scores)) + 1


def test_a_loss_that_is_no_number_is_the_users_to_mend(small_examples):
    with pytest.raises(UserError, match=r"tuning\.learning_rates"):
        run(small_examples, learning_rate=1e38, epochs=3, schedule="constant")


def test_progress_is_reported_each_epoch(small_examples, caplog, monkeypatch):
    monkeypatch.setattr("components.trainer.model_fit._REPORT_EVERY_S", math.inf)
    with caplog.at_level(logging.INFO, LOGGER_NAME):
        run(small_examples, epochs=2)
    reports = [record.progress for record in caplog.records if hasattr(record, "progress")]
    assert [(report.stage, report.done, report.total) for report in reports] == [("trainer", 1, 2), ("trainer", 2, 2)]
    assert all("macro recall" in report.text for report in reports)


def test_a_long_epoch_reports_its_batches(small_examples, caplog, monkeypatch):
    monkeypatch.setattr("components.trainer.model_fit._REPORT_EVERY_S", 0.0)
    with caplog.at_level(logging.INFO, LOGGER_NAME):
        run(small_examples, epochs=1)
    texts = [record.progress.text for record in caplog.records if hasattr(record, "progress")]
    assert "epoch 1, batch 2 of 3" in texts


def test_no_model_is_left_half_frozen(small_examples):
    trained = run(small_examples, epochs=1)
    assert all(layer.trainable for layer in trained.model.layers if isinstance(layer, keras.layers.Conv2D))
