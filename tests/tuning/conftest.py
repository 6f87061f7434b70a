import gc
import json

import pytest


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Spare what takes most of the time of a tiny search: the disk, and Keras Tuner's garbage collection over all that is imported."""
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def write():
    def write_json(path, value):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value), encoding="utf-8")

    return write_json


@pytest.fixture
def search_folder(tmp_path, write):
    """A finished search of four trials, written by hand: two completed, one failed, one torn."""
    folder = tmp_path / "tuning" / "abc"

    def trial(trial_id, status, score, values, record):
        write(
            folder / f"trial_{trial_id}" / "trial.json",
            {"trial_id": trial_id, "hyperparameters": {"space": [], "values": values}, "score": score, "status": status, "message": None},
        )
        write(folder / f"trial_{trial_id}" / "record.json", record)

    write(folder / "search.json", {"algorithm": "random", "objective": "val_macro_recall", "direction": "max", "max_trials": 4})
    write(folder / "oracle.json", {"start_order": ["0", "1", "2", "3"], "redrawn": {"max_parameters": 1, "max_flops": 1}})
    curves = {"val_macro_recall": [0.5, 0.625], "val_loss": [1.0, 0.75]}
    trial(
        "0",
        "COMPLETED",
        0.625,
        {"stages": 3, "block": "plain", "learning_rate": 0.001},
        {"epochs": 2, "seconds": 12.25, "parameter_count": 51234, "reason": None, "curves": curves},
    )
    trial(
        "1",
        "FAILED",
        None,
        {"stages": 5, "block": "residual", "learning_rate": 0.0003, "tuner/epochs": 2},
        {
            "epochs": 1,
            "seconds": 3.0,
            "parameter_count": 900,
            "reason": "=cmd: the loss is\nnot a number",
            "curves": {"val_loss": [float("nan")]},
        },
    )
    trial(
        "2",
        "COMPLETED",
        0.75,
        {"stages": 4, "block": "separable", "learning_rate": 0.003},
        {"epochs": 2, "seconds": 30.5, "parameter_count": 2000000, "reason": None, "curves": curves},
    )
    trial("3", "RUNNING", None, {}, {})
    (folder / "trial_3" / "trial.json").write_text('{"trial_id": "3", "hyperpar')
    (folder / "trial_3" / "record.json").unlink()
    return folder
