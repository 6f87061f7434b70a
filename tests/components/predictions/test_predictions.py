import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tfx.types import artifact_utils, channel_utils, standard_artifacts

from components.base import artifacts
from components.base.errors import UserError
from components.predictions.component import PredictionsWriter
from components.predictions.executor import Executor
from components.predictions.predict import predict
from components.predictions.table import Predictions
from schemas import features

CLASSES = ("normal", "pneumonia", "covid19")


class Reader(tf.Module):
    """A model that reads a number in [0, 1] out of the example and divides it among the classes."""

    def __init__(self, scale):
        super().__init__()
        self.scale = tf.Variable(scale)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def embeddings(self, examples):
        encoded = tf.io.parse_example(examples, {features.ENCODED: tf.io.FixedLenFeature([], tf.string)})[features.ENCODED]
        number = tf.strings.to_number(encoded)
        rest = (1 - number) / 2
        return {
            "probabilities": self.scale * tf.stack([rest, number, rest], axis=1),
            "embedding": tf.stack([number, 10 * number], axis=1),
        }


def save_model(folder, scale=1.0):
    model = Reader(scale)
    tf.saved_model.save(model, str(folder / "Format-Serving"), signatures={"embeddings": model.embeddings})
    return folder / "Format-Serving"


def example(number, label="normal", split="test", label_index=None, **extra):
    texts = {
        features.ENCODED: str(number),
        features.ID: f"{round(number * 1000):016x}",
        features.GROUP: f"{round(number * 1000) // 2:016x}",
        features.SOURCE: "nih",
        features.VIEW: "AP",
        features.LABEL: label,
        features.SPLIT: split,
        **{features.extra(column): value for column, value in extra.items()},
    }
    feature = {name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value.encode()])) for name, value in texts.items()}
    index = CLASSES.index(label) if label_index is None else label_index
    feature[features.LABEL_INDEX] = tf.train.Feature(int64_list=tf.train.Int64List(value=[index]))
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def write(path, *examples):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path), "GZIP" if path.suffix == ".gz" else "") as writer:
        for serialized in examples:
            writer.write(serialized)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("model"))


def test_node_writes_eval_and_test(model, tmp_path):
    for split, numbers in (("train", [0.9]), ("eval", [0.5, 0.25]), ("test", [0.75, 0.125, 0.375])):
        halves = [numbers[:1], numbers[1:]]
        for shard, half in enumerate(halves):
            path = tmp_path / "examples" / f"Split-{split}" / f"data_tfrecord-{shard:05d}-of-00002.gz"
            write(path, *(example(number, "pneumonia", split, scanner="F") for number in half))
    examples = standard_artifacts.Examples()
    examples.uri = str(tmp_path / "examples")
    examples.split_names = artifact_utils.encode_split_names(["train", "eval", "test"])
    trained = standard_artifacts.Model()
    trained.uri = str(model.parent)
    written = artifacts.Predictions()
    written.uri = str(tmp_path / "predictions")
    Executor().Do({"examples": [examples], "model": [trained]}, {"predictions": [written]}, {"classes": json.dumps(CLASSES)})

    table = Predictions.load(Path(written.uri))
    assert table.split.tolist() == ["eval", "eval", "test", "test", "test"]
    assert table.probabilities[:, 1].tolist() == [0.25, 0.5, 0.125, 0.375, 0.75]
    assert table.id.tolist() == [f"{n:016x}" for n in (250, 500, 125, 375, 750)]
    assert table.embedding.tolist() == [[n, 10 * n] for n in (0.25, 0.5, 0.125, 0.375, 0.75)]
    assert table.probabilities.dtype == table.embedding.dtype == np.float32
    assert table.label_index.tolist() == [1] * 5
    assert table.label_index.dtype == np.int64
    assert table.predicted_index.tolist() == [0, 1, 0, 1, 1]
    assert table.classes.tolist() == list(CLASSES)
    assert table.extra["scanner"].tolist() == ["F"] * 5
    with np.load(tmp_path / "predictions" / "predictions.npz", allow_pickle=False) as content:
        assert sorted(content.files) == sorted(
            [
                *("classes", "id", "group", "source", "split", "view", "label", "label_index", "probabilities", "embedding"),
                *("extra/scanner", *features.ATTRIBUTES),
            ]
        )


def test_what_an_example_says_beside_its_class(model, tmp_path):
    stated = tf.train.Example.FromString(example(0.25))
    stated.features.feature[features.SEX].bytes_list.value[:] = [b"F"]
    stated.features.feature[features.AGE].int64_list.value[:] = [57]
    stated.features.feature[features.quality("inverted")].int64_list.value[:] = [1]
    path = write(tmp_path / "part", stated.SerializeToString(), example(0.5))
    table = Predictions.load(predict(model, {"test": [path]}, CLASSES, lambda *_: None).save(tmp_path / "a.npz"))
    assert table.attributes["sex"].tolist() == ["F", "unknown"]
    assert table.attributes["age"].tolist() == [57, features.NOT_STATED]
    assert table.attributes["quality/inverted"].tolist() == [1, features.NOT_STATED]
    assert table.attributes["format"].tolist() == ["unknown"] * 2
    assert table.attributes["age"].dtype == np.int64
    assert table.subset(table.attributes["age"] > 0).attributes["sex"].tolist() == ["F"]


def test_progress_counts_every_image(model, tmp_path):
    path = write(tmp_path / "part", *(example(n / 8) for n in range(5)))
    seen = []
    table = predict(model, {"test": [path]}, CLASSES, lambda done, total: seen.append((done, total)), batch_size=2)
    assert seen == [(2, 5), (4, 5), (5, 5)]
    assert len(table) == 5


def test_a_column_that_some_images_lack(model, tmp_path):
    path = write(tmp_path / "part", example(0.25, scanner="F"), example(0.5))
    assert predict(model, {"test": [path]}, CLASSES, lambda *_: None).extra["scanner"].tolist() == ["F", ""]


def test_subset_and_bytes(model, tmp_path):
    path = write(tmp_path / "part", example(0.25, scanner="F"), example(0.5, "covid19", scanner="M"))
    table = predict(model, {"test": [path]}, CLASSES, lambda *_: None)
    covid = table.subset(table.label == "covid19")
    assert len(covid) == 1
    assert covid.extra["scanner"].tolist() == ["M"]
    assert covid.probabilities.shape == (1, 3)
    assert covid.classes.tolist() == list(CLASSES)
    first, second = table.save(tmp_path / "a.npz"), Predictions.load(tmp_path / "a.npz").save(tmp_path / "b.npz")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (example(0.5, split="eval"), "split 'eval' lies among those of 'test'"),
        (example(0.5, label_index=2), "'normal' has index 2"),
    ],
)
def test_examples_that_contradict_themselves_are_refused(model, tmp_path, record, message):
    path = write(tmp_path / "part", record)
    with pytest.raises(UserError, match=message):
        predict(model, {"test": [path]}, CLASSES, lambda *_: None)


def test_answers_that_are_no_probabilities_are_refused(tmp_path):
    path = write(tmp_path / "part", example(0.5))
    for scale, message in ((0.5, "sum to 0.5000, not 1"), (float("nan"), "sum to nan, not 1")):
        model = save_model(tmp_path / str(scale), scale)
        with pytest.raises(UserError, match=message):
            predict(model, {"test": [path]}, CLASSES, lambda *_: None)


@pytest.mark.parametrize("content", [b"garbage", b""])
def test_a_damaged_model_is_refused_by_its_file(model, tmp_path, content):
    copied = Path(shutil.copytree(model, tmp_path / "copied"))
    (copied / "saved_model.pb").write_bytes(content)
    path = write(tmp_path / "part", example(0.5))
    with pytest.raises(
        UserError, match=r"copied/saved_model.pb, or the weights in .*: the model is damaged or was not copied whole\. Copy"
    ):
        predict(copied, {"test": [path]}, CLASSES, lambda *_: None)


def test_other_classes_than_the_model_learned_are_refused(model, tmp_path):
    path = write(tmp_path / "part", example(0.5))
    with pytest.raises(UserError, match="1 x 2 probabilities"):
        predict(model, {"test": [path]}, CLASSES[:2], lambda *_: None)


def test_no_image_at_all_is_refused(model, tmp_path):
    path = write(tmp_path / "part")
    with pytest.raises(UserError, match="splits eval and test are empty"):
        predict(model, {"eval": [], "test": [path]}, CLASSES, lambda *_: None)


def test_node_is_wired():
    examples, model = standard_artifacts.Examples(), standard_artifacts.Model()
    node = PredictionsWriter(channel_utils.as_channel([examples]), channel_utils.as_channel([model]), CLASSES, "abc")
    assert node.outputs["predictions"].type is artifacts.Predictions
    assert json.loads(node.exec_properties["classes"]) == list(CLASSES)
