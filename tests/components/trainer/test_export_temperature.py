"""A temperature in the exported model: every signature, model.keras, and what lies beside them."""

import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.base.temperature import ModelTemperature, fit_temperature, scale
from components.trainer.config import TrainerConfig
from components.trainer.examples import read_examples
from components.trainer.run import run_fn
from components.trainer.training_data import load_training_data
from schemas import features


@dataclasses.dataclass(frozen=True)
class Exported:
    """A model as run_fn wrote it, and its answers to the eval images in the order of their ids."""

    serving: Path
    answers: dict[str, np.ndarray]
    labels: np.ndarray

    @property
    def facts(self) -> dict:
        return json.loads((self.serving.parent / "keras" / "model.json").read_text())


def exported(run, folder: Path, temperature: str) -> Exported:
    """Train for one epoch, which leaves answers that are wrong, and ask what was exported."""
    (folder / "model_run").mkdir(parents=True)
    trainer = TrainerConfig(epochs=1, batch_size=8, temperature=temperature).model_dump()
    places = {"serving_model_dir": str(folder / "model" / "Format-Serving"), "model_run_dir": str(folder / "model_run")}
    fn_args = run.fn_args
    given = {name: getattr(fn_args, name) for name in ("train_files", "eval_files", "transform_graph_path", "hyperparameters")}
    run_fn(type(fn_args)(**given, **places, custom_config={**fn_args.custom_config, "trainer": trainer}))
    serving = Path(places["serving_model_dir"])
    records = [
        tf.train.Example.FromString(each) for each in tf.data.TFRecordDataset(str(run.records / "eval" / "part-00000")).as_numpy_iterator()
    ]
    records.sort(key=lambda example: example.features.feature[features.ID].bytes_list.value[0])
    raw = tf.constant([example.SerializeToString() for example in records])
    images = tf.constant([example.features.feature[features.ENCODED].bytes_list.value[0] for example in records])
    signatures = tf.saved_model.load(str(serving)).signatures
    transformed = read_examples(fn_args.eval_files, 32)
    network = keras.models.load_model(serving.parent / "keras" / "model.keras")
    pixels = tf.cast(tf.gather(transformed.pixels, transformed.first), tf.float32) / 255.0
    answers = {
        "serving_default": signatures["serving_default"](examples=raw)["probabilities"].numpy(),
        "encoded_images": signatures["encoded_images"](images=images)["probabilities"].numpy(),
        "embeddings": signatures["embeddings"](examples=raw)["probabilities"].numpy(),
        "model.keras": network.predict(pixels, verbose=0),
    }
    return Exported(serving, answers, transformed.labels)


@pytest.fixture(scope="module")
def models(finished_run, tmp_path_factory):
    """The same training with and without the temperature."""
    return {word: exported(finished_run, tmp_path_factory.mktemp(word), word) for word in ("off", "eval")}


def test_every_exported_form_gives_the_scaled_probabilities(models):
    plain, carrying = models["off"], models["eval"]
    value = carrying.facts["temperature"]["value"]
    assert abs(value - 1) > 0.05
    for name, answers in carrying.answers.items():
        np.testing.assert_allclose(answers, scale(plain.answers[name], value), atol=1e-5, err_msg=name)
        np.testing.assert_array_equal(answers.argmax(axis=1), plain.answers[name].argmax(axis=1))
    assert value == pytest.approx(fit_temperature(plain.labels, plain.answers["serving_default"])[0], rel=1e-4)


def test_what_lies_beside_the_model_says_so(models):
    carrying = models["eval"]
    value = carrying.facts["temperature"]["value"]
    assert carrying.facts["temperature"] == {"value": value, "note": "", "applied": True, "eval_images": 12}
    assert load_training_data(carrying.serving).temperature == ModelTemperature(value=value, note="", applied=True, eval_images=12)


def test_off_writes_what_was_written_before_there_was_a_temperature(models):
    plain = models["off"]
    assert list(plain.facts) == ["classes", "image_px", "harmonise", "parameters", "architecture"]
    assert load_training_data(plain.serving).temperature is None
    assert "temperature" not in (plain.serving / "assets.extra" / "training.json").read_text()
    assert "temperature" not in (plain.serving.parents[1] / "model_run" / "history.json").read_text()
