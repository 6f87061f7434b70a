from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.experiments.result import Cell

CLASSES = ("normal", "pneumonia", "covid19")
SHIPPED_SOURCES = ("nih_chestxray14", "cohen", "covid-cxnet", "figure1", "kermany_guangzhou")
SOURCES = ("guangzhou", "cohen", "chest14")

MakeCell = Callable[..., Cell]


def answers(images: int, skill: float, seed: int, first_patient: int = 0) -> dict:
    """Two images a patient; normal and pneumonia at two sources, covid19 at one. `skill` is how far the true class stands out."""
    people = np.random.default_rng(100 + first_patient)
    patient = np.arange(images) // 2
    label = people.integers(0, 3, images // 2 + 1)[patient]
    source = np.where(label == 2, 1, people.integers(0, 2, images // 2 + 1)[patient] * 2)
    scores = np.random.default_rng(seed).dirichlet([2, 2, 2], images)
    scores[np.arange(images), label] += skill
    scores /= scores.sum(axis=1, keepdims=True)
    return {
        "order": f"order of {images} from {first_patient}",
        "group": (patient + first_patient).tolist(),
        "source": {"names": SOURCES, "index": source.tolist()},
        "label": label.tolist(),
        "probabilities": np.round(scores * 10_000).astype(int).tolist(),
    }


def cell(**other: object) -> Cell:
    images, skill = other.pop("images", 300), other.pop("skill", 0.3)
    seed, first_patient = other.get("seed", 1), other.pop("first_patient", 0)
    reference = other.get("variant", "balance=class_weight") == "balance=class_weight"
    content = {
        "experiment": "ablation",
        "variant": "balance=class_weight",
        "changes": {} if reference else {"trainer.balance": "none"},
        "reference": reference,
        "seed": seed,
        "division": "eval",
        "task": "multiclass",
        "classes": CLASSES,
        "image_px": 96,
        "epochs": 12,
        "epochs_limit": 20,
        "parameters": 1_160_000,
        "initial_weights": "none",
        "training_images": 1480,
        "seconds": 61.2,
        "measured": {"date": "2026-11-25", "cores": 2, "memory_gib": 24},
        "data": {"digest": "d1ge57", "images": 2121},
        "command": "python -m pipeline.experiments run ablation",
        "code": "c0de",
        "notes": ["random initialisation, 12 epochs: not the published model"],
        "predictions": other.pop("predictions", None)
        or answers(images, skill, 1000 * seed + len(str(other.get("variant"))), first_patient),
    }
    return Cell.model_validate(content | other)


@pytest.fixture(scope="session")
def make_cell() -> MakeCell:
    return cell


@pytest.fixture
def stub_images(monkeypatch):
    """Three hundred images of a patient each, over all sources, labels and splits, in the place of the ingest."""
    import tensorflow as tf

    import pipeline.data
    from components.trainer.examples import Examples
    from pipeline.experiments import arrays
    from pipeline.experiments.arrays import Images

    count = 300
    rows = np.arange(count)
    labels = np.array(["normal", "pneumonia", "covid19"])[rows // 5 % 3]
    examples = Examples(
        ids=np.array([f"{row:04d}".encode() for row in rows]),
        labels=rows // 5 % 3,
        findings=np.zeros([count, 14], np.int64),
        sources=np.array(SHIPPED_SOURCES)[rows % 5],
        metadata=np.zeros([count, 6], np.float32),
        pixels=tf.zeros([count, 2, 2, 1], tf.uint8),
        first=rows,
        versions=np.ones(count, np.int64),
    )
    images = Images(examples, rows, np.array(["train", "train", "eval", "test"])[rows // 15 % 4], labels, "digest")
    monkeypatch.setattr(pipeline.data, "prepare", lambda *_: SimpleNamespace(records=SimpleNamespace(folder=Path("records"))))
    monkeypatch.setattr(arrays, "load_images", lambda *_: images)
