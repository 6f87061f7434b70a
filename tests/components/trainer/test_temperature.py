"""A temperature in the weights of a trained network: the same answers, other probabilities."""

import json
import logging
from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from components.base.progress import LOGGER_NAME
from components.base.temperature import fit_temperature, scale
from components.explainer.feature_maps import class_scores, flat_graph
from components.explainer.gradcam import GradCam
from components.trainer.config import TrainerConfig
from components.trainer.examples import as_float
from components.trainer.export import save_keras
from components.trainer.network import EMBEDDING, LOGITS
from components.trainer.temperature import carry_temperature, divide_logits
from components.trainer.training import Setting, eval_batches, train

CLASSES = ("a", "b", "c")
FROZEN = {"body_rate": 0.0, "epochs": 4}


@pytest.fixture(scope="module")
def hard(small_examples):
    """Eval images of which some carry a wrong label, so that no temperature makes all answers right."""
    labels = small_examples.labels.copy()
    labels[::5] = (labels[::5] + 1) % 3
    return replace(small_examples, labels=labels)


@pytest.fixture(scope="module")
def pretrained(small_examples, tmp_path_factory):
    """A model.keras to start from."""
    path = tmp_path_factory.mktemp("pretrained") / "model.keras"
    train(small_examples, small_examples, setting(epochs=1), {}).model.save(path)
    return path


def setting(**settings):
    given = {"batch_size": 8, "learning_rate": 0.01, "parameters": {"stages": 1, "width": 4}, "epochs": 3, **settings}
    return Setting(TrainerConfig(**given), CLASSES, 8, "transform", 5)


def predict(model, examples, wanted):
    return model.predict(eval_batches(examples, wanted, 5), verbose=0)


@pytest.mark.parametrize(
    ("start", "changes"),
    [
        (False, {}),
        (False, {"metadata": True, "robust": {"method": "adversarial"}}),
        (True, {**FROZEN, "head": "logistic"}),
        (True, {"epochs": 2, "head_epochs": 1}),
    ],
    ids=["own", "adversarial with metadata", "logistic head", "two phases"],
)
def test_the_network_gives_what_scaling_gives(small_examples, hard, pretrained, start, changes):
    weights = {"initial_weights": str(pretrained)} if start else {}
    off, on = (setting(temperature=word, **weights, **changes) for word in ("off", "eval"))
    plain, carrying = (train(small_examples, hard, wanted, {}) for wanted in (off, on))
    probabilities, scaled = predict(plain.model, hard, off), predict(carrying.model, hard, on)

    found, expected = carrying.temperature, fit_temperature(hard.labels, probabilities)
    assert (found.note, found.applied, found.eval_images) == (expected[1], True, 24)
    assert found.value == pytest.approx(expected[0], rel=1e-6)
    assert abs(found.value - 1) > 0.02
    np.testing.assert_allclose(scaled, scale(probabilities, found.value), atol=1e-5)
    assert plain.temperature is None
    for layer, its in zip(plain.model.layers, carrying.model.layers, strict=True):
        alike = [np.array_equal(one, two) for one, two in zip(layer.get_weights(), its.get_weights(), strict=True)]
        assert all(alike) == (layer.name != LOGITS)

    np.testing.assert_array_equal(scaled.argmax(axis=1), probabilities.argmax(axis=1))
    for first, second in ((0, 1), (0, 2), (1, 2)):
        pair = np.isin(hard.labels, (first, second))
        areas = [
            roc_auc_score(hard.labels[pair] == first, each[pair, first] - each[pair, second])
            for each in map(np.log, (probabilities, scaled))
        ]
        assert areas[0] == pytest.approx(areas[1], abs=1e-12)


def test_where_none_can_be_fitted_the_model_stays_and_both_log_and_record_say_why(small_examples, tmp_path, caplog):
    wanted = setting(epochs=1)
    model = train(small_examples, small_examples, wanted, {}).model
    before = model.get_weights()
    right = predict(model, small_examples, wanted).argmax(axis=1)
    with caplog.at_level(logging.INFO, LOGGER_NAME):
        found = carry_temperature(model, eval_batches(small_examples, wanted, 5), right)
    why = "eval wants a temperature below 0.05: every answer there is right, or nearly"
    assert f"no temperature: {why}; the model is exported as it is" in caplog.text
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    save_keras(model, tmp_path, CLASSES, 8, {}, {}, found)
    facts = json.loads((tmp_path / "model.json").read_text())
    assert facts["temperature"] == {"value": None, "note": why, "applied": False, "eval_images": 24}


def test_explanations_stay(small_examples):
    model = train(small_examples, small_examples, setting(parameters={"stages": 2, "width": 4}), {}).model
    images = as_float(small_examples.pixels).numpy()[:6]
    shown = ("gradcam", "hirescam", "counterfactual")
    both = keras.Model(model.input, [class_scores(flat_graph(model)).tensor, model.get_layer(EMBEDDING).output])

    def explain():
        maps = [GradCam(model, kind=kind).maps(images, np.arange(6) % 3, against="others") for kind in shown]
        return maps, *(values.numpy() for values in both(images))

    before, logits, embedding = explain()
    divide_logits(model, 2.5)
    after, divided, same = explain()
    np.testing.assert_allclose(divided, logits / 2.5, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(same, embedding)
    assert all(maps.any() for maps in before)
    for one, two in zip(before, after, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


def test_findings_have_no_temperature():
    with pytest.raises(ValueError, match="a sigmoid for each finding; set temperature to off"):
        TrainerConfig(task="multilabel", objective="auc", temperature="eval")
