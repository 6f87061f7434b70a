"""Pretrained networks: two phases, a frozen body, weights of another task."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from components.base.errors import UsageError, UserError
from components.trainer.config import TrainerConfig
from components.trainer.networks import architecture, build_network
from components.trainer.training import Setting, train
from schemas import features

CLASSES = ("a", "b", "c")


def setting(augmentation="off", classes=CLASSES, **settings):
    given = {"batch_size": 8, "learning_rate": 0.01, "parameters": {"stages": 1, "width": 4}, **settings}
    return Setting(TrainerConfig(**given), classes, 8, augmentation, 5)


@pytest.fixture(scope="module")
def multilabel(small_examples, tmp_path_factory):
    """A network that has learned findings, and the file that keeps it."""
    wanted = setting(task="multilabel", objective="auc", epochs=4, classes=features.FINDINGS)
    trained = train(small_examples, small_examples, wanted, {})
    path = tmp_path_factory.mktemp("multilabel") / "model.keras"
    trained.model.save(path)
    return trained, path


def body(model):
    return [layer.get_weights() for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


def same(left, right):
    return all(np.array_equal(a, b) for first, second in zip(left, right, strict=True) for a, b in zip(first, second, strict=True))


def test_findings_are_learned(multilabel):
    trained, _ = multilabel
    assert trained.model.output_shape == (None, len(features.FINDINGS))
    assert set(trained.facts["class_weights"]) == set(features.FINDINGS)
    assert trained.facts["class_weights"]["Atelectasis"] == pytest.approx(2.0)
    assert max(epoch["val_auc"] for epoch in trained.history.epochs) > trained.history.epochs[0]["val_auc"]


def test_a_frozen_body_stays_as_it_was_and_its_head_learns(small_examples, multilabel):
    source, path = multilabel
    wanted = setting(initial_weights=str(path), body_rate=0.0, epochs=30, patience=30, learning_rate=0.1, schedule="constant")
    trained = train(small_examples, small_examples, wanted, {})
    assert same(body(trained.model), body(source.model))
    assert trained.history.phases == [("head", 30)]
    assert trained.facts["initial_weights"] == "file"
    assert max(epoch["val_macro_recall"] for epoch in trained.history.epochs) > 0.9


@pytest.mark.parametrize("augmentation", ["transform", "both"])
def test_the_head_is_trained_first_and_then_the_body_at_a_lower_rate(small_examples, multilabel, augmentation):
    source, path = multilabel
    wanted = setting(augmentation, initial_weights=str(path), head_epochs=2, epochs=2, schedule="constant", body_rate=0.5)
    trained = train(small_examples, small_examples, wanted, {})
    assert trained.history.phases == [("head", 2), ("body", 2)]
    assert [epoch["epoch"] for epoch in trained.history.epochs] == [1, 2, 3, 4]
    assert [round(epoch["learning_rate"], 6) for epoch in trained.history.epochs] == [0.01, 0.01, 0.005, 0.005]
    kept = trained.history.best_epoch > 2
    assert same(body(trained.model), body(source.model)) != kept
    norm = next(layer for layer in trained.model.layers if isinstance(layer, keras.layers.BatchNormalization))
    twin = source.model.get_layer(norm.name)
    np.testing.assert_array_equal(norm.moving_mean, twin.moving_mean)


def test_a_body_from_imagenet_is_tuned_in_two_phases(small_examples):
    pixels = np.repeat(np.repeat(np.array(small_examples.pixels), 4, axis=1), 4, axis=2)
    few = replace(small_examples, pixels=pixels).subset(np.arange(12))
    settings = {"architecture": "efficientnet_lite0", "initial_weights": "imagenet", "parameters": {}, "head_epochs": 1, "epochs": 1}
    wanted = replace(setting(**settings, learning_rate=1e-3, body_rate=1.0), image_px=32)
    start = build_network("efficientnet_lite0", architecture("efficientnet_lite0").DEFAULTS, wanted.spec, "imagenet").model
    trained = train(few, few, wanted, {})
    assert trained.history.phases == [("head", 1), ("body", 1)]
    assert same(body(trained.model), body(start)) == (trained.history.best_epoch == 1)
    assert trained.facts["initial_weights"] == "imagenet"
    norms = [layer for layer in start.layers if isinstance(layer, keras.layers.BatchNormalization)]
    np.testing.assert_array_equal(norms[0].moving_mean, trained.model.get_layer(norms[0].name).moving_mean)


@pytest.mark.parametrize("head", ["descent", "logistic"])
def test_a_network_of_a_frozen_body_is_the_one_that_its_head_was_judged_by(small_examples, multilabel, head):
    _, path = multilabel
    trained = train(small_examples, small_examples, setting(initial_weights=str(path), body_rate=0.0, epochs=6, head=head), {})
    best = trained.history.epochs[trained.history.best_epoch - 1]
    images = np.array(small_examples.pixels, np.float32)[small_examples.first] / 255
    answers = trained.model.predict_on_batch(images)
    recalls = [(answers.argmax(axis=1) == index)[small_examples.labels == index].mean() for index in range(3)]
    assert best["val_macro_recall"] == pytest.approx(np.mean(recalls), abs=1e-5)
    chosen = answers[np.arange(len(answers)), small_examples.labels]
    assert best["val_loss"] == pytest.approx(-np.log(chosen).mean(), abs=1e-4)


@pytest.mark.parametrize("balance", ["class_weight", "source_class"])
def test_a_head_by_logistic_regression_is_the_best_of_its_penalties_and_begins_the_body(small_examples, multilabel, balance, tmp_path):
    _source, path = multilabel
    few = small_examples.subset(np.arange(12))
    wanted = setting(initial_weights=str(path), epochs=2, head="logistic", balance=balance)
    trained = train(small_examples, few, wanted, {}, log_dir=tmp_path)
    epochs = trained.history.epochs
    solved = sum("inverse_penalty" in epoch for epoch in epochs)
    assert trained.history.phases == [("logistic head", solved), ("body", 2)]
    assert [epoch["epoch"] for epoch in epochs] == list(range(1, solved + 3))
    assert all(("inverse_penalty" in epoch) != ("learning_rate" in epoch) for epoch in epochs)
    losses = [epoch["val_loss"] for epoch in epochs[:solved]]
    kept = losses.index(min(losses))
    assert kept > 0
    assert solved == min(8, kept + 3)
    later = [epoch["val_macro_recall"] for epoch in epochs[solved:]]
    better = max(later) > epochs[kept]["val_macro_recall"]
    assert trained.history.best_epoch == (solved + 1 + later.index(max(later)) if better else kept + 1)
    assert list(tmp_path.rglob("events*"))


@pytest.mark.parametrize("method", ["group_dro", "adversarial"])
def test_a_robust_training_ends_in_a_plain_network(small_examples, method):
    trained = train(small_examples, small_examples, setting(robust={"method": method}, epochs=3), {})
    assert trained.model.predict_on_batch(np.zeros([2, 8, 8, 1], np.float32)).shape == (2, 3)
    assert not any(isinstance(layer, keras.Model) for layer in trained.model.layers)
    again = train(small_examples, small_examples, setting(robust={"method": method}, epochs=3), {})
    for left, right in zip(trained.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("method", ["group_dro", "adversarial"])
def test_images_of_one_source_are_refused_by_a_robust_training(small_examples, method):
    one = replace(small_examples, sources=np.full(len(small_examples), "here"))
    with pytest.raises(UserError, match=rf"{method} .* all training images are of here; set it to none"):
        train(one, small_examples, setting(robust={"method": method}), {})


def test_every_balance_trains_to_a_network_of_its_own(small_examples):
    # Unequal classes and, within a class, unequal sources; test_batches and test_wiring say what each balance does.
    unequal = small_examples.subset(np.sort([*range(0, 24, 3), 1, 4, 7, 13, 2]))
    networks = {}
    for balance in ("none", "class_weight", "oversample", "focal", "source_class"):
        trained = train(unequal, unequal, setting(balance=balance, epochs=1), {})
        networks[balance] = np.concatenate([weights.ravel() for weights in trained.model.get_weights()])
        assert np.isfinite(networks[balance]).all()
    for balance, weights in networks.items():
        assert [other for other, others in networks.items() if np.array_equal(weights, others)] == [balance]


def test_metadata_train_and_predict(small_examples):
    trained = train(small_examples, small_examples, setting(metadata=True, epochs=2), {})
    assert [tensor.name for tensor in trained.model.inputs] == ["image", "metadata"]


def test_findings_that_nobody_stated_are_refused(small_examples):
    none = replace(small_examples, findings=np.full_like(small_examples.findings, features.NOT_STATED))
    with pytest.raises(UsageError, match="findings are stated"):
        train(none, none, setting(task="multilabel", objective="auc", classes=features.FINDINGS), {})


def test_what_the_search_chose_comes_over_the_defaults_and_the_configuration_over_it(small_examples):
    trained = train(
        small_examples, small_examples, setting(epochs=1, learning_rate=None), {"width": 8, "learning_rate": 0.02, "block": "plain"}
    )
    assert trained.parameters["width"] == 4
    assert trained.parameters["block"] == "plain"
    assert trained.parameters["learning_rate"] == 0.02
