"""Write what the trainer and the tuner write of a scenario."""

import json

import numpy as np

from components.reporter.collect import Folders
from tests.components.reporter.simulated import CLASSES, Scenario


def write_training(folders: Folders, scenario: Scenario) -> None:
    def curve(start: float, end: float, speed: float) -> list[float]:
        return [end + (start - end) * float(np.exp(-speed * epoch)) for epoch in range(12)]

    curves = {
        "loss": curve(1.08, 0.24, 0.35),
        "val_loss": [value + 0.012 * max(0, epoch - 7) for epoch, value in enumerate(curve(1.05, 0.36, 0.4))],
        "accuracy": curve(0.38, 0.93, 0.35),
        "val_accuracy": curve(0.4, 0.88, 0.4),
        "macro_recall": curve(0.36, 0.92, 0.35),
        "val_macro_recall": [value - 0.01 * max(0, epoch - 8) for epoch, value in enumerate(curve(0.35, 0.87, 0.4))],
        "learning_rate": [0.0005, *[0.001 * 0.5 * (1 + float(np.cos(np.pi * epoch / 11))) for epoch in range(11)]],
        "seconds": [14.2] * 12,
    }
    curves["loss"][-1] = scenario.last_loss
    parameters = {"stages": 4, "width": 24, "block": "residual", "kernel_size": 3, "dropout": 0.2, "learning_rate": 0.001}
    counts = {label: sum(cell[0] for (_, held), cell in scenario.cells.items() if held == label) for label in CLASSES}
    history = {
        "epochs": [{"epoch": epoch + 1, **{name: values[epoch] for name, values in curves.items()}} for epoch in range(12)],
        "best_epoch": 9,
        "class_counts": counts,
        "class_weights": {label: sum(counts.values()) / 3 / count for label, count in counts.items()},
        "parameters": parameters,
        "parameter_count": 412_387,
        "seconds": 170.4,
        "stopped": "epochs",
        "architecture": "own_cnn",
        "initial_weights": "none",
        "balance": "class_weight",
        "phases": [["all", 12]],
    }
    (folders.model_run / "history.json").write_text(json.dumps(history))
    if folders.tuning is None:
        return
    trials = [
        {
            "trial_id": str(index),
            "status": "completed" if score is not None else "failed",
            "score": score,
            "hyperparameters": {**parameters, "stages": 3 + index % 3, "block": ["plain", "residual", "separable"][index % 3]},
            "epochs": 4,
            "seconds": 48.5 + index,
            "parameter_count": 100_000 * (index + 1),
            "reason": None if score is not None else scenario.reason,
            "curves": {"val_macro_recall": [(score or 0.3) * part for part in (0.5, 0.8, 0.9, 1.0)]},
        }
        for index, score in enumerate([0.71, 0.84, None, 0.62, 0.79])
    ]
    search = {"objective": "val_macro_recall", "direction": "max", "algorithm": "random", "trials": trials, "redrawn": 2}
    (folders.tuning / "trials.json").write_text(json.dumps(search))
