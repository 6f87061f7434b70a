"""One training of an experiment: a variant, a seed, a division; and the small file that holds its result."""

import gc
import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import keras
import numpy as np

from components.base.source_digest import source_digest
from components.trainer.examples import Examples, stated
from components.trainer.training import Setting, Trained, eval_batches, train
from pipeline.config import Config
from pipeline.experiments.arrays import Images
from pipeline.experiments.division import Division
from schemas import features

_SCALE = 10_000  # of the probabilities in a result file


@dataclass(frozen=True)
class Cell:
    """A variant, a seed and a division, before any training.

    Attributes:
      variant: its name.
      changes: its configuration keys and values.
      config: the whole configuration.
      seed: of the training.
      division: which images.
      images: all images of the variant.
    """

    variant: str
    changes: dict[str, Any]
    config: Config
    seed: int
    division: Division
    images: Images

    @property
    def file_name(self) -> str:
        """The name of the result file."""
        words = f"{self.variant} seed {self.seed} {self.division.name}"
        return re.sub(r"[^a-z0-9_.=]+", "-", words.lower()).strip("-") + ".json"

    @property
    def identity(self) -> str:
        """A digest of all that the result depends on but the code; keys at their defaults are left out, so that new keys change nothing."""
        tree = self.config.model_dump(mode="json", exclude_defaults=True, include={"augmentation", "transform", "trainer"})
        sides = [hashlib.sha256(self.images.examples.ids[rows].tobytes()).hexdigest()[:16] for rows in self._sides]
        facts = {"config": tree, "seed": self.seed, "data": self.images.digest, "sides": sides, "classes": self.classes}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return features.FINDINGS if self.config.trainer.task == "multilabel" else self.config.data.class_map.names

    @property
    def _sides(self) -> tuple[Any, ...]:
        return (self.division.train, self.division.inner_eval, self.division.judged)


def run_cell(cell: Cell, experiment: str, command: str) -> dict[str, Any]:
    """Train, predict what is judged, and return the content of the result file (see pipeline.experiments.result).

    Raises:
      UserError: as components.trainer.training.train.
    """
    keras.backend.clear_session()
    config = cell.config
    setting = Setting(config.trainer, cell.classes, config.transform.image_px, config.augmentation, cell.seed)
    training, inner, judged = (cell.images.examples.subset(rows) for rows in cell._sides)
    trained = train(training, inner, setting, {})
    judged = stated(judged, config.trainer.task)
    probabilities = _predict(trained, judged, setting)
    result = {
        "version": 1,
        "identity": cell.identity,
        "experiment": experiment,
        "variant": cell.variant,
        "changes": cell.changes,
        "seed": cell.seed,
        "division": cell.division.name,
        "task": config.trainer.task,
        "classes": list(cell.classes),
        "image_px": config.transform.image_px,
        "epochs": len(trained.history.epochs),
        "epochs_limit": config.trainer.epochs,
        "best_epoch": trained.history.best_epoch,
        "parameters": trained.model.count_params(),
        "architecture": config.trainer.architecture,
        "initial_weights": trained.facts["initial_weights"],
        "training_images": len(training),
        "seconds": round(trained.history.seconds, 1),
        "measured": _machine(),
        "data": {"digest": cell.images.digest, "images": len(cell.images.examples)},
        "command": command,
        "code": source_digest("components.trainer.training", "components.transform.preprocess"),
        "notes": _notes(config, trained),
        "predictions": _predictions(cell, judged, probabilities),
    }
    del trained
    gc.collect()
    return result


def _predict(trained: Trained, judged: Examples, setting: Setting) -> Any:
    parts = [trained.model.predict_on_batch(inputs) for inputs, _ in eval_batches(judged, setting, 32)]
    return np.concatenate(parts)


def _predictions(cell: Cell, judged: Examples, probabilities: Any) -> dict[str, Any]:
    place = np.flatnonzero(np.isin(cell.images.examples.ids, judged.ids))
    names, index = np.unique(judged.sources, return_inverse=True)
    multilabel = cell.config.trainer.task == "multilabel"
    return {
        "order": hashlib.sha256(judged.ids.tobytes()).hexdigest()[:16],
        "group": cell.images.groups[place].tolist(),
        "source": {"names": names.tolist(), "index": index.tolist()},
        "label": judged.findings.tolist() if multilabel else judged.labels.tolist(),
        "probabilities": np.round(probabilities * _SCALE).astype(int).tolist(),
    }


def _notes(config: Config, trained: Trained) -> list[str]:
    notes = []
    if config.trainer.architecture != "own_cnn" and config.trainer.initial_weights == "none":
        notes.append(f"random initialisation, {len(trained.history.epochs)} epochs: not the published model")
    return notes


def _machine() -> dict[str, Any]:
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory_gib),
    }
