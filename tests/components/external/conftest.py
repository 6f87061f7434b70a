"""A model that was made with one phantom, beside its run, and folders of other data."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from components.evaluator.assess import assess
from components.evaluator.config import EvaluatorConfig
from components.ingest.config import IngestConfig
from components.ingest.job import DataSource, ingest
from components.phantom.config import PhantomConfig
from components.phantom.generate import generate
from components.predictions.table import Predictions
from components.trainer.training_data import write_training_data
from schemas import features
from schemas.classes import parse_classes
from tests.components.evaluator.conftest import made_up

CLASSES = parse_classes(features.DEFAULT_CLASSES)
COLUMNS = ("filename", "label", "source", "patient_id", "view")


@dataclass(frozen=True)
class Trained:
    """An output folder of a pipeline, as far as an external validation looks at it.

    Attributes:
      output: with `serving/1` and a run.
      model: the pushed SavedModel.
      phantom: the data that it was made with.
      records: the records of them.
      private: folder of the private key.
    """

    output: Path
    model: Path
    phantom: Path
    records: Path
    private: Path


class DataFolder:
    """A folder with a metadata.csv."""

    def __init__(self, root: Path):
        self.root = root
        self._rows: list[dict[str, str]] = []

    def take(self, phantom: Path, row: dict[str, str], name: str = "", content: bytes = b"", **changes: str) -> None:
        """Add an image of a phantom, with another name, content or row where given."""
        cells = {**row, **changes, "filename": name or row["filename"]}
        path = self.root / cells["filename"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content or (phantom / row["filename"]).read_bytes())
        self._rows.append({column: cells[column] for column in COLUMNS})
        with (self.root / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self._rows)


def rows_of(phantom: Path) -> list[dict[str, str]]:
    with (phantom / "metadata.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def near_copy(path: Path) -> bytes:
    """Crop 4 % at each side, expose anew and encode as JPEG."""
    with Image.open(path) as image:
        side = image.width // 25
        cropped = image.convert("L").crop((side, side, image.width - side, image.height - side)).point(lambda gray: int(gray * 0.9 + 10))
    stream = BytesIO()
    cropped.save(stream, "JPEG", quality=85)
    return stream.getvalue()


def save_model(folder: Path) -> None:
    """Save a model whose answer is a function of the mean gray, with the signature of the real one."""
    import tensorflow as tf

    class Gray(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
        def embeddings(self, examples: Any) -> dict[str, Any]:
            encoded = tf.io.parse_example(examples, {features.ENCODED: tf.io.FixedLenFeature([], tf.string)})[features.ENCODED]
            means = tf.map_fn(
                lambda one: tf.reduce_mean(tf.cast(tf.io.decode_png(one, 1), tf.float32)), encoded, fn_output_signature=tf.float32
            )
            scores = tf.stack([means / 40.0, 6.0 - means / 40.0, 3.0 + 0.0 * means], axis=1)
            return {"probabilities": tf.nn.softmax(scores), "embedding": means[:, None]}

    module = Gray()
    tf.saved_model.save(module, str(folder), signatures={"embeddings": module.embeddings})


@pytest.fixture(scope="session")
def table() -> Predictions:
    return made_up()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, table: Any) -> Trained:
    place = tmp_path_factory.mktemp("trained")
    phantom = generate(PhantomConfig(images=36, image_px=256, seed=2020), place / "phantom")
    records = ingest([DataSource("manifest", phantom)], place / "output", IngestConfig(workers=1), CLASSES, (), place / "private")
    made = place / "output" / "pipeline" / "cxr" / "trainer" / "model" / "9"
    save_model(made / "Format-Serving")
    write_training_data(records.folder, made / "Format-Serving", "full")
    pushed = place / "output" / "serving" / "1"
    shutil.copytree(made / "Format-Serving", pushed)
    run = place / "output" / "runs" / "20260101-000000-00"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"model": "pipeline/cxr/trainer/model/9"}))
    points = ({"label": "covid19", "sensitivity": 0.9},)
    assess(table, EvaluatorConfig(draws=100, operating_points=points), seed=3).save(run)
    return Trained(place / "output", pushed, phantom, records.folder, place / "private")


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phantom that the model never saw."""
    return generate(PhantomConfig(images=36, image_px=256, seed=7), tmp_path_factory.mktemp("elsewhere"))


@dataclass(frozen=True)
class Mixture:
    """External data of which some are shared; see the fixture."""

    root: Path
    new: int


@pytest.fixture(scope="session")
def mixture(trained: Trained, elsewhere: Path, tmp_path_factory: pytest.TempPathFactory) -> Mixture:
    """New images and five shared ones: two equal ones, a near copy, one by its patient, one by its patient's near copy.

    Besides, a label that the model does not know.
    """
    data = DataFolder(tmp_path_factory.mktemp("mixture"))
    first_of = list({row["patient_id"]: row for row in rows_of(trained.phantom)}.values())
    new = rows_of(elsewhere)
    # Two exposures of one phantom may pass for copies of each other, so that the other images of these two patients stay away.
    by_name, tied = list({row["patient_id"]: row for row in new}.values())[:2]
    others = [row for row in new if row["patient_id"] not in (by_name["patient_id"], tied["patient_id"])]
    for row in others:
        data.take(elsewhere, row)
    data.take(elsewhere, by_name, "by_name.png", source=first_of[3]["source"], patient_id=first_of[3]["patient_id"])
    data.take(elsewhere, tied, "tied.png", source="=elsewhere", patient_id="p9")
    for number in (0, 1):
        data.take(trained.phantom, first_of[number], f"equal{number}.png", source="=elsewhere", patient_id=f"p{number}")
    copied = first_of[2]
    data.take(trained.phantom, copied, "copy.jpg", near_copy(trained.phantom / copied["filename"]), source="=elsewhere", patient_id="p9")
    data.take(elsewhere, others[0], "unknown.png", label="tuberculosis")
    return Mixture(data.root, new=len(others))


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str], list[str]]]:
    """Runs the command; gives the exit code and the lines of both streams."""
    from components.evaluator.__main__ import main

    def run(*words: object) -> tuple[int, list[str], list[str]]:
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err.splitlines()

    return run
