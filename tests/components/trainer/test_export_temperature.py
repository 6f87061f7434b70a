"""A temperature in the exported model: every signature, model.keras, and what lies beside them."""

import copy
import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.base.temperature import ModelTemperature, fit_temperature, scale
from components.trainer.config import TrainerConfig
from components.trainer.examples import as_float, read_examples
from components.trainer.run import run_fn
from components.trainer.training import Setting, train
from components.trainer.training_data import FILE_NAME, FOLDER, load_training_data
from schemas import features

EPOCHS = 1  # leaves wrong answers on eval, without which there is no temperature


@dataclasses.dataclass(frozen=True)
class Exported:
    """A model that run_fn exported with a temperature, and the same training without one.

    Attributes:
      serving: folder of the SavedModel.
      answers: signature, or model.keras, to its probabilities of the eval images, in the order of their ids.
      plain: the probabilities that the network has where the temperature is off.
      labels: of these images.
    """

    serving: Path
    answers: dict[str, np.ndarray]
    plain: np.ndarray
    labels: np.ndarray


def model_json(serving: Path) -> dict:
    return json.loads((serving.parent / "keras" / "model.json").read_text())


@pytest.fixture(scope="module")
def exported(finished_run, tmp_path_factory) -> Exported:
    folder, given = tmp_path_factory.mktemp("carrying"), copy.copy(finished_run.fn_args)
    (folder / "model_run").mkdir()
    serving = folder / "model" / "Format-Serving"
    given.serving_model_dir, given.model_run_dir = str(serving), str(folder / "model_run")
    config = TrainerConfig(epochs=EPOCHS, batch_size=8, temperature="eval")
    given.custom_config = {**given.custom_config, "trainer": config.model_dump()}
    run_fn(given)
    seen, judged = (read_examples(files, 32) for files in (given.train_files, given.eval_files))
    off = Setting(config.model_copy(update={"temperature": "off"}), tuple(given.custom_config["classes"]), 32, "both", 7)
    pixels = as_float(tf.gather(judged.pixels, judged.first))
    plain = train(seen, judged, off, given.hyperparameters["values"]).model(pixels, training=False).numpy()
    network = keras.models.load_model(serving.parent / "keras" / "model.keras")
    answers = ask(serving, finished_run.records / "eval" / "part-00000")
    return Exported(serving, {**answers, "model.keras": network(pixels, training=False).numpy()}, plain, judged.labels)


def ask(serving: Path, records: Path) -> dict[str, np.ndarray]:
    """Ask every signature about the images, in the order of their ids."""
    examples = [tf.train.Example.FromString(each) for each in tf.data.TFRecordDataset(str(records)).as_numpy_iterator()]
    examples.sort(key=lambda example: example.features.feature[features.ID].bytes_list.value[0])
    raw = {"examples": tf.constant([example.SerializeToString() for example in examples])}
    images = {"images": tf.constant([example.features.feature[features.ENCODED].bytes_list.value[0] for example in examples])}
    signatures = tf.saved_model.load(str(serving)).signatures
    given = {"serving_default": raw, "encoded_images": images, "embeddings": raw}
    return {name: signatures[name](**feeds)["probabilities"].numpy() for name, feeds in given.items()}


def test_every_exported_form_gives_the_scaled_probabilities(exported):
    value = model_json(exported.serving)["temperature"]["value"]
    assert abs(value - 1) > 0.05
    assert value == pytest.approx(fit_temperature(exported.labels, exported.plain)[0], rel=1e-5)
    assert set(exported.answers) == {"serving_default", "encoded_images", "embeddings", "model.keras"}
    for name, answers in exported.answers.items():
        np.testing.assert_allclose(answers, scale(exported.plain, value), atol=1e-5, err_msg=name)
        np.testing.assert_array_equal(answers.argmax(axis=1), exported.plain.argmax(axis=1))


def test_what_lies_beside_the_model_says_so(exported):
    told = model_json(exported.serving)["temperature"]
    assert told == {"value": told["value"], "note": "", "applied": True, "eval_images": 12}
    assert load_training_data(exported.serving).temperature == ModelTemperature(**told)


def test_off_writes_nothing_of_a_temperature(finished_run):
    serving = Path(finished_run.fn_args.serving_model_dir)
    assert list(model_json(serving)) == ["classes", "image_px", "harmonise", "parameters", "architecture"]
    assert load_training_data(serving).temperature is None
    assert "temperature" not in (serving / FOLDER / FILE_NAME).read_text()
    assert "temperature" not in (Path(finished_run.fn_args.model_run_dir) / "history.json").read_text()
