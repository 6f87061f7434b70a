import dataclasses
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tfx.components.trainer.fn_args_utils import FnArgs

from components.ingest.copies.fingerprint import take_fingerprint
from components.ingest.example import encode_example
from components.ingest.folder import csv_text
from components.ingest.tfrecord import write_record
from components.trainer.config import TrainerConfig
from components.trainer.examples import VIEWS_COLUMN
from schemas import features


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished run of the trainer on a small data set: where it read and wrote."""

    records: Path
    fn_args: FnArgs


def write_records(folder: Path) -> Path:
    """Write what a records folder holds beside its examples, of three images of noise."""
    summary = {
        "classes": ["normal", "pneumonia", "covid19"],
        "labels": {name: name for name in ("normal", "pneumonia", "covid19")},
        "cells": [{"split": "train", "images": 2}, {"split": "eval", "images": 1}],
        "max_side_px": 64,
        "pseudonym_key": "0" * 64,
        "sources": ["north"],
    }
    rows = [(f"{number:016x}", f"{number + 8:016x}", "eval" if number == 0 else "train") for number in range(3)]
    for split in ("eval", "train"):
        place = folder / "fingerprints" / split
        place.mkdir(parents=True)
        with (place / "part-00000-of-00001.tfrecord").open("wb") as file:
            for number, (image, _, its_split) in enumerate(rows):
                if its_split == split:
                    noise = np.random.default_rng(number).integers(0, 256, (24, 20), dtype=np.uint8)
                    values = {"id": image, "pixels": bytes([number]) * 32, "fingerprint": take_fingerprint(noise).to_bytes()}
                    write_record(file, encode_example(values))
    table = [(image, group, group, split, split) for image, group, split in rows]
    (folder / "splits.csv").write_text(csv_text(("id", "patient_group", "group", "place", "split"), table))
    (folder / "summary.json").write_text(json.dumps(summary))
    return folder


@pytest.fixture
def known_records(tmp_path):
    """A records folder that the trainer can tell of."""
    return write_records(tmp_path / "known" / "0123456789abcdef")


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory) -> Run:
    """Transform and train once for all tests that look at the result."""
    from components.trainer.run import run_fn

    place = Path(__file__).parents[1] / "transform" / "tiny.py"
    spec = importlib.util.spec_from_file_location("tiny_for_trainer", place)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("run")
    tiny = module.make_tiny(folder, {"train": 60, "eval": 12}, augmentation="both")
    (folder / "model_run").mkdir()
    fn_args = FnArgs(
        train_files=[str(tiny.transformed / "train" / "*")],
        eval_files=[str(tiny.transformed / "eval" / "*")],
        transform_graph_path=str(tiny.transform),
        serving_model_dir=str(folder / "model" / "Format-Serving"),
        model_run_dir=str(folder / "model_run"),
        hyperparameters={"space": [], "values": {"stages": 2, "width": 4, "learning_rate": 0.01, "tuner/epochs": 3}},
        custom_config={
            **tiny.custom_config,
            "trainer": TrainerConfig(epochs=4, batch_size=8).model_dump(),
            "tuning": {},
            "records": str(write_records(folder / "known")),
            "fingerprints": "full",
        },
    )
    run_fn(fn_args)
    return Run(tiny.records, fn_args)


def write_examples(path: Path, rows, facts=None) -> str:
    """Write rows of id, label, image uint8 [h, w] and views uint8 [views, h, w] as Transform writes them.

    `facts` maps an id to what is known besides: source, age, sex, view, findings.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path), options="GZIP") as writer:
        for image_id, label, image, views in rows:
            known = (facts or {}).get(image_id, {})
            texts = {"id": [image_id.encode()], "image": [image.tobytes()], VIEWS_COLUMN: [view.tobytes() for view in views]}
            texts |= {"source": [known.get("source", "sitea").encode()]}
            texts |= {name: [known.get(name, "unknown").encode()] for name in ("sex", "view")}
            feature = {name: tf.train.Feature(bytes_list=tf.train.BytesList(value=values)) for name, values in texts.items() if values}
            numbers = {"label_index": [label], "age": [known.get("age", -1)]}
            numbers |= {"findings": known.get("findings", [-1] * len(features.FINDINGS))}
            for name, values in numbers.items():
                feature[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=values))
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    return str(path)


@pytest.fixture(scope="session")
def examples_file():
    """The function that writes transformed examples; test folders are no packages, so it comes as a fixture."""
    return write_examples


@pytest.fixture(scope="session")
def small_examples(tmp_path_factory):
    """Twenty-four images of 8 px, the class told by the brightness, with two views each."""
    from components.trainer.examples import read_examples

    random = np.random.default_rng(5)
    rows, facts = [], {}
    for number in range(24):
        versions = random.integers(0, 60, [3, 8, 8]) + 80 * (number % 3)
        rows.append((f"{number:04d}", number % 3, versions[0].astype(np.uint8), versions[1:].astype(np.uint8)))
        findings = [int(number % 3 == 0), int(number % 3 == 1)] + [0] * 12
        facts[f"{number:04d}"] = {"source": "ab"[number % 2], "age": 40 + number, "sex": "F", "view": "PA", "findings": findings}
    return read_examples([write_examples(tmp_path_factory.mktemp("small") / "part.gz", rows, facts)], 8)
