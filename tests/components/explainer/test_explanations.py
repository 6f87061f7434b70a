"""What the node writes, on a tiny model and tiny artifacts."""

import io
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tfx.types import channel, standard_artifacts

from components.base import artifacts
from components.base.errors import UserError
from components.explainer.component import Explainer
from components.explainer.config import AceConfig, ExplainerConfig, GradcamConfig
from components.explainer.executor import Executor
from components.explainer.explanations import test_rows as rows_of_test
from components.explainer.explanations import write_explanations
from components.explainer.faithfulness.config import FaithfulnessConfig
from components.explainer.gradcam import GradCam
from components.explainer.trained_model import load_model
from components.explainer.transformed_images import read_images
from components.predictions.table import Predictions

CLASSES = ["normal", "pneumonia", "covid19"]
PX = 12
SMALL = AceConfig(images=6, resolutions=(6, 12), clusters=3, random_sets=5, min_members=6, reclusterings=1, random_orders=1)
COUNT = 18
IDS = [f"{row:016x}" for row in range(COUNT)]
PIXELS = np.random.default_rng(5).integers(0, 256, (COUNT, PX, PX), np.uint8)


def write_model(folder):
    keras.utils.set_random_seed(5)
    inputs = keras.Input((PX, PX, 1), name="image")
    maps = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(inputs)
    logits = keras.layers.Dense(3, name="logits")(keras.layers.GlobalAveragePooling2D(name="embedding")(maps))
    model = keras.Model(inputs, keras.layers.Activation("softmax", dtype="float32", name="probabilities")(logits))
    (folder / "keras").mkdir(parents=True)
    model.save(folder / "keras" / "model.keras")
    (folder / "keras" / "model.json").write_text(json.dumps({"classes": CLASSES, "image_px": PX, "parameters": {}}))
    return model


def write_records(path, ids=IDS, pixels=PIXELS):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for image_id, image in zip(ids, pixels, strict=True):
            feature = {"id": image_id.encode(), "image": image.tobytes(), "source": b"a", "sex": b"M", "view": b"AP"}
            values = {key: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value])) for key, value in feature.items()}
            values["age"] = tf.train.Feature(int64_list=tf.train.Int64List(value=[int(image_id, 16) % 50]))
            writer.write(tf.train.Example(features=tf.train.Features(feature=values)).SerializeToString())
    return path


def predictions_of(model, split="test"):
    label_index = np.arange(COUNT) % 3
    return Predictions(
        classes=np.array(CLASSES),
        id=np.array(IDS),
        group=np.array(IDS),
        source=np.array(["a", "b"] * (COUNT // 2)),
        split=np.array(["eval"] * 2 + [split] * (COUNT - 2)),
        view=np.array(["PA"] * COUNT),
        label=np.array(CLASSES)[label_index],
        label_index=label_index,
        probabilities=model(PIXELS[..., None].astype(np.float32) / 255).numpy(),
        embedding=np.zeros((COUNT, 4), np.float32),
    )


@pytest.fixture
def inputs(tmp_path):
    """The node's inputs on disk."""
    model = write_model(tmp_path / "model")
    files = [
        write_records(
            tmp_path / "examples" / "Split-test" / f"transformed_examples-0000{shard}-of-00002.gz", IDS[shard::2], PIXELS[shard::2]
        )
        for shard in range(2)
    ]
    write_records(tmp_path / "ingested" / "Split-test" / "examples-00000-of-00001.gz")
    table = predictions_of(model)
    (tmp_path / "predictions").mkdir()
    table.save(tmp_path / "predictions")
    return {"folder": tmp_path, "model": model, "files": files, "table": table}


def explain(inputs, folder, **config):
    model = load_model(inputs["folder"] / "model" / "keras")
    raw_files = list((inputs["folder"] / "ingested").rglob("*.gz"))
    return write_explanations(
        model, rows_of_test(inputs["table"], model), inputs["files"], raw_files, None, GradcamConfig(**config), 1, folder
    )


def test_everything_is_written_and_agrees(inputs, tmp_path):
    folder = tmp_path / "out"
    document = explain(inputs, folder, max_images=9, batch_size=4)
    assert json.loads((folder / "explanations.json").read_text()) == document
    assert (document["method"], document["layer"], document["image_px"], document["classes"]) == ("Grad-CAM", "conv", PX, CLASSES)
    assert len(document["examples"]) == 9
    assert sum(cell["shown"] for cell in document["cells"]) == 9
    assert sum(cell["available"] for cell in document["cells"]) == COUNT - 2
    table = inputs["table"]
    with np.load(folder / "maps.npz", allow_pickle=False) as maps:
        assert set(maps.files) == {example["id"] for example in document["examples"]}
        for example in document["examples"]:
            row = IDS.index(example["id"])
            assert row >= 2  # rows 0 and 1 are of the eval split
            predicted = int(table.probabilities[row].argmax())
            assert example["predicted"] == example["explained_class"] == CLASSES[predicted]
            assert example["label"] == CLASSES[row % 3]
            assert example["correct"] == (predicted == row % 3)
            assert example["source"] == "ab"[row % 2]
            np.testing.assert_allclose([example["probabilities"][name] for name in CLASSES], table.probabilities[row])
            image = PIXELS[row, :, :, None][None].astype(np.float32) / 255
            expected = GradCam(inputs["model"]).maps(image, [predicted], against="others")[0]
            np.testing.assert_allclose(maps[example["id"]], expected, atol=1e-5)
            assert Image.open(io.BytesIO((folder / example["image"]).read_bytes())).size == (264, 264)
            assert Image.open(io.BytesIO((folder / example["overlay"]).read_bytes())).mode == "RGB"


def test_twice_the_same_bytes(inputs, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    explain(inputs, first)
    explain(inputs, second)
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(names) > 4
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_images_come_in_the_order_asked(inputs):
    wanted = [IDS[7], IDS[0], IDS[4]]
    found, metadata = read_images(inputs["files"], wanted, PX)
    np.testing.assert_array_equal(found, PIXELS[[7, 0, 4]])
    np.testing.assert_allclose(metadata[:, 0], [int(name, 16) % 50 / 100 for name in wanted], rtol=1e-6)
    np.testing.assert_array_equal(metadata[:, 1:], [[1, 0, 1, 0, 1, 0, 0]] * 3)


def test_an_absent_image_is_named(inputs):
    with pytest.raises(UserError, match=r"1 of 2 images .* first ffff"):
        read_images(inputs["files"], [IDS[0], "ffff"], PX)


def test_an_image_of_another_size_is_refused(inputs):
    with pytest.raises(UserError, match="144 bytes, not 16 x 16"):
        read_images(inputs["files"], IDS, 16)


def test_damaged_records_are_refused(inputs):
    content = inputs["files"][0].read_bytes()
    half = len(content) // 2
    inputs["files"][0].write_bytes(content[:half] + bytes(byte ^ 0xFF for byte in content[half:]))
    with pytest.raises(UserError, match="cannot be read"):
        read_images(inputs["files"], IDS, PX)


def test_other_classes_are_refused(inputs, tmp_path):
    (inputs["folder"] / "model" / "keras" / "model.json").write_text(json.dumps({"classes": CLASSES[::-1], "image_px": PX}))
    with pytest.raises(UserError, match="run predictions again"):
        explain(inputs, tmp_path / "out")


def test_no_test_image(inputs, tmp_path):
    inputs["table"] = predictions_of(inputs["model"], split="eval")
    with pytest.raises(UserError, match="no image of the test split"):
        explain(inputs, tmp_path / "out")


@pytest.mark.parametrize("damage", ["absent json", "absent model", "damaged model", "bad json"])
def test_a_model_that_cannot_be_loaded(inputs, damage):
    folder = inputs["folder"] / "model"
    file = folder / "keras" / ("model.json" if "json" in damage else "model.keras")
    if "absent" in damage:
        file.unlink()
    else:
        file.write_bytes(b"{}")
    with pytest.raises(UserError, match="run the trainer again"):
        load_model(folder / "keras")


def test_code_in_a_model_file_is_not_run(inputs):
    tensor = keras.Input((PX, PX, 1))
    model = keras.Model(tensor, keras.layers.Flatten()(keras.layers.Lambda(lambda values: values + 1)(tensor)))
    model.save(inputs["folder"] / "model" / "keras" / "model.keras")
    with pytest.raises(UserError, match="run the trainer again"):
        load_model(inputs["folder"] / "model" / "keras")


def artifact_of(kind, uri, **properties):
    made = kind()
    made.uri = str(uri)
    for name, value in properties.items():
        setattr(made, name, value)
    return [made]


def node_inputs(folder, split_names='["train", "eval", "test"]'):
    return {
        "examples": artifact_of(standard_artifacts.Examples, folder / "ingested", split_names=split_names),
        "model": artifact_of(standard_artifacts.Model, folder / "model"),
        "predictions": artifact_of(artifacts.Predictions, folder / "predictions"),
        "transformed_examples": artifact_of(standard_artifacts.Examples, folder / "examples", split_names=split_names),
    }


def run(inputs, ace_stages=1, **overrides):
    outputs = {
        "explanations": artifact_of(artifacts.Explanations, inputs["folder"] / "explanations"),
        "concepts": artifact_of(artifacts.Concepts, inputs["folder"] / "concepts"),
    }
    config = ExplainerConfig(
        gradcam=GradcamConfig(max_images=4), ace=SMALL, faithfulness=FaithfulnessConfig(steps=4, draws=200, ace_stages=ace_stages)
    )
    properties = {"config": config.model_dump_json(), "seed": 3, "code_digest": "0", "phantom": "", "phantom_dir": ""}
    Executor().Do({**node_inputs(inputs["folder"]), **overrides}, outputs, properties)
    return inputs["folder"] / "explanations"


def test_executor(inputs):
    document = json.loads((run(inputs) / "explanations.json").read_text())
    assert len(document["examples"]) == 4
    concepts = json.loads((inputs["folder"] / "concepts" / "concepts.json").read_text())
    assert list(concepts["classes"]) == ["covid19"]
    assert set(concepts["left_out"]) == {"normal", "pneumonia"}
    check = concepts["classes"]["covid19"]["randomisation"]
    assert set(check["methods"]) | set(check["not_run"]) == {"Grad-CAM", "ACE"}
    assert [stage["layer"] for stage in check["methods"]["Grad-CAM"]] == ["logits", "conv"]
    rows = concepts["classes"]["covid19"]["faithfulness"]["rows"]
    assert {row["measure"] for row in rows} >= {"last_layer_random", "all_layers_random"}


def test_a_check_that_is_switched_off_is_named(inputs):
    run(inputs, ace_stages=0)
    concepts = json.loads((inputs["folder"] / "concepts" / "concepts.json").read_text())
    check = concepts["classes"]["covid19"]["randomisation"]
    assert list(check["methods"]) == ["Grad-CAM"]
    assert check["not_run"] == {"ACE": "not asked for (explainer.faithfulness.ace_stages)"}


def test_executor_without_the_test_split(inputs):
    examples = node_inputs(inputs["folder"], '["train"]')["transformed_examples"]
    with pytest.raises(UserError, match='no split "test"'):
        run(inputs, transformed_examples=examples)


def test_executor_with_an_empty_test_split(inputs):
    for file in inputs["files"]:
        file.unlink()
    with pytest.raises(UserError, match='"test" of the transformed examples is empty'):
        run(inputs)


def test_executor_without_predictions(inputs):
    (inputs["folder"] / "predictions" / "predictions.npz").unlink()
    with pytest.raises(UserError, match=r"holds no predictions\.npz"):
        run(inputs)


def test_component_wires_its_types():
    node = Explainer(
        examples=channel.Channel(type=standard_artifacts.Examples),
        model=channel.Channel(type=standard_artifacts.Model),
        transformed_examples=channel.Channel(type=standard_artifacts.Examples),
        predictions=channel.Channel(type=artifacts.Predictions),
        config=ExplainerConfig().model_dump_json(),
        seed=1,
        phantom=None,
        phantom_dir="",
        code_digest="0",
    ).with_id("explainer")
    assert node.outputs["explanations"].type is artifacts.Explanations
    assert node.outputs["concepts"].type is artifacts.Concepts
    assert node.exec_properties["seed"] == 1
