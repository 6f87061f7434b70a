"""Little data folders, made in a moment."""

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.ingest.config import IngestConfig
from components.ingest.job import DataSource, ingest
from schemas.classes import parse_classes

COLUMNS = ("filename", "label", "source", "patient_id", "view", "age", "ward", "split")
CLASSES = parse_classes(["normal", "pneumonia"])
SMALL = {"min_side_px": 16, "images_per_shard": 4, "max_side_px": 64, "workers": 1}


class DataFolder:
    """A folder with a metadata.csv; every image is noise that its name decides."""

    def __init__(self, root: Path):
        self.root = root
        self.rows: list[dict[str, str]] = []
        root.mkdir(parents=True, exist_ok=True)

    def add(
        self, name: str, label="normal", source="north", patient_id="", view="AP", age="50", ward="", split="", pixels_of=None, content=None
    ) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            seed = int(hashlib.sha256((pixels_of or name).encode("utf-8", "surrogateescape")).hexdigest()[:8], 16)
            noise = np.random.default_rng(seed).integers(0, 256, (24, 20), dtype=np.uint8)
            with path.open("wb") as file:
                Image.fromarray(noise).save(file, "PNG")
        else:
            path.write_bytes(content)
        self.row(filename=name, label=label, source=source, patient_id=patient_id, view=view, age=age, ward=ward, split=split)
        return path

    def row(self, **cells: str) -> None:
        self.rows.append(cells)
        with (self.root / "metadata.csv").open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)

    def fill(self, patients: int = 12, images: int = 1, prefix: str = "img", source: str = "north") -> "DataFolder":
        for label in CLASSES.names:
            for patient in range(patients):
                for image in range(images):
                    name = f"{prefix}-{label}-{patient}-{image}.png"
                    self.add(name, label=label, source=source, patient_id=f"Mr {prefix} {label} {patient}")
        return self


@pytest.fixture
def data_folder(tmp_path):
    """Makes data folders by name."""
    return lambda name="data": DataFolder(tmp_path / name)


@pytest.fixture
def small_config():
    """Makes a configuration for tiny images."""
    return lambda **changes: IngestConfig(**{**SMALL, **changes})


@pytest.fixture
def classes():
    """Two classes."""
    return CLASSES


@pytest.fixture
def bytes_below():
    """Digest of every file below a folder, by name."""

    def read(folder: Path) -> dict[str, str]:
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return read


@pytest.fixture
def run(tmp_path, classes, private_dir, small_config):
    """Ingests folders into an output folder; configuration keys by name."""

    def call(*folders, output="output", columns=(), classes=classes, private=private_dir, **changes):
        sources = [DataSource("manifest", folder.root) for folder in folders]
        return ingest(sources, tmp_path / output, small_config(**changes), classes, columns, private)

    return call


@pytest.fixture
def examples():
    """Reads every example of some records as a plain dictionary, by id, in the order of the shards, as TensorFlow reads it."""
    return _read_examples


@pytest.fixture
def table():
    """Reads a csv as dictionaries."""
    return _read_table


def _read_examples(records):
    """Every example as a plain dictionary, by id, in the order of the shards, read as TensorFlow reads it."""
    import tensorflow as tf

    found = {}
    for path in sorted(records.folder.glob("examples/*/*.tfrecord")):
        for record in tf.data.TFRecordDataset(str(path)):
            feature = tf.train.Example.FromString(record.numpy()).features.feature
            values = {
                name: list(value.bytes_list.value or value.int64_list.value or value.float_list.value) for name, value in feature.items()
            }
            values = {name: value[0] if len(value) == 1 and not name.startswith("boxes/") else value for name, value in values.items()}
            assert values["split"].decode() == path.parent.name
            assert values["id"].decode() not in found
            found[values["id"].decode()] = values
    return found


def _read_table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
