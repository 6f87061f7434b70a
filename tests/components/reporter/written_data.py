"""Write what ingest and TFDV write of a scenario."""

import io
import json
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from components.ingest.tfrecord import write_record
from components.reporter.collect import Folders
from tests.components.reporter.simulated import CLASSES, PATIENT, Scenario
from tests.components.reporter.written_pictures import radiograph
from tests.components.reporter.written_statistics import statistics_of


def write_records(folder: Path, scenario: Scenario) -> None:
    cells = [
        {
            "source": source,
            "label": label,
            "split": split,
            "images": count,
            "groups": (count * 3 + 3) // 4,
            **({} if scenario.older_records else {"without_patient": scenario.without_patient.get((source, label, split), 0)}),
        }
        for (source, label), counts in scenario.cells.items()
        for split, count in zip(("train", "eval", "test"), counts, strict=True)
        if count
    ]
    written = sum(cell["images"] for cell in cells)
    quarantined, skipped = {"truncated": 4, "not_an_image": 2}, {"label not among the classes": 31}
    summary = {
        "digest": "5d0c1a7be0412f33",
        "classes": CLASSES,
        "columns": [],
        "counts": {"listed": written + 37, "written": written, "quarantined": 6, "skipped": 31},
        "quarantined": quarantined,
        "skipped": skipped,
        "cells": cells,
        "groups": 1100,
        "duplicates": {"copies": 5, "joined_groups": 2, "label_conflicts": 1},
    }
    (folder / "summary.json").write_text(json.dumps(summary))
    train = folder / "examples" / "train"
    train.mkdir(parents=True)
    random = np.random.default_rng(7)
    for part in range(2):
        with (train / f"part-{part:05d}-of-00002.tfrecord").open("wb") as file:
            for label in (*CLASSES, *CLASSES):
                write_record(file, _example(label, random))


def _example(label: str, random: np.random.Generator) -> bytes:
    buffer = io.BytesIO()
    radiograph(64, random).save(buffer, "PNG")
    example = tf.train.Example()
    for name, value in (("image/encoded", buffer.getvalue()), ("label", label.encode()), ("group", PATIENT.encode())):
        example.features.feature[name].bytes_list.value.append(value)
    return example.SerializeToString()


def write_protos(folders: Folders, scenario: Scenario) -> None:
    sources = sorted({source for source, _ in scenario.cells})
    inferred, curated = schema_pb2.Schema(), schema_pb2.Schema()
    for name, values in (("label", CLASSES), ("source", sources), ("split", ("eval", "test", "train")), ("group", (PATIENT,))):
        inferred.string_domain.add(name=name, value=values)
        for schema, presence in ((inferred, 1.0), (curated, 1.0)):
            feature = schema.feature.add(name=name, type=schema_pb2.BYTES)
            feature.presence.min_fraction = presence
            if schema is inferred:
                feature.domain = name
            elif name == "label":
                feature.string_domain.value.extend(values)
                feature.drift_comparator.infinity_norm.threshold = 0.1
                feature.skew_comparator.infinity_norm.threshold = 0.2
            feature.shape.SetInParent()
    for schema in (inferred, curated):
        feature = schema.feature.add(name="height_px", type=schema_pb2.INT)
        feature.presence.min_fraction = 1.0
        feature.value_count.min = feature.value_count.max = 1
        if schema is curated:
            feature.int_domain.min = 32
            feature.int_domain.max = 20000
            feature.drift_comparator.jensen_shannon_divergence.threshold = 0.0072
            feature.skew_comparator.jensen_shannon_divergence.threshold = 0.029
    curated.feature.add(name="image/encoded", type=schema_pb2.BYTES)
    (folders.inferred_schema / "schema.pbtxt").write_text(text_format.MessageToString(inferred))
    (folders.curated_schema / "schema.pbtxt").write_text(text_format.MessageToString(curated))
    for index, split in enumerate(("train", "eval", "test")):
        _write_split(folders.statistics, split, "FeatureStats.pb", statistics_of(scenario, index))
        anomalies = anomalies_pb2.Anomalies()
        if scenario.anomaly and split == "eval":
            info = anomalies.anomaly_info["label"]
            info.description, info.severity = scenario.anomaly, anomalies_pb2.AnomalyInfo.ERROR
        _write_split(folders.anomalies, split, "SchemaDiff.pb", anomalies)


def _write_split(folder: Path, split: str, name: str, message: object) -> None:
    path = folder / f"Split-{split}" / name
    path.parent.mkdir()
    path.write_bytes(message.SerializeToString())
