"""Little data folders, made in a moment."""

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.ingest.config import IngestConfig
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
