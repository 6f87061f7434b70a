"""The exported model, as strangers load it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.trainer.dataset import evaluation_dataset
from components.trainer.examples import read_examples

LOAD = """
import json, sys, keras, tensorflow as tf
model, records, plain_keras = sys.argv[1:]
examples = list(tf.data.TFRecordDataset(records).as_numpy_iterator())
images = [tf.train.Example.FromString(example).features.feature["image/encoded"].bytes_list.value[0] for example in examples]
signatures = tf.saved_model.load(model).signatures
given = {"serving_default": {"examples": examples}, "encoded_images": {"images": images}, "embeddings": {"examples": examples}}
answers = {name: signatures[name](**{key: tf.constant(value) for key, value in feeds.items()}) for name, feeds in given.items()}
answers = {name: {key: value.numpy().tolist() for key, value in answer.items()} for name, answer in answers.items()}
layers = [layer.name for layer in keras.models.load_model(plain_keras).layers]
print(json.dumps({"answers": answers, "layers": layers, "ours": [name for name in sys.modules if name.startswith("components")]}))
"""


@pytest.fixture(scope="module")
def stranger(finished_run, tmp_path_factory):
    """What a process that knows nothing of this project makes of the artifact."""
    model_dir = Path(finished_run.fn_args.serving_model_dir)
    arguments = [model_dir, finished_run.records / "eval" / "part-00000", model_dir.parent / "keras" / "model.keras"]
    command = [sys.executable, "-c", LOAD, *map(str, arguments)]
    folder = tmp_path_factory.mktemp("elsewhere")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def expected(finished_run):
    """Probabilities of the kept Keras model on the transformed eval images, in the order of the records."""
    fn_args = finished_run.fn_args
    model = keras.models.load_model(Path(fn_args.serving_model_dir).parent / "keras" / "model.keras")
    examples = read_examples(fn_args.eval_files, 32)
    by_id = dict(
        zip(examples.ids, model.predict(evaluation_dataset(examples, examples.targets("multiclass", 3), 4), verbose=0), strict=True)
    )
    return np.array([by_id[example.features.feature["id"].bytes_list.value[0]] for example in raw_examples(finished_run)])


def raw_examples(run) -> list[tf.train.Example]:
    records = tf.data.TFRecordDataset(str(run.records / "eval" / "part-00000"))
    return [tf.train.Example.FromString(record) for record in records.as_numpy_iterator()]


def test_a_fresh_process_gets_the_same_probabilities_from_every_signature(stranger, expected):
    answers = stranger["answers"]
    served = {name: np.array(answer["probabilities"]) for name, answer in answers.items()}
    np.testing.assert_array_equal(served["serving_default"], served["encoded_images"])
    np.testing.assert_array_equal(served["serving_default"], served["embeddings"])
    np.testing.assert_allclose(served["serving_default"], expected, atol=1e-5)
    assert np.array(answers["embeddings"]["embedding"]).shape == (12, 8)
    assert set(answers["serving_default"]) == {"probabilities"}


def test_model_keras_loads_without_our_code(stranger):
    assert stranger["ours"] == []
    assert {"image", "embedding", "logits", "probabilities"} <= set(stranger["layers"])


def test_a_server_that_restores_by_names_gets_the_weights_and_draws_no_views(finished_run, expected):
    """TensorFlow Serving restores by the names in the graph, as a session of version 1 does."""
    examples = [example.SerializeToString() for example in raw_examples(finished_run)]
    graph, metadata = tf.Graph(), tf.compat.v1.RunMetadata()
    with graph.as_default(), tf.compat.v1.Session(graph=graph) as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], finished_run.fn_args.serving_model_dir)
        signature = loaded.signature_def["serving_default"]
        options = tf.compat.v1.RunOptions(trace_level=tf.compat.v1.RunOptions.FULL_TRACE)
        fed = {signature.inputs["examples"].name: examples}
        answer = session.run(signature.outputs["probabilities"].name, fed, options, metadata)
    labels = [node.timeline_label for device in metadata.step_stats.dev_stats for node in device.node_stats]
    operations = {match.group(1) for label in labels if (match := re.search(r"= (\w+)\(", label))}
    np.testing.assert_allclose(answer, expected, atol=1e-5)
    assert "DecodeImage" in operations
    assert "ImageProjectiveTransformV3" not in operations


def test_the_image_alone_is_enough(finished_run, expected):
    serve = tf.saved_model.load(finished_run.fn_args.serving_model_dir).signatures["serving_default"]
    kept = {"image/encoded"}
    bare = []
    for example in raw_examples(finished_run):
        feature = {name: value for name, value in example.features.feature.items() if name in kept}
        bare.append(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    np.testing.assert_allclose(serve(examples=tf.constant(bare))["probabilities"], expected, atol=1e-5)


def test_model_json_says_what_the_model_is(finished_run):
    facts = json.loads((Path(finished_run.fn_args.serving_model_dir).parent / "keras" / "model.json").read_text())
    assert facts["classes"] == ["normal", "pneumonia", "covid19"]
    assert facts["image_px"] == 32
    assert facts["parameters"]["width"] == 4
    assert facts["harmonise"]["histogram"] == "stretch"
