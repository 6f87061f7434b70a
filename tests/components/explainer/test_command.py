"""Single images by the command line, on a tiny model."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.explainer.__main__ import main, model_folder
from components.explainer.trained_model import load_model
from components.trainer.export import save_keras
from components.trainer.network import METADATA, METADATA_SIZE
from components.transform.config import HarmoniseConfig
from components.transform.preprocess import standardised_pixels

CLASSES = ["normal", "pneumonia", "covid19"]
PX = 16


def build(metadata=False):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((PX, PX, 1), name="image")
    maps = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(inputs)
    pooled = keras.layers.GlobalAveragePooling2D(name="embedding")(maps)
    further = [keras.Input((METADATA_SIZE,), name=METADATA)] if metadata else []
    features = keras.layers.Concatenate()([pooled, *further]) if metadata else pooled
    logits = keras.layers.Dense(3, name="logits")(features)
    outputs = keras.layers.Activation("softmax", name="probabilities")(logits)
    return keras.Model([inputs, *further] if metadata else inputs, outputs, name="tiny")


@pytest.fixture
def place(tmp_path):
    """A model in a run of an output folder, and two images."""
    keras_folder = tmp_path / "out" / "pipeline" / "name" / "trainer" / "model" / "3" / "keras"
    save_keras(build(), keras_folder, CLASSES, PX, HarmoniseConfig(histogram="equalise").model_dump(), {})
    run = tmp_path / "out" / "runs" / "20260101-000000-00"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"model": "pipeline/name/trainer/model/3"}))
    random = np.random.default_rng(1)
    for name in ("MUSTERMANN_1.png", "other.jpg"):
        Image.fromarray(random.integers(0, 256, (50, 60), np.uint8)).save(tmp_path / name)
    return tmp_path


def call(place, *arguments, images=("MUSTERMANN_1.png", "other.jpg"), model="out"):
    return main([*(str(place / name) for name in images), "--model", str(place / model), "--output", str(place / "drawn"), *arguments])


def test_the_probabilities_are_those_of_the_pipelines_preprocessing(place, capsys):
    assert call(place, "--format", "json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    model = load_model(model_folder(place / "out"))
    encoded = tf.constant([(place / "MUSTERMANN_1.png").read_bytes()])
    pixels = standardised_pixels(encoded, PX, HarmoniseConfig(histogram="equalise")).numpy()
    expected = model.network(pixels.astype(np.float32) / 255).numpy()[0]
    np.testing.assert_allclose([rows[0]["probabilities"][name] for name in CLASSES], expected, atol=1e-6)
    assert rows[0]["explained_class"] == CLASSES[int(expected.argmax())]


def test_each_image_has_a_picture_whose_name_tells_no_name(place, capsys):
    assert call(place) == 0
    pictures = sorted((place / "drawn").iterdir())
    assert len(pictures) == 2
    assert not [path for path in pictures if "muster" in path.name.lower() or "other" in path.name]
    with Image.open(pictures[0]) as picture:
        assert picture.size == (512, 256)
        left, right = np.asarray(picture)[:, :256].astype(int), np.asarray(picture)[:, 256:].astype(int)
    assert (left[..., 0] == left[..., 2]).all()
    assert (right[..., 0] != right[..., 2]).any()
    told = capsys.readouterr().out
    assert all(str(path) in told for path in pictures)


def test_twice_the_same_bytes(place):
    assert call(place) == 0
    first = {path.name: path.read_bytes() for path in (place / "drawn").iterdir()}
    assert call(place) == 0
    assert {path.name: path.read_bytes() for path in (place / "drawn").iterdir()} == first


def test_a_class_may_be_named(place, capsys):
    assert call(place, "--class", "covid19", "--format", "json") == 0
    assert {json.loads(line)["explained_class"] for line in capsys.readouterr().out.splitlines()} == {"covid19"}
    assert all(path.name.endswith("-covid19.png") for path in (place / "drawn").iterdir())


def test_a_model_with_metadata_says_that_they_count_as_unknown(place, capsys):
    save_keras(build(metadata=True), place / "other", CLASSES, PX, {}, {})
    assert call(place, model="other") == 0
    assert "count as unknown" in capsys.readouterr().err


def test_what_is_wrong_is_said(place, capsys):
    (place / "text.png").write_text("no image")
    (place / "empty").mkdir()
    cases = [
        (call(place, images=["text.png"]), 3, "text.png"),
        (call(place, images=["absent.png"]), 3, "absent.png"),
        (call(place, "--class", "covid"), 2, "normal, pneumonia, covid19"),
        (call(place, "--layer", "convo"), 2, "--layer: the model has no layer 'convo'; did you mean 'conv'"),
        (call(place, model="empty"), 2, "holds no run"),
        (call(place, model="nowhere"), 2, "no such folder"),
    ]
    told = capsys.readouterr().err.splitlines()
    assert len(told) == len(cases)
    for (code, expected, text), line in zip(cases, told, strict=True):
        assert code == expected, line
        assert line.startswith("error: ")
        assert text in line
    assert not (place / "drawn").exists()


def test_a_run_without_a_model(place, capsys):
    (place / "out" / "runs" / "20260101-000000-00" / "run.json").write_text("{}")
    assert call(place) == 2
    assert "no trained model" in capsys.readouterr().err
