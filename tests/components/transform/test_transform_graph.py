"""What Transform writes, read as Trainer and servers read it."""

import re

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components.transform.preprocess import preprocessing_fn
from schemas import features

VIEW_OPS = {"ImageProjectiveTransformV3", "StatelessRandomUniformV2"}


def operations_run(function, feeds) -> set[str]:
    """The kinds of operation that one call really executes, loops included."""
    graph = tf.Graph()
    with graph.as_default(), tf.compat.v1.Session(graph=graph) as session:
        placeholders = {name: tf.compat.v1.placeholder(value.dtype, value.shape) for name, value in feeds.items()}
        fetched = function(placeholders)
        options = tf.compat.v1.RunOptions(trace_level=tf.compat.v1.RunOptions.FULL_TRACE)
        metadata = tf.compat.v1.RunMetadata()
        session.run(fetched, {placeholders[name]: value for name, value in feeds.items()}, options, metadata)
    labels = [node.timeline_label for device in metadata.step_stats.dev_stats for node in device.node_stats]
    return {match.group(1) for label in labels if (match := re.search(r"= (\w+)\(", label))}


def columns(tiny, split) -> dict[str, np.ndarray]:
    specification = tft.TFTransformOutput(str(tiny.transform)).raw_feature_spec()
    records = list(tf.data.TFRecordDataset(str(tiny.records / split / "part-00000")).as_numpy_iterator())
    parsed = tf.io.parse_example(records, specification)
    return {name: tensor.numpy() for name, tensor in parsed.items() if not name.startswith("boxes/")}


def transformed(tiny, split) -> dict[str, dict]:
    files = sorted(str(path) for path in (tiny.transformed / split).iterdir())
    rows = {}
    for record in tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator():
        feature = tf.train.Example.FromString(record).features.feature
        row = {name: list(value.bytes_list.value or value.int64_list.value) for name, value in feature.items()}
        rows[row["id"][0]] = row
    return rows


def test_what_is_written_is_what_the_function_computes(tiny):
    for split in ("train", "eval"):
        raw = columns(tiny, split)
        computed = preprocessing_fn({name: tf.constant(column) for name, column in raw.items()}, tiny.custom_config)
        written = transformed(tiny, split)
        assert len(written) == len(raw["id"])
        for place, image_id in enumerate(raw["id"]):
            row = written[image_id]
            assert row["image"] == [computed["image"][place].numpy()]
            views = row.get("views$ragged_values", [])  # no views: the feature is left out
            assert views == computed["views"][place].numpy().tolist()
            assert row["label_index"] == [raw["label_index"][place]]
            assert (row["age"], row["sex"]) == ([raw["age"][place]], [raw["sex"][place]])
            assert row["findings"] == raw["findings"][place].tolist()
            assert len(views) == (2 if split == "train" else 0)


def test_the_layer_takes_the_image_alone_and_gives_the_written_pixels(tiny):
    raw = columns(tiny, "train")
    layer = tft.TFTransformOutput(str(tiny.transform)).transform_features_layer()
    served = layer({"image/encoded": tf.constant(raw["image/encoded"])})
    written = transformed(tiny, "train")
    assert served["image"].numpy().tolist() == [written[image_id]["image"][0] for image_id in raw["id"]]
    assert "views" not in served


def test_what_is_served_is_harmonised_as_what_was_trained_on(harmonised):
    raw = columns(harmonised, "train")
    layer = tft.TFTransformOutput(str(harmonised.transform)).transform_features_layer()
    served = layer({"image/encoded": tf.constant(raw["image/encoded"])})["image"].numpy().tolist()
    written = transformed(harmonised, "train")
    assert served == [written[image_id]["image"][0] for image_id in raw["id"]]
    pixels = np.frombuffer(served[0], np.uint8).reshape(32, 32)
    assert not pixels[:3].any()
    assert pixels[3:-3, 3:-3].any()
    assert all(len(written[image_id]["views$ragged_values"]) == 2 for image_id in raw["id"])


@pytest.mark.parametrize("split", [b"", b"test"])
def test_serving_draws_no_views(tiny, split):
    raw = columns(tiny, "train")
    raw["split"] = np.full_like(raw["split"], split)
    raw["label"] = np.full_like(raw["label"], b"")
    served = tft.TFTransformOutput(str(tiny.transform)).transform_features_layer()(raw)
    assert served["views"].row_lengths().numpy().tolist() == [0] * len(raw["id"])
    assert served["label_index"].numpy().tolist() == [-1] * len(raw["id"])


def no_boxes(count, dtype):
    return tf.SparseTensor(tf.zeros([0, 2], tf.int64), tf.zeros([0], dtype), [count, 0])


def test_serving_runs_no_operation_of_the_views(harmonised):
    def transform(placeholders):
        loaded = tf.saved_model.load(str(harmonised.transform / "transform_fn"))
        count = next(iter(placeholders.values())).shape[0]
        boxes = {name: no_boxes(count, tf.float32) for name in features.BOX_SIDES} | {features.BOX_LABEL: no_boxes(count, tf.string)}
        outputs = loaded.transform_fn(placeholders | boxes)
        return [outputs["image"], outputs["views"].flat_values]

    raw = columns(harmonised, "train")
    assert operations_run(transform, raw) >= VIEW_OPS
    operations = operations_run(transform, raw | {"split": np.full_like(raw["split"], b"")})
    assert "DecodeImage" in operations
    assert not operations & VIEW_OPS
