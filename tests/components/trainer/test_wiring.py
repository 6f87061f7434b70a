"""What Keras is handed for a setting: loss, optimizer, rates, layers and batches, at the moment when an epoch would begin."""

from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import pytest

from components.trainer import training
from components.trainer.architectures import own_cnn
from components.trainer.config import TrainerConfig
from components.trainer.network import LOGITS, NetworkSpec, body_layers
from components.trainer.robust import NETWORK, SOURCE, TARGET, GroupDro, SourceAdversary
from components.trainer.training import Setting, batches, train
from schemas import features

CLASSES = ("a", "b", "c")
SMALL = {"stages": 1, "width": 4}
TRUTH = np.array([[1, 0, 0]], np.float32)
SAID = np.array([[0.6, 0.3, 0.1]], np.float32)


@dataclass(frozen=True)
class Handed:
    """What one phase was handed.

    Attributes:
      model: compiled.
      training: batches.
      epochs: at most.
      trained: names of the layers that have weights to learn.
      rates: the learning rate before each step.
    """

    model: keras.Model
    training: Any
    epochs: int
    trained: set[str]
    rates: list[float]

    def loss(self, truth=TRUTH, said=SAID):
        return float(self.model.loss(truth, said))


@pytest.fixture
def handed(monkeypatch):
    """The phases, in order; each ends after one epoch in which nothing is learned."""
    phases = []

    def look(model, batches, *, callbacks, initial_epoch, epochs, **_):
        rates = []
        for step in range((epochs - initial_epoch) * int(batches.cardinality()) + 1):
            model.optimizer.iterations.assign(step)
            rates.append(float(model.optimizer.learning_rate))
        trained = {layer.name for layer in model.layers if layer.trainable_weights}
        phases.append(Handed(model, batches, epochs - initial_epoch, trained, rates))
        for callback in callbacks:
            callback.set_model(model)
            callback.on_epoch_end(initial_epoch, {"loss": 1.0, "val_loss": 1.0, "val_macro_recall": 0.5, "val_auc": 0.5})

    monkeypatch.setattr(keras.Model, "fit", look)
    return phases


@pytest.fixture(scope="module")
def unequal(small_examples):
    """Eight images of the first class, two of the second and one of the third."""
    return small_examples.subset(np.sort([*range(0, 24, 3), 1, 4, 2]))


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A model.keras to start from."""
    path = tmp_path_factory.mktemp("start") / "model.keras"
    own_cnn.build({**own_cnn.DEFAULTS, **SMALL}, NetworkSpec(8, 3, 1)).save(path)
    return str(path)


def setting(augmentation="off", classes=CLASSES, **settings):
    given = {"batch_size": 4, "learning_rate": 0.01, "parameters": SMALL, "balance": "none", **settings}
    return Setting(TrainerConfig(**given), classes, 8, augmentation, 5)


def begun(examples, values=None, **settings):
    """Begin a training that ends at once."""
    return train(examples, examples, setting(**settings), values or {})


def test_the_batches_are_those_of_the_setting(handed, unequal):
    wanted = setting("transform", balance="class_weight", mixup=0.4)
    train(unequal, unequal, wanted, {})
    made = batches(unequal, wanted, 4)
    for got, expected in zip(handed[0].training.as_numpy_iterator(), made.as_numpy_iterator(), strict=True):
        for left, right in zip(got, expected[:3], strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, -np.log(0.6)),
        ({"balance": "focal"}, -(0.4**2) * np.log(0.6)),
        ({"balance": "focal", "focal_gamma": 1.0}, -0.4 * np.log(0.6)),
        ({"label_smoothing": 0.3}, -(0.8 * np.log(0.6) + 0.1 * np.log(0.3) + 0.1 * np.log(0.1))),
    ],
    ids=str,
)
def test_the_loss_is_that_of_the_setting(handed, small_examples, settings, expected):
    begun(small_examples, **settings)
    assert handed[0].loss() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("balance", "weight"), [("class_weight", 2.0), ("none", 1.0)])
def test_positives_of_a_finding_are_weighed_by_the_images(handed, small_examples, balance, weight):
    begun(small_examples, task="multilabel", objective="auc", balance=balance, classes=features.FINDINGS)
    # One image in three has the first finding.
    truth, said = np.zeros([2, 14], np.float32), np.full([2, 14], 0.25, np.float32)
    truth[1, 0] = 1
    without, having = (handed[0].loss(truth[row : row + 1], said[:1]) for row in range(2))
    assert 14 * (having - without) == pytest.approx(np.log(0.75) - weight * np.log(0.25), rel=1e-4)


def test_a_smoothed_focal_loss_and_smoothed_findings(handed, small_examples):
    begun(small_examples, balance="focal", focal_gamma=0.0, label_smoothing=0.3)
    assert handed[0].loss() == pytest.approx(-(0.8 * np.log(0.6) + 0.1 * np.log(0.3) + 0.1 * np.log(0.1)), rel=1e-5)
    findings = {"task": "multilabel", "objective": "auc", "label_smoothing": 0.4, "classes": features.FINDINGS}
    said = np.full([1, 14], 0.25, np.float32)
    for balance in ("none", "class_weight"):
        begun(small_examples, **findings, balance=balance)
    plain, weighed = (phase.loss(np.zeros([1, 14], np.float32), said) for phase in handed[1:])
    assert plain == pytest.approx(-(0.2 * np.log(0.25) + 0.8 * np.log(0.75)), rel=1e-5)
    # Both findings that occur are there in one image of three: half as many as not.
    assert weighed == pytest.approx(plain - 2 / 14 * 0.2 * np.log(0.25), rel=1e-4)


@pytest.mark.parametrize(("optimizer", "kind"), [("adam", keras.optimizers.Adam), ("sgd", keras.optimizers.SGD)])
def test_the_optimizer_decays_weights_as_the_setting_says(handed, small_examples, optimizer, kind):
    begun(small_examples, optimizer=optimizer, weight_decay=0.25)
    begun(small_examples, optimizer=optimizer)
    assert all(isinstance(phase.model.optimizer, kind) for phase in handed)
    assert [phase.model.optimizer.weight_decay for phase in handed] == [0.25, None]


@pytest.mark.parametrize(("warmup_epochs", "top"), [(0, 0), (2, 12)])
def test_the_schedule_the_epochs_and_the_warm_up_reach_the_rate(handed, small_examples, warmup_epochs, top):
    begun(small_examples, epochs=5, schedule="cosine", warmup_epochs=warmup_epochs)
    rates = handed[0].rates
    assert handed[0].epochs == 5
    assert len(rates) == 31
    assert (int(np.argmax(rates)), max(rates), rates[-1]) == (top, pytest.approx(0.01), pytest.approx(0.0001))
    begun(small_examples, epochs=2, schedule="constant", warmup_epochs=warmup_epochs)
    assert handed[1].rates == pytest.approx([0.01] * 13)


def test_the_dropout_of_the_parameters_reaches_the_network(handed, small_examples):
    begun(small_examples, parameters={**SMALL, "dropout": 0.7})
    begun(small_examples, {"dropout": 0.4})
    begun(small_examples)
    assert [phase.model.get_layer("dropout").rate for phase in handed] == [0.7, 0.4, own_cnn.DEFAULTS["dropout"]]


def test_what_a_search_chose_reaches_loss_optimizer_rate_and_network(handed, small_examples):
    chosen = {"optimizer": "sgd", "schedule": "constant", "weight_decay": 0.125, "label_smoothing": 0.3, "learning_rate": 0.5}
    begun(small_examples, {**chosen, "width": 6}, learning_rate=None, parameters={"stages": 1})
    phase = handed[0]
    assert isinstance(phase.model.optimizer, keras.optimizers.SGD)
    assert phase.model.optimizer.weight_decay == 0.125
    assert set(phase.rates) == {0.5}
    assert phase.loss() == pytest.approx(-(0.8 * np.log(0.6) + 0.1 * np.log(0.3) + 0.1 * np.log(0.1)), rel=1e-5)
    assert phase.model.get_layer("stem_conv").filters == 6


def test_without_pretraining_all_layers_learn_at_once(handed, small_examples):
    begun(small_examples, epochs=2, head_epochs=4)
    assert [(phase.epochs, max(phase.rates)) for phase in handed] == [(2, pytest.approx(0.01))]
    assert {"stem_conv", "stem_norm", LOGITS} <= handed[0].trained


def test_the_head_learns_alone_and_then_all_but_the_normalisations_at_the_rate_of_the_body(handed, small_examples, start):
    trained = begun(small_examples, initial_weights=start, augmentation="online", head_epochs=2, epochs=5, body_rate=0.25)
    head, body = handed
    assert head.model is body.model
    assert (head.epochs, body.epochs) == (2, 5)
    assert head.rates == pytest.approx([0.01] * 13)
    assert max(body.rates) == pytest.approx(0.0025)
    assert head.trained == {LOGITS}
    with_weights = [layer for layer in body_layers(trained.model) if layer.weights]
    norms = {layer.name for layer in with_weights if isinstance(layer, keras.layers.BatchNormalization)}
    assert norms
    assert body.trained == {layer.name for layer in with_weights} - norms | {LOGITS}


@pytest.mark.parametrize(
    ("settings", "epochs"),
    [({"head_epochs": 0, "epochs": 5}, [5]), ({"head_epochs": 2, "epochs": 5, "body_rate": 0.0}, [5]), ({"head_epochs": 2}, [2, 16])],
    ids=str,
)
def test_head_epochs_and_body_rate_say_which_phases_there_are(handed, small_examples, start, settings, epochs):
    begun(small_examples, initial_weights=start, **settings)
    assert [phase.epochs for phase in handed] == epochs
    frozen = settings.get("body_rate") == 0
    assert ("stem_conv" in handed[-1].trained) != frozen
    assert handed[-1].rates[-1] < handed[-1].rates[len(handed[-1].rates) // 2]


@pytest.mark.parametrize(
    ("robust", "kind", "strength"),
    [
        ({"method": "group_dro", "group_dro_step": 0.5}, GroupDro, "_step"),
        ({"method": "adversarial", "adversarial_weight": 0.5}, SourceAdversary, "_weight"),
    ],
    ids=str,
)
def test_a_robust_method_wraps_the_network_and_is_told_the_source_of_each_image(handed, small_examples, robust, kind, strength):
    begun(small_examples, robust=robust)
    wrapped = handed[0].model
    assert isinstance(wrapped, kind)
    assert getattr(wrapped, strength) == 0.5
    originals = np.array(small_examples.pixels)[small_examples.first]
    for inputs, targets, _ in handed[0].training.as_numpy_iterator():
        for image, source, target in zip(np.round(inputs[NETWORK] * 255), inputs[SOURCE], targets, strict=True):
            row = int(np.flatnonzero((originals == image).all(axis=(1, 2, 3)))[0])
            assert source == "ab".index(small_examples.sources[row])
            assert target.argmax() == small_examples.labels[row]
        np.testing.assert_array_equal(inputs[TARGET], targets)


class AskedError(Exception):
    """Carries what a logistic regression was asked for."""


@pytest.mark.parametrize(
    ("balance", "by_class"), [("none", [1, 1, 1]), ("class_weight", [11 / 24, 11 / 6, 11 / 3]), ("oversample", [11 / 24, 11 / 6, 11 / 3])]
)
@pytest.mark.parametrize("augmentation", ["off", "transform"])
def test_a_logistic_head_weighs_images_as_the_balance_weighs_or_draws_them(monkeypatch, unequal, start, balance, by_class, augmentation):
    def ask(*arguments):
        raise AskedError(*arguments[2:])

    monkeypatch.setattr(training, "solutions", ask)
    with pytest.raises(AskedError) as asked:
        begun(unequal, initial_weights=start, head="logistic", balance=balance, augmentation=augmentation)
    targets, weights, use_views = asked.value.args
    np.testing.assert_array_equal(targets, np.eye(3)[unequal.labels])
    np.testing.assert_allclose(weights, np.array(by_class)[unequal.labels])
    assert use_views == (augmentation == "transform")


def test_a_logistic_head_weighs_every_source_and_class_alike(monkeypatch, unequal, start):
    def ask(*arguments):
        raise AskedError(arguments[3])

    monkeypatch.setattr(training, "solutions", ask)
    uneven = replace(unequal, sources=np.where(np.arange(11) < 2, "a", "b"))
    with pytest.raises(AskedError) as asked:
        begun(uneven, initial_weights=start, head="logistic", balance="source_class")
    cells = [f"{source}{label}" for source, label in zip(uneven.sources, uneven.labels, strict=True)]
    totals = [sum(weight for weight, cell in zip(asked.value.args[0], cells, strict=True) if cell == name) for name in set(cells)]
    assert len(totals) > 3
    assert totals == pytest.approx([11 / len(totals)] * len(totals))
