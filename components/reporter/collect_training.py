"""The final training: its curves, class weights and stop."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Training:
    """What `history.json` says.

    Each epoch is a dict of floats: epoch (from 1), loss, val_loss, accuracy, val_accuracy, macro_recall, val_macro_recall,
    learning_rate, seconds; an entry may lack. `stopped` is "early" or "epochs". `phases` are names and epochs: "all", or "head" and "body".
    """

    epochs: tuple[dict[str, float | None], ...]
    best_epoch: int | None
    class_counts: dict[str, int]
    class_weights: dict[str, float]
    parameters: dict[str, Any]
    parameter_count: int | None
    seconds: float | None
    stopped: str
    architecture: str
    initial_weights: str
    balance: str
    phases: tuple[tuple[str, int], ...]

    def curve(self, name: str) -> list[float | None]:
        """List a quantity over the epochs."""
        return [epoch.get(name) for epoch in self.epochs]

    @property
    def best(self) -> dict[str, float | None]:
        """The epoch that was kept; empty where none is named."""
        return next((epoch for epoch in self.epochs if epoch.get("epoch") == self.best_epoch), {})


def read_training(model_run_folder: Path) -> Training:
    """Read `history.json` of the ModelRun artifact of the trainer."""
    content = json.loads((model_run_folder / "history.json").read_text())
    return Training(
        epochs=tuple({str(key): value for key, value in epoch.items()} for epoch in content["epochs"]),
        best_epoch=content.get("best_epoch"),
        class_counts=dict(content.get("class_counts", {})),
        class_weights=dict(content.get("class_weights", {})),
        parameters=dict(content.get("parameters", {})),
        parameter_count=content.get("parameter_count"),
        seconds=content.get("seconds"),
        stopped=str(content.get("stopped", "")),
        architecture=str(content.get("architecture", "")),
        initial_weights=str(content.get("initial_weights", "")),
        balance=str(content.get("balance", "")),
        phases=tuple((str(name), int(epochs)) for name, epochs in content.get("phases", [])),
    )
