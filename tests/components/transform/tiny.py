"""A small data set, ingested and transformed through Beam as TFX's Transform does it."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform.beam as tft_beam
from apache_beam.runners.portability import fn_api_runner
from tensorflow_transform.tf_metadata import dataset_metadata
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder
from tfx_bsl.tfxio import tf_example_record

from components.transform.preprocess import preprocessing_fn
from schemas import features
from schemas.curated import curated_schema

CLASSES = ["normal", "pneumonia", "covid19"]
IMAGE_PX = 32


@dataclass(frozen=True)
class Tiny:
    """Where everything lies: `records`/SPLIT, `transform` (a TFTransformOutput) and `transformed`/SPLIT."""

    records: Path
    transform: Path
    transformed: Path
    custom_config: dict[str, Any]


def custom_config(augmentation: str = "transform", views: int = 2, seed: int = 7, **transform: Any) -> dict[str, Any]:
    transform = {"image_px": IMAGE_PX, "views": views, **transform}
    return {"seed": seed, "augmentation": augmentation, "classes": CLASSES, "transform": transform, "code_digest": "0"}


def picture(index: int, label: int) -> bytes:
    """A PNG whose brightest third tells the class."""
    random = np.random.default_rng(index)
    height, width = 40 + index % 7, 48 - index % 5
    pixels = random.integers(0, 120, [height, width, 1])
    pixels[label * height // 3 : (label + 1) * height // 3] += 100
    return tf.io.encode_png(tf.constant(pixels, tf.uint8)).numpy()


def example(index: int, split: str) -> tf.train.Example:
    label = index % len(CLASSES)
    texts = {"id": f"{index * 7919 % 10007:016x}", "group": f"g{index // 2}", "source": "sitea", "view": "PA", "label": CLASSES[label]}
    texts |= {"split": split, "mode": "L", "format": "png", "sex": "F"}
    values = {name: [text.encode()] for name, text in texts.items()} | {"image/encoded": [picture(index, label)]}
    feature = {name: tf.train.Feature(bytes_list=tf.train.BytesList(value=value)) for name, value in values.items()}
    numbers = {"label_index": [label], "height_px": [40], "width_px": [48], "age": [50], "follow_up": [-1], "fold": [-1]}
    numbers |= {"findings": [-1] * len(features.FINDINGS)} | {features.quality(flag): [0] for flag in features.QUALITY_FLAGS}
    for name, number in numbers.items():
        feature[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=number))
    return tf.train.Example(features=tf.train.Features(feature=feature))


def make_tiny(folder: Path, sizes: dict[str, int], augmentation: str = "transform", **transform: Any) -> Tiny:
    tiny = Tiny(folder / "records", folder / "transform", folder / "transformed", custom_config(augmentation, **transform))
    index = 0
    for split, size in sizes.items():
        (tiny.records / split).mkdir(parents=True)
        with tf.io.TFRecordWriter(str(tiny.records / split / "part-00000")) as writer:
            for _ in range(size):
                writer.write(example(index, split).SerializeToString())
                index += 1
    _transform(tiny, list(sizes))
    return tiny


def _transform(tiny: Tiny, splits: list[str]) -> None:
    schema = curated_schema(CLASSES, [])
    sources = {
        split: tf_example_record.TFExampleRecord(str(tiny.records / split / "*"), schema=schema, telemetry_descriptors=["test"])
        for split in splits
    }
    metadata = dataset_metadata.DatasetMetadata(schema)
    function = functools.partial(preprocessing_fn, custom_config=tiny.custom_config)
    with beam.Pipeline(runner=fn_api_runner.FnApiRunner()) as pipeline, tft_beam.Context(temp_dir=str(tiny.transform.parent / "temp")):
        train = sources["train"]
        analysed = (pipeline | "read" >> train.BeamSource(), train.TensorAdapterConfig())
        transform_fn = analysed | tft_beam.AnalyzeDataset(function)
        _ = transform_fn | tft_beam.WriteTransformFn(str(tiny.transform))
        _ = metadata | tft_beam.WriteMetadata(str(tiny.transform / "metadata"), pipeline)
        for split, source in sources.items():
            data = (pipeline | f"read {split}" >> source.BeamSource(), source.TensorAdapterConfig())
            batches, transformed = (data, transform_fn) | f"transform {split}" >> tft_beam.TransformDataset(output_record_batches=True)
            encoder = RecordBatchToExamplesEncoder(transformed.schema)
            _ = (
                batches
                | f"encode {split}" >> beam.FlatMap(lambda batch, encoder=encoder: encoder.encode(batch[0]))
                | f"write {split}" >> beam.io.WriteToTFRecord(str(tiny.transformed / split / "part"), file_name_suffix=".gz", num_shards=2)
            )
