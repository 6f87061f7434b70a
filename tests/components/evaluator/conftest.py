"""Predictions for the tests of the evaluation, without TensorFlow."""

import numpy as np
import pytest

from components.predictions.table import Predictions
from schemas import features

CLASSES = ("normal", "pneumonia", "covid19")


def made_up(images: int = 400, seed: int = 1) -> Predictions:
    """Make predictions of patients with two images each, half in eval; covid19 comes from a source of its own."""
    generator = np.random.default_rng(seed)
    group = np.arange(images) // 2
    label = generator.integers(0, 3, images)
    probabilities = generator.dirichlet([1, 1, 1], images)
    probabilities[np.arange(images), label] += 0.4
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    names = np.array([f"{place:016x}" for place in range(images)])
    flags = {features.quality(flag): np.zeros(images, np.int64) for flag in features.QUALITY_FLAGS}
    flags[features.quality("inverted")] = (np.arange(images) % 5 == 0).astype(np.int64)
    return Predictions(
        classes=np.array(CLASSES),
        id=names,
        group=names[group],
        source=np.where(label == 2, "cohen", np.array(["nih", "rsna"])[generator.integers(0, 2, images)]),
        split=np.where(group % 2 == 0, "eval", "test"),
        view=np.array(features.VIEWS)[generator.integers(0, 3, images)],
        label=np.array(CLASSES)[label],
        label_index=label.astype(np.int64),
        probabilities=probabilities.astype(np.float32),
        embedding=np.zeros((images, 2), np.float32),
        extra={"scanner": np.where(np.arange(images) % 3 == 0, "", "new")},
        attributes={
            features.SEX: np.array(features.SEXES)[generator.integers(0, 3, images)],
            features.AGE: generator.integers(-1, features.TOP_AGE + 1, images),
            features.MODE: np.full(images, "L"),
            features.FORMAT: np.full(images, "png"),
            **flags,
        },
    )


@pytest.fixture(scope="session")
def table() -> Predictions:
    return made_up()
