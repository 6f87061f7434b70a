"""Which trainings are one: the digest by which a result is found again."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from components.trainer.config import TrainerConfig
from components.trainer.examples import Examples
from pipeline.config import Config, load_config
from pipeline.experiments.arrays import Images
from pipeline.experiments.cell import identify
from pipeline.experiments.division import Division

ROWS = np.arange(6)
DIVISION = Division("fold 0 by patient", ROWS[:3], ROWS[3:4], ROWS[4:])
EXAMPLES = Examples(
    ids=np.array([f"{row}".encode() for row in ROWS]),
    labels=ROWS % 3,
    findings=np.zeros([6, 14], np.int64),
    sources=np.full(6, "a"),
    metadata=np.zeros([6, 8], np.float32),
    pixels=tf.zeros([6, 2, 2, 1], tf.uint8),
    first=ROWS,
    versions=np.ones(6, np.int64),
)
IMAGES = Images(EXAMPLES, ROWS, np.full(6, "train"), ROWS.astype(str), "digest")


class WiderTrainer(TrainerConfig):
    """The trainer's section of a later day."""

    novelty: float = 0.5


class WiderConfig(Config):
    """The configuration of a later day."""

    trainer: WiderTrainer = WiderTrainer()


def identity(*texts, config=None, seed=1, division=DIVISION, images=IMAGES):
    return identify(config or load_config(None, {}, texts), seed, division, images)


def of_file(path):
    return identity("trainer.epochs=3", f"trainer.initial_weights={path}")


def test_another_file_under_the_same_path_is_another_cell(tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(b"some weights")
    before = of_file(path)
    assert before == of_file(path)
    path.write_bytes(b"more weights")
    assert of_file(path) != before
    # Neither time nor size counts, but content.
    path.write_bytes(b"some weights")
    assert of_file(path) == before


def test_the_same_weights_under_another_path_are_the_same_cell(tmp_path):
    paths = [tmp_path / "here" / "model.keras", tmp_path / "there" / "other.keras"]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(b"some weights")
    assert of_file(paths[0]) == of_file(paths[1]) != identity("trainer.epochs=3")


def test_weights_of_a_name_are_told_apart_from_none():
    lite0 = "trainer.architecture=efficientnet_lite0"
    assert identity(lite0) != identity(lite0, "trainer.initial_weights=imagenet")


def test_keys_at_their_defaults_change_nothing():
    default = TrainerConfig()
    assert identity() == identity(config=Config())
    assert identity() == identity(
        f"trainer.patience={default.patience}", "trainer.robust.method=none", "trainer.robust.group_dro_step=0.01"
    )


def test_a_key_that_is_new_changes_nothing_until_it_is_set():
    assert identity(config=WiderConfig()) == identity()
    assert identity(config=WiderConfig(trainer=WiderTrainer(epochs=3))) == identity("trainer.epochs=3")
    assert identity(config=WiderConfig(trainer=WiderTrainer(novelty=0.7))) != identity()


@pytest.mark.parametrize(
    "text",
    [
        "seed=1",
        "augmentation=off",
        "transform.image_px=64",
        "transform.harmonise.crop=body",
        "trainer.patience=3",
        "trainer.robust.method=group_dro",
        "trainer.parameters={width: 8}",
        "data.classes=[normal, covid19]",
    ],
)
def test_every_key_that_a_training_depends_on_makes_another_cell(text):
    assert identity(text) != identity()


@pytest.mark.parametrize("text", ["tuning.max_trials=3", "explainer.ace.images=7", "gate.min_images=3", "data.private_dir=elsewhere"])
def test_a_key_that_no_training_reads_makes_no_other_cell(text):
    assert identity(text) == identity()


def test_seed_images_and_sides_make_another_cell():
    other_data = replace(IMAGES, digest="other")
    moved = replace(DIVISION, train=ROWS[:2], inner_eval=ROWS[2:4])
    judged = replace(DIVISION, judged=ROWS[5:])
    found = [identity(), identity(seed=2), identity(images=other_data), identity(division=moved), identity(division=judged)]
    assert len(set(found)) == len(found)
    # A name is not what makes a division.
    assert identity(division=replace(DIVISION, name="fold 1 by patient")) == identity()
