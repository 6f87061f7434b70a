import json
from pathlib import Path

import pytest

from components.trainer.architectures import own_cnn
from components.trainer.network import NetworkSpec


@pytest.fixture(scope="module")
def history(finished_run):
    return json.loads((Path(finished_run.fn_args.model_run_dir) / "history.json").read_text())


def test_the_history_holds_what_the_report_shows(history):
    assert set(history) == {
        *("epochs", "phases", "best_epoch", "stopped", "seconds", "class_counts", "class_weights", "parameters", "parameter_count"),
        *("architecture", "initial_weights", "balance"),
    }
    assert history["class_counts"] == {"normal": 20, "pneumonia": 20, "covid19": 20}
    assert history["class_weights"] == {"normal": 1.0, "pneumonia": 1.0, "covid19": 1.0}
    assert len(history["epochs"]) <= 4


def test_the_network_is_the_one_that_the_search_chose(history):
    parameters = {**own_cnn.DEFAULTS, "stages": 2, "width": 4, "learning_rate": 0.01}
    assert history["parameters"] == parameters
    assert history["parameter_count"] == own_cnn.count_parameters(parameters, NetworkSpec(32, 3, 0))


def test_it_learns_the_planted_stripes(history):
    assert max(epoch["val_macro_recall"] for epoch in history["epochs"]) > 0.6
