"""TFX's own Evaluator with our configuration, on hand-made predictions, against scikit-learn."""

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import json_format
from sklearn.metrics import accuracy_score, confusion_matrix, recall_score, roc_auc_score
from tfx.components.evaluator import executor as tfx_evaluator
from tfx.types import artifact_utils, standard_artifacts

from components.base import artifacts
from components.base.errors import UserError
from components.evaluator.component import SliceTable
from components.evaluator.config import EvaluatorConfig
from components.evaluator.eval_config import make_eval_config
from components.evaluator.executor import Executor
from components.evaluator.metrics_reader import read_slices
from components.evaluator.slices import Slices
from schemas import features

CLASSES = ("normal", "pneumonia", "covid19")
SOURCES = ("nih", "nih", "nih", "cohen")
CONFIG = EvaluatorConfig(slices=(("source",), ("label",), ("source", "label"), ("sex",), ("age_band",), ("quality",), ("scanner",)))


def hand_made(count=40):
    """Probabilities that rank well; those of cohen are saturated, as a confident network's are."""
    rng = np.random.default_rng(7)
    source = np.array([SOURCES[i % 4] for i in range(count)])
    label = np.where((source == "cohen") & (np.arange(count) % 8 == 3), 2, rng.integers(0, 2, count))
    logits = rng.normal(size=(count, 3)) + 1.2 * np.eye(3)[label]
    logits[source == "cohen"] += [0, 0, 12]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return source, label, probabilities.astype(np.float32)


SOURCE, LABEL, PROBABILITIES = hand_made()


class Playback(tf.Module):
    """A model that reads its answer out of the example, and turns it around where asked."""

    def __init__(self, backwards):
        super().__init__()
        self.backwards = backwards

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serving_default(self, examples):
        encoded = tf.io.parse_example(examples, {features.ENCODED: tf.io.FixedLenFeature([], tf.string)})[features.ENCODED]
        answer = tf.reshape(tf.io.decode_raw(encoded, tf.float32), [-1, len(CLASSES)])
        return {"probabilities": tf.reverse(answer, [1]) if self.backwards else answer}


def example(place):
    texts = {
        features.ENCODED: PROBABILITIES[place].tobytes(),
        features.SOURCE: SOURCE[place].encode(),
        features.LABEL: CLASSES[LABEL[place]].encode(),
        features.SEX: b"FM"[place % 2 : place % 2 + 1],
        features.extra("scanner"): b"" if place % 5 == 0 else b"new",
    }
    feature = {name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value])) for name, value in texts.items()}
    feature[features.quality("inverted")] = tf.train.Feature(int64_list=tf.train.Int64List(value=[place % 3 == 0]))
    feature[features.LABEL_INDEX] = tf.train.Feature(int64_list=tf.train.Int64List(value=[LABEL[place]]))
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def artifact(kind, uri, number=1):
    made = kind()
    made.uri = str(uri)
    made.id = number
    return made


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    root = tmp_path_factory.mktemp("evaluator")
    (root / "examples" / "Split-test").mkdir(parents=True)
    with tf.io.TFRecordWriter(str(root / "examples" / "Split-test" / "data.gz"), "GZIP") as writer:
        for place in range(len(LABEL)):
            writer.write(example(place))
    for name, backwards in (("model", False), ("baseline", True)):
        model = Playback(backwards)
        tf.saved_model.save(model, str(root / name / "Format-Serving"), signatures={"serving_default": model.serving_default})
    examples = artifact(standard_artifacts.Examples, root / "examples")
    examples.split_names = artifact_utils.encode_split_names(["test"])
    return {
        "examples": [examples],
        "model": [artifact(standard_artifacts.Model, root / "model")],
        "baseline_model": [artifact(standard_artifacts.Model, root / "baseline", 2)],
    }


def evaluate(inputs, folder):
    outputs = {
        "evaluation": [artifact(standard_artifacts.ModelEvaluation, folder / "evaluation")],
        "blessing": [artifact(standard_artifacts.ModelBlessing, folder / "blessing")],
    }
    context = tfx_evaluator.Executor.Context(beam_pipeline_args=[], tmp_dir=str(folder / "tmp"), unique_id="1")
    properties = {"eval_config": json_format.MessageToJson(make_eval_config(CLASSES, CONFIG)), "example_splits": json.dumps(["test"])}
    tfx_evaluator.Executor(context).Do(inputs, outputs, properties)
    return outputs


@pytest.fixture(scope="module")
def with_baseline(inputs, tmp_path_factory):
    return evaluate(inputs, tmp_path_factory.mktemp("with_baseline"))


@pytest.fixture(scope="module")
def slices(with_baseline):
    return read_slices(Path(with_baseline["evaluation"][0].uri), CLASSES)


def assert_agrees(row, mask, probabilities):
    truth, scores = LABEL[mask], probabilities[mask]
    predicted = scores.argmax(axis=1)
    assert row.n == mask.sum()
    assert row.confusion == confusion_matrix(truth, predicted, labels=[0, 1, 2]).tolist()
    assert row.accuracy == pytest.approx(accuracy_score(truth, predicted))
    for index, name in enumerate(CLASSES):
        positives = truth == index
        if 0 < positives.sum() < len(truth):
            # The AUC is exact: no tolerance beyond rounding.
            assert row.auc[name] == pytest.approx(roc_auc_score(positives, scores[:, index]))
        else:
            assert row.auc[name] is None
    if len(set(truth)) > 1:
        assert row.macro_recall == pytest.approx(recall_score(truth, predicted, labels=sorted(set(truth)), average="macro"))
    else:
        assert row.macro_recall is None


def test_numbers_agree_with_scikit_learn(slices):
    wanted = {(): np.full(len(LABEL), True), ("sex", "M"): np.arange(len(LABEL)) % 2 == 1}
    wanted |= {("quality/inverted", str(up)): (np.arange(len(LABEL)) % 3 == 0) == up for up in (0, 1)}
    wanted |= {("scanner", value): (np.arange(len(LABEL)) % 5 == 0) == (value == "not stated") for value in ("not stated", "new")}
    wanted |= {("source", source): source == SOURCE for source in ("nih", "cohen")}
    for model, probabilities in (("candidate", PROBABILITIES), ("baseline", PROBABILITIES[:, ::-1])):
        for key, mask in wanted.items():
            assert_agrees(slices.find(dict([key]) if key else {}, model), mask, probabilities)
        for source in ("nih", "cohen"):
            for index, name in enumerate(CLASSES):
                mask = (source == SOURCE) & (index == LABEL)
                row = slices.find({"source": source, "label": name}, model)
                assert (row is None) == (not mask.any())
                if row is not None:
                    assert_agrees(row, mask, probabilities)


def test_saturated_probabilities_keep_their_order(slices):
    cohen = SOURCE == "cohen"
    assert PROBABILITIES[cohen, 2].min() > 0.9999
    assert slices.find({"source": "cohen"}).auc["covid19"] == pytest.approx(roc_auc_score(LABEL[cohen] == 2, PROBABILITIES[cohen, 2]))


def test_rows_are_ordered(slices):
    names = [",".join(f"{name}={value}" for name, value in row.slice.items()) for row in slices.models["candidate"]]
    assert list(slices.models) == ["candidate", "baseline"]
    assert names[:4] == ["", "label=normal", "label=pneumonia", "label=covid19"]
    assert [name for name in names if name.startswith("source=nih")] == [
        "source=nih",
        "source=nih,label=normal",
        "source=nih,label=pneumonia",
    ]


def test_evaluator_writes_no_blessing(with_baseline):
    blessing = with_baseline["blessing"][0]
    assert not Path(blessing.uri).exists()
    assert not blessing.has_custom_property("blessed")


def test_without_a_baseline_and_through_the_node(inputs, tmp_path, slices):
    outputs = evaluate({name: inputs[name] for name in ("examples", "model")}, tmp_path)
    table = artifact(artifacts.SliceMetrics, tmp_path / "slices")
    Executor().Do({"evaluation": outputs["evaluation"]}, {"slices": [table]}, {"classes": json.dumps(CLASSES)})
    alone = Slices.load(Path(table.uri))
    assert list(alone.models) == ["candidate"]
    assert alone.models["candidate"] == slices.models["candidate"]


def test_an_empty_evaluation_is_refused(tmp_path):
    tf.io.TFRecordWriter(str(tmp_path / "metrics-00000-of-00001.tfrecord")).close()
    with pytest.raises(UserError, match="test split is empty"):
        read_slices(tmp_path, CLASSES)


def test_node_is_wired(with_baseline):
    from tfx.types import channel_utils

    node = SliceTable(evaluation=channel_utils.as_channel(with_baseline["evaluation"]), classes=CLASSES, code_digest="abc")
    assert node.outputs["slices"].type is artifacts.SliceMetrics
    assert json.loads(node.exec_properties["classes"]) == list(CLASSES)
    assert node.exec_properties["code_digest"] == "abc"
