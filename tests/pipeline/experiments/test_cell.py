"""One training of an experiment: what it may see, what it is chosen by, what is written down of it."""

import hashlib
import json
from dataclasses import dataclass, replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.base.temperature import ModelTemperature
from components.trainer.examples import Examples
from components.trainer.frozen import FeatureMemory
from components.trainer.model_fit import History
from components.trainer.networks import architecture, build_network
from components.trainer.training import Setting, Trained, train
from pipeline.config import load_config
from pipeline.experiments import cell as cell_module
from pipeline.experiments.arrays import Images
from pipeline.experiments.cell import PlannedCell, run_cell
from pipeline.experiments.division import Division
from schemas import features

PX = 16
COUNT = 96
ROWS = np.arange(COUNT)
# Interleaved, so that a side that is mistaken for another has other rows and another number of them.
DIVISION = Division("fold 0 by patient", ROWS[ROWS % 8 < 4], ROWS[(ROWS % 8 == 4) | (ROWS % 8 == 5)], ROWS[(ROWS % 8 > 5) & (ROWS > 7)])
SMALL = {"stages": 1, "width": 4}
KINDS = {
    "own CNN, group DRO": ["augmentation=transform", "trainer.robust.method=group_dro"],
    "frozen": ["augmentation=transform", "trainer.initial_weights=FILE", "trainer.body_rate=0"],
    "logistic": ["augmentation=off", "trainer.initial_weights=FILE", "trainer.body_rate=0", "trainer.head=logistic"],
}


def make_images():
    """Images of a patient each, two views behind every one; the class is in the brightness, under noise."""
    random = np.random.default_rng(6)
    labels = ROWS // 2 % 3
    pixels = (
        random.integers(0, 120, [COUNT, 3, PX, PX, 1])
        + (random.normal(35, 25, COUNT) * labels).clip(0, 135).astype(int)[:, None, None, None, None]
    )
    findings = np.zeros([COUNT, len(features.FINDINGS)], np.int64)
    findings[ROWS % 5 == 0, 0] = findings[ROWS % 7 == 0, 1] = 1
    findings[ROWS % 8 == 7] = features.NOT_STATED
    examples = Examples(
        ids=np.array([f"{row:04d}".encode() for row in ROWS]),
        labels=labels,
        findings=findings,
        sources=np.array(["a", "b"])[ROWS // 3 % 2],
        metadata=np.zeros([COUNT, 8], np.float32),
        pixels=tf.constant(pixels.reshape(-1, PX, PX, 1).astype(np.uint8)),
        first=ROWS * 3,
        versions=np.full(COUNT, 3),
    )
    return Images(examples, ROWS + 1000, np.full(COUNT, "train"), labels.astype(str), "digest")


def with_others_judged(images):
    """The same images but for those that are judged: there every pixel, label, source and finding is another."""
    examples, judged = images.examples, DIVISION.judged
    pixels, labels, sources = np.array(examples.pixels), examples.labels.copy(), examples.sources.copy()
    for version in range(3):
        pixels[examples.first[judged] + version] = 255 - pixels[examples.first[judged] + version]
    labels[judged] = (labels[judged] + 1) % 3
    sources[judged] = "c"
    return replace(images, examples=replace(examples, pixels=tf.constant(pixels), labels=labels, sources=sources))


def planned(images, *texts):
    config = load_config(None, {}, [f"transform.image_px={PX}", f"trainer.parameters={SMALL}", "trainer.batch_size=8", *texts])
    return PlannedCell("own CNN", {}, config, 7, DIVISION, lambda: images, "identity")


def run(cell):
    return run_cell(cell, "some", "own CNN", "command", FeatureMemory())


@dataclass
class Stub:
    """Stands for `train`: notes what it was given, and answers by the brightness of an image."""

    epochs: tuple[float, ...]
    best_epoch: int
    objective: str = "macro_recall"
    outputs: int = 3
    temperature: ModelTemperature | None = None

    def __call__(self, training, inner, setting, values, memory):
        self.training, self.inner, self.setting, self.values = training, inner, setting, values
        image = keras.Input([PX, PX, 1])
        dense = keras.layers.Dense(self.outputs, activation="softmax")
        model = keras.Model(image, dense(keras.layers.GlobalAveragePooling2D()(image)))
        dense.set_weights([self.kernel, np.zeros(self.outputs)])
        epochs = [{"epoch": place + 1, f"val_{self.objective}": score} for place, score in enumerate(self.epochs)]
        history = History(epochs, [("all", len(epochs))], self.best_epoch, "epochs", 1.5)
        return Trained(model, history, {}, {"initial_weights": "none"}, self.temperature)

    @property
    def kernel(self):
        return np.arange(self.outputs, dtype=np.float32)[np.newaxis]

    def answers(self, images, rows):
        bright = np.array(images.examples.pixels, np.float32)[images.examples.first[rows]].mean(axis=(1, 2)) / 255
        powers = np.exp(bright @ self.kernel)
        return powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture
def stubbed(monkeypatch):
    def put(*args, **kwargs):
        stub = Stub(*args, **kwargs)
        monkeypatch.setattr(cell_module, "train", stub)
        return stub

    return put


def test_training_is_given_the_train_rows_and_the_inner_rows_and_no_judged_one(stubbed):
    stub, images = stubbed((0.5,), 1), make_images()
    run(planned(images))
    ids = images.examples.ids
    assert stub.training.ids.tolist() == ids[DIVISION.train].tolist()
    assert stub.inner.ids.tolist() == ids[DIVISION.inner_eval].tolist()
    assert not {*stub.training.ids, *stub.inner.ids} & {*ids[DIVISION.judged]}
    # Nothing that a search chose comes over the configuration, and the seed is that of the training.
    assert (stub.values, stub.setting.seed) == ({}, 7)


def test_what_is_judged_is_answered_in_its_order(stubbed):
    stub, images = stubbed((0.5,), 1), make_images()
    result, judged = run(planned(images)), DIVISION.judged
    told = result.predictions
    np.testing.assert_allclose(np.array(told.probabilities) / 10_000, stub.answers(images, judged), atol=6e-5)
    assert told.label == tuple(images.examples.labels[judged])
    assert told.group == tuple(images.groups[judged])
    assert [told.source.names[index] for index in told.source.index] == images.examples.sources[judged].tolist()
    assert told.order == hashlib.sha256(images.examples.ids[judged].tobytes()).hexdigest()[:16]
    assert result.training_images == len(DIVISION.train)


def test_findings_that_are_not_stated_are_not_judged(stubbed):
    stub = stubbed((0.5,), 1, objective="auc", outputs=len(features.FINDINGS))
    images = make_images()
    told = run(planned(images, "trainer.task=multilabel", "trainer.objective=auc")).predictions
    stated = DIVISION.judged[DIVISION.judged % 8 != 7]
    assert 0 < len(stated) < len(DIVISION.judged)
    assert told.group == tuple(images.groups[stated])
    assert told.label == tuple(tuple(row) for row in images.examples.findings[stated])
    np.testing.assert_allclose(np.array(told.probabilities) / 10_000, stub.answers(images, stated), atol=6e-5)


def test_a_result_notes_the_configuration_at_its_defaults_too_and_no_path(stubbed, weights):
    stubbed((0.5,), 1)
    texts = ["trainer.patience=3", f"trainer.initial_weights={weights}", "data.private_dir=/somewhere/private"]
    result = run(planned(make_images(), *texts))
    noted = result.configuration
    assert set(noted) == {"seed", "augmentation", "transform", "trainer"}
    assert (noted["transform"]["image_px"], noted["trainer"]["patience"], noted["trainer"]["schedule"]) == (PX, 3, "cosine")
    assert noted["trainer"]["initial_weights"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert "/" not in json.dumps(noted)
    assert len(json.dumps(noted)) < 2000


def test_a_result_notes_whether_its_images_are_the_phantom(stubbed, tmp_path):
    stubbed((0.5,), 1)
    cell = planned(make_images())
    assert run(cell).phantom
    assert not run(replace(cell, config=load_config(None, {}, [f"transform.image_px={PX}"], [f"manifest={tmp_path}"]))).phantom


@pytest.mark.parametrize(("best_epoch", "score"), [(1, 0.6), (2, 0.9), (3, 0.5), (4, 0.7)])
def test_the_inner_score_is_that_of_the_epoch_that_was_kept(stubbed, best_epoch, score):
    stubbed((0.6, 0.9, 0.5, 0.7), best_epoch)
    result = run(planned(make_images()))
    assert (result.inner_score, result.best_epoch, result.epochs) == (score, best_epoch, 4)


def test_a_temperature_that_could_not_be_fitted_is_noted(stubbed):
    stubbed((0.5,), 1, temperature=ModelTemperature(value=None, note="all right", applied=False, eval_images=9))
    assert run(planned(make_images())).notes == ("no temperature: all right",)
    stubbed((0.5,), 1, temperature=ModelTemperature(value=1.5, note="", applied=True, eval_images=9))
    assert run(planned(make_images())).notes == ()


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of weights for a body."""
    keras.utils.set_random_seed(2)
    path = tmp_path_factory.mktemp("weights") / "model.keras"
    setting = Setting(load_config(None, {}, []).trainer, ("a", "b", "c"), PX, "off", 3)
    build_network("own_cnn", {**architecture("own_cnn").DEFAULTS, **SMALL}, setting.spec).model.save(path)
    return path


def trained_on(images, kind, weights):
    """Train in earnest; give the result and what it was made of: the weights, the history without times, answers on the inner images."""
    kept = {}

    def spy(*args, **kwargs):
        trained = train(*args, **kwargs)
        inner = np.array(images.examples.pixels, np.float32)[images.examples.first[DIVISION.inner_eval]] / 255
        kept["answers"] = trained.model.predict_on_batch(inner)
        kept["weights"] = trained.model.get_weights()
        kept["epochs"] = [{name: value for name, value in epoch.items() if name != "seconds"} for epoch in trained.history.epochs]
        return trained

    texts = [text.replace("FILE", str(weights)) for text in KINDS[kind]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cell_module, "train", spy)
        result = run(planned(images, "trainer.epochs=2", "trainer.learning_rate=0.02", *texts))
    return result, kept


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_judged_image_reaches_the_network_or_the_choice_of_its_epoch(kind, weights):
    images = make_images()
    result, kept = trained_on(images, kind, weights)
    other, again = trained_on(with_others_judged(images), kind, weights)
    assert kept["epochs"] == again["epochs"]
    assert (result.best_epoch, result.inner_score) == (other.best_epoch, other.inner_score)
    for left, right in zip(kept["weights"], again["weights"], strict=True):
        np.testing.assert_array_equal(left, right)
    # The others were others indeed.
    assert result.predictions.probabilities != other.predictions.probabilities
    assert result.predictions.label != other.predictions.label
    # The score is what the network that was kept reaches on the inner images.
    truth, said = images.examples.labels[DIVISION.inner_eval], kept["answers"].argmax(axis=1)
    assert result.inner_score == pytest.approx(np.mean([(said == label)[truth == label].mean() for label in range(3)]), abs=1e-6)
