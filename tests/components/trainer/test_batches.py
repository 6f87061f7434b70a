"""The batches of a training by its settings: what is drawn, what it weighs, how it is varied. The pixels of an image tell its row."""

import numpy as np
import pytest
import tensorflow as tf

from components.trainer.config import TrainerConfig
from components.trainer.examples import Examples
from components.trainer.training import Setting, batches
from schemas import features

CELLS = {("a", 0): 9, ("b", 0): 3, ("a", 1): 5, ("b", 1): 1, ("a", 2): 2}
COUNT = sum(CELLS.values())
LABELS = np.array([label for (_, label), count in CELLS.items() for _ in range(count)])
SOURCES = np.array([source for (source, _), count in CELLS.items() for _ in range(count)])
ROWS = np.arange(COUNT)
# Noise, so that a variation can be seen, over an even gray of the row, with one view each that is brighter by 100.
PIXELS = np.random.default_rng(2).integers(0, 40, [COUNT, 1, 16, 16, 1]) + ROWS.reshape(-1, 1, 1, 1, 1)
EXAMPLES = Examples(
    ids=np.array([f"{row:04d}".encode() for row in ROWS]),
    labels=LABELS,
    findings=np.zeros([COUNT, len(features.FINDINGS)], np.int64),
    sources=SOURCES,
    metadata=np.zeros([COUNT, 8], np.float32),
    pixels=tf.constant(np.concatenate([PIXELS, PIXELS + 100], axis=1).reshape(-1, 16, 16, 1).astype(np.uint8)),
    first=2 * ROWS,
    versions=np.full(COUNT, 2),
)
MANY = 100


def epochs(count=1, augmentation="off", **settings):
    """Images, targets, weights and rows of some epochs, each sorted by the row."""
    setting = Setting(TrainerConfig(**settings), ("x", "y", "z"), 16, augmentation, 7)
    found = batches(EXAMPLES, setting, COUNT).repeat(count).as_numpy_iterator()
    images, targets, weights, rows = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(rows, kind="stable")
    return images[order], targets[order], weights[order], rows[order]


def shares(names):
    """Map each name to its share."""
    found, counts = np.unique(names, return_counts=True)
    return dict(zip(found.tolist(), (counts / len(names)).tolist(), strict=True))


def test_class_weight_weighs_by_class_and_takes_each_image_once():
    _, targets, weights, rows = epochs(balance="class_weight")
    np.testing.assert_array_equal(rows, ROWS)
    np.testing.assert_array_equal(targets, np.eye(3)[LABELS])
    np.testing.assert_allclose(weights, np.array([20 / 36, 20 / 18, 20 / 6])[LABELS], rtol=1e-6)


@pytest.mark.parametrize("balance", ["none", "focal"])
def test_without_a_balance_of_images_each_comes_once_and_weighs_one(balance):
    _, _, weights, rows = epochs(balance=balance)
    np.testing.assert_array_equal(rows, ROWS)
    assert set(weights) == {1.0}


def test_oversample_draws_every_class_equally_often():
    _, _, weights, rows = epochs(MANY, balance="oversample")
    assert shares(LABELS[rows]) == pytest.approx({0: 1 / 3, 1: 1 / 3, 2: 1 / 3}, abs=0.04)
    # Within a class no image goes before another.
    assert shares(SOURCES[rows][LABELS[rows] == 0]) == pytest.approx({"a": 9 / 12, "b": 3 / 12}, abs=0.05)
    assert set(weights) == {1.0}


def test_source_class_draws_every_cell_equally_often():
    _, _, weights, rows = epochs(MANY, balance="source_class")
    cells = [f"{SOURCES[row]}{LABELS[row]}" for row in rows]
    assert shares(cells) == pytest.approx(dict.fromkeys(("a0", "b0", "a1", "b1", "a2"), 1 / 5), abs=0.04)
    assert set(weights) == {1.0}


# Source a holds 9, 5 and 2 of its 16 images, source b 3 and 1 of its 4.
DRAWN = np.array([9 / 16 + 3 / 4, 5 / 16 + 1 / 4, 2 / 16]) / 2


@pytest.mark.parametrize(("balance", "factors"), [("none", [1, 1, 1]), ("class_weight", 1 / 3 / DRAWN)])
def test_group_dro_draws_every_source_equally_often_and_weighs_classes_by_what_is_drawn(balance, factors):
    _, _, weights, rows = epochs(MANY, balance=balance, robust={"method": "group_dro"})
    assert shares(SOURCES[rows]) == pytest.approx({"a": 0.5, "b": 0.5}, abs=0.04)
    np.testing.assert_allclose(weights, np.array(factors)[LABELS[rows]], rtol=1e-6)
    if balance == "class_weight":
        totals = np.bincount(LABELS[rows], weights) / len(rows)
        np.testing.assert_allclose(totals, [1 / 3] * 3, atol=0.04)


def test_an_adversary_draws_each_image_once():
    np.testing.assert_array_equal(epochs(balance="none", robust={"method": "adversarial"})[3], ROWS)


def test_each_online_policy_varies_the_same_images_in_its_own_way():
    found = {policy: epochs(augmentation="online", online_policy=policy) for policy in ("light", "radiograph", "domain")}
    found["none"] = epochs(augmentation="off", online_policy="domain")
    for name, (images, _, _, rows) in found.items():
        np.testing.assert_array_equal(rows, ROWS)
        alike = [other for other, (others, *_) in found.items() if np.allclose(images, others, atol=1e-3)]
        assert alike == [name]
    np.testing.assert_allclose(found["none"][0], PIXELS[:, 0] / 255, atol=1e-6)


@pytest.mark.parametrize(("augmentation", "views", "varied"), [("off", 0, 0), ("online", 0, 1), ("transform", 1, 0), ("both", 1, 1)])
def test_the_switch_says_whether_views_and_online_variations_are_seen(augmentation, views, varied):
    images, _, _, rows = epochs(10, augmentation)
    plain = PIXELS[rows, 0] / 255
    # A view is brighter by 0.39; the light policy moves the brightness by less.
    brighter = images.mean(axis=(1, 2, 3)) - plain.mean(axis=(1, 2, 3)) > 0.2
    assert brighter.mean() == pytest.approx(views / 2, abs=0.1)
    own = plain + brighter[:, None, None, None] * 100 / 255
    assert np.allclose(images, own, atol=1e-3) != bool(varied)


def test_mixup_blends_targets_and_without_it_they_are_hard():
    blended, hard = (epochs(balance="none", mixup=alpha)[1] for alpha in (1.0, 0.0))
    assert ((blended > 0.05) & (blended < 0.95)).any(axis=1).sum() > 3
    np.testing.assert_allclose(blended.sum(axis=1), 1.0, rtol=1e-6)
    np.testing.assert_array_equal(hard, np.eye(3)[LABELS])
