"""One training of an experiment: a variant, a seed, a division; and its result."""

import gc
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from components.base.errors import UserError
from components.trainer.examples import Examples, Integers, stated_rows
from components.trainer.export import save_keras
from components.trainer.frozen import FeatureMemory
from components.trainer.training import Setting, Trained, eval_batches, train
from pipeline.config import Config
from pipeline.experiments.arrays import Images
from pipeline.experiments.code_version import code_version
from pipeline.experiments.division import Division
from pipeline.experiments.experiment import slug
from pipeline.experiments.result import SCALE, Cell, Data, Measured, Predictions, Sources
from pipeline.experiments.variants import outputs

# Read before the first training.
_CODE = code_version()

# What ends one training and not the others: what the user can act on, such as a loss that is no number, and too little memory.
FAILURES = (UserError, MemoryError, tf.errors.ResourceExhaustedError)


@dataclass(frozen=True)
class PlannedCell:
    """A variant, a seed and a division, before any training.

    Attributes:
      variant: its name.
      changes: its configuration keys and values.
      config: the whole configuration.
      seed: of the training.
      division: which images.
      load: gives all images of the variant; they are not kept, since variants may have many.
      identity: a digest of all that the result depends on but the code; see `identify`.
    """

    variant: str
    changes: dict[str, Any]
    config: Config
    seed: int
    division: Division
    load: Callable[[], Images]
    identity: str

    @property
    def file_name(self) -> str:
        """The name of the result file."""
        return slug(f"{self.variant} seed {self.seed} {self.division.name}") + ".json"

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return outputs(self.config)


def identify(config: Config, seed: int, division: Division, images: Images) -> str:
    """Digest all that a result depends on but the code; keys at their defaults are left out, so that new keys change nothing.

    A default that changes changes nothing either: `configuration_of` stands beside it, by which `pipeline.experiments.done` finds that.
    """
    tree = _tree(config, exclude_defaults=True)
    sides = [hashlib.sha256(images.examples.ids[rows].tobytes()).hexdigest()[:16] for rows in division.sides]
    facts = {"config": tree, "seed": seed, "data": images.digest, "sides": sides, "classes": outputs(config)}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def configuration_of(config: Config) -> dict[str, Any]:
    """Write out the configuration that `identify` digests, keys at their defaults too, and without a path."""
    return _tree(config, exclude_defaults=False)


def run_cell(cell: PlannedCell, experiment: str, reference: str, command: str, memory: FeatureMemory, models: Path | None = None) -> Cell:
    """Train, predict what is judged, and return the result.

    Args:
      cell: what to train.
      experiment: its name.
      reference: the variant that the others are compared with.
      command: as the result names it, without paths.
      memory: of what frozen bodies made of the images; the time of that counts to the first cell that needs it.
      models: folder for the trained networks, where they are to be kept.
    Raises:
      UserError: as components.trainer.training.train.
    """
    keras.backend.clear_session()
    config = cell.config
    setting = Setting(config.trainer, cell.classes, config.transform.image_px, config.augmentation, cell.seed)
    images = cell.load()
    training, inner, judged = (images.examples.subset(rows) for rows in cell.division.sides)
    trained = train(training, inner, setting, {}, memory=memory)
    answered = stated_rows(judged, config.trainer.task)
    judged = judged.subset(answered)
    if models is not None:
        harmonise = config.transform.harmonise.model_dump()
        place = models / Path(cell.file_name).stem
        save_keras(trained.model, place, cell.classes, setting.image_px, harmonise, trained.parameters, trained.temperature)
    result = Cell(
        identity=cell.identity,
        experiment=experiment,
        variant=cell.variant,
        changes=_told(cell.changes),
        reference=cell.variant == reference,
        seed=cell.seed,
        division=cell.division.name,
        task=config.trainer.task,
        classes=cell.classes,
        image_px=config.transform.image_px,
        epochs=len(trained.history.epochs),
        epochs_limit=_most_epochs(config),
        best_epoch=trained.history.best_epoch,
        # Of the epoch that was kept: a logistic head keeps that of the lowest loss, which need not be the one of the highest objective.
        inner_score=trained.history.epochs[trained.history.best_epoch - 1][f"val_{config.trainer.objective}"],
        parameters=trained.model.count_params(),
        architecture=config.trainer.architecture,
        initial_weights=trained.facts["initial_weights"],
        training_images=len(training),
        seconds=round(trained.history.seconds, 1),
        measured=_machine(),
        data=Data(digest=images.digest, images=len(images.examples)),
        phantom=not config.data.sources,
        command=command,
        code=_CODE,
        configuration=configuration_of(config),
        notes=_notes(config, trained),
        predictions=_predictions(cell, images.groups[cell.division.judged[answered]], judged, _predict(trained, judged, setting)),
    )
    del trained
    gc.collect()
    return result


def reason_of(error: BaseException) -> str:
    """Say in one line, without a full stop, why a training failed."""
    if isinstance(error, UserError):
        return " ".join(str(error).split()).rstrip(".")
    return "out of memory; lower trainer.batch_size or transform.image_px"


def _tree(config: Config, exclude_defaults: bool) -> dict[str, Any]:
    tree = config.model_dump(mode="json", exclude_defaults=exclude_defaults, include={"seed", "augmentation", "transform", "trainer"})
    if config.trainer.weights_file is not None:
        # A path says nothing of the weights in its file.
        tree["trainer"]["initial_weights"] = hashlib.sha256(config.trainer.weights_file.read_bytes()).hexdigest()
    return tree


def _predict(trained: Trained, judged: Examples, setting: Setting) -> Any:
    parts = [trained.model.predict_on_batch(inputs) for inputs, _ in eval_batches(judged, setting, 32)]
    return np.concatenate(parts)


def _predictions(cell: PlannedCell, groups: Integers, judged: Examples, probabilities: Any) -> Predictions:
    names, index = np.unique(judged.sources, return_inverse=True)
    multilabel = cell.config.trainer.task == "multilabel"
    return Predictions(
        order=hashlib.sha256(judged.ids.tobytes()).hexdigest()[:16],
        group=groups.tolist(),
        source=Sources(names=names.tolist(), index=index.tolist()),
        label=judged.findings.tolist() if multilabel else judged.labels.tolist(),
        probabilities=np.round(probabilities * SCALE).astype(int).tolist(),
    )


def _told(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a variant's changes where a file lies on this machine."""
    key = "trainer.initial_weights"
    return {**changes, key: "file"} if changes.get(key, "none") not in ("none", "imagenet") else dict(changes)


def _most_epochs(config: Config) -> int:
    trainer = config.trainer
    two_phases = trainer.is_pretrained and trainer.body_rate > 0
    return trainer.epochs + (trainer.head_epochs if two_phases else 0)


def _notes(config: Config, trained: Trained) -> tuple[str, ...]:
    notes = []
    if config.trainer.architecture != "own_cnn" and config.trainer.initial_weights == "none":
        notes.append(f"random initialisation, {len(trained.history.epochs)} epochs: not the published model")
    if trained.temperature is not None and not trained.temperature.applied:
        notes.append(f"no temperature: {trained.temperature.note}")
    return tuple(notes)


def _machine() -> Measured:
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return Measured(date=datetime.now(timezone.utc).date().isoformat(), cores=len(os.sched_getaffinity(0)), memory_gib=round(memory_gib))
