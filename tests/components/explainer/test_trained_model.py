"""Loading a trained model, and what does not fit."""

import json
import zipfile

import keras
import pytest

from components.base.errors import UserError
from components.explainer.trained_model import load_model
from components.trainer.export import save_keras

CLASSES = ["normal", "pneumonia", "covid19"]
PX = 8


def build(px=PX):
    inputs = keras.Input((px, px, 1), name="image")
    maps = keras.layers.Conv2D(2, 3, name="conv")(inputs)
    outputs = keras.layers.Dense(3, activation="softmax")(keras.layers.GlobalAveragePooling2D()(maps))
    return keras.Model(inputs, outputs, name="tiny")


@pytest.fixture
def folder(tmp_path):
    save_keras(build(), tmp_path / "model", CLASSES, PX, {"histogram": "clahe"}, {"width": 2})
    return tmp_path / "model"


def test_what_was_saved_is_loaded(folder):
    model = load_model(folder)
    assert (model.classes, model.image_px, model.harmonise.histogram) == (tuple(CLASSES), PX, "clahe")
    assert len(model.network.get_weights()) == len(build().get_weights())


def test_a_network_for_images_of_any_size_fits_any_side(folder):
    save_keras(build(None), folder, CLASSES, 48, {}, {})
    assert load_model(folder).image_px == 48


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"classes": CLASSES[:2]}, "it names 2 classes (normal, pneumonia), and the network has 3 outputs"),
        ({"classes": [*CLASSES, "other"]}, "it names 4 classes (normal, pneumonia, covid19, other), and the network has 3 outputs"),
        ({"classes": ["a", "a", "b"]}, "it names a class twice (a, a, b)"),
        ({"classes": "abc"}, "classes: Input should be a valid array"),
        ({"classes": ["a", "", "b"]}, "classes.1: String should have at least 1 character"),
        ({"image_px": 0}, "image_px: Input should be greater than or equal to 1"),
        ({"image_px": 9}, "its image_px is 9, and the network takes images of 8 x 8 x 1"),
        ({"image_px": None}, "image_px: Input should be a valid integer"),
        ({"harmonise": {"histogramm": "match"}}, "harmonise.histogramm: Extra inputs are not permitted"),
        ({"harmonise": {"histogram": "other"}}, "harmonise.histogram: Input should be"),
    ],
)
def test_a_model_json_that_does_not_fit_is_named_with_the_reason_in_one_line(folder, changed, reason):
    file = folder / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))
    with pytest.raises(UserError) as caught:
        load_model(folder)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(str(file))
    assert reason in line


@pytest.mark.parametrize("content", [None, b"", b"{", b"[1]", b"{}", b"\xff"])
def test_a_model_json_that_is_missing_or_damaged_is_named(folder, content):
    file = folder / "model.json"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UserError, match=r"model\.json is missing or damaged \(.+\); run the trainer again") as caught:
        load_model(folder)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("damage", ["absent", "no archive", "cut", "flipped", "of another kind"])
def test_a_model_keras_that_is_missing_or_damaged_is_named(folder, damage):
    file = folder / "model.keras"
    content = bytearray(file.read_bytes())
    file.unlink()
    if damage == "no archive":
        file.write_bytes(b"{}")
    elif damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[content.index(b'"class_name"')] ^= 0xFF
        file.write_bytes(content)
    elif damage == "of another kind":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("other", "text")
    with pytest.raises(UserError, match=r"model\.keras is missing or damaged \(.+\); run the trainer again") as caught:
        load_model(folder)
    assert len(str(caught.value).splitlines()) == 1


def test_a_network_for_colour_is_none_of_ours(folder):
    inputs = keras.Input((PX, PX, 3))
    maps = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 3)(inputs))
    save_keras(keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(maps)), folder, CLASSES, PX, {}, {})
    with pytest.raises(UserError, match="its image_px is 8, and the network takes images of 8 x 8 x 3"):
        load_model(folder)
