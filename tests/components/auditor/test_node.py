"""What the node writes, on a tiny model and tiny artifacts whose border tells the class."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from tfx.types import channel, standard_artifacts

from components.auditor.audit import Audit
from components.auditor.border_masking import without_border
from components.auditor.component import Auditor
from components.auditor.config import AuditorConfig
from components.auditor.executor import Executor
from components.auditor.file_features import FileFacts
from components.auditor.gather import Tables, gather
from components.auditor.image_features import thumbnail
from components.auditor.lungs import FixedLungs
from components.auditor.study import find_lungs
from components.auditor.verdict import headline
from components.base import artifacts, progress
from components.base.errors import UserError
from components.evaluator.intervals import NO_SPREAD
from components.explainer.trained_model import TrainedModel, load_model
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.phantom.config import PhantomConfig
from components.phantom.roster import roster
from components.predictions.table import Predictions
from components.transform.config import HarmoniseConfig

CLASSES = ["normal", "pneumonia", "covid19"]
PX = 16
SIZES = {"train": 60, "eval": 36, "test": 36}
PHANTOM = PhantomConfig(images=sum(SIZES.values()))
EXPOSURES = roster(PHANTOM.seed, PHANTOM.images)
ALL_IDS = [Pseudonyms(PUBLIC_KEY).image_id(exposure.source, f"images/{exposure.file_name}") for exposure in EXPOSURES]
PROPERTIES = {
    "config": AuditorConfig(draws=100, batch_size=16).model_dump_json(),
    "seed": 5,
    "least_in_pair": 2,
    "phantom": "",
    "slices": '[["source"], ["mode"]]',
}


def rows_of(split):
    start = sum(list(SIZES.values())[: list(SIZES).index(split)])
    return range(start, start + SIZES[split])


def image_of(row):
    image = np.random.default_rng(row).integers(80, 120, (PX, PX), np.uint8)
    image[0, 5 * (row % 3) : 5 * (row % 3) + 5] = 255
    return image


def write_records(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for record in records:
            values = {
                key: tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
                if isinstance(value, int)
                else tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
                for key, value in record.items()
            }
            writer.write(tf.train.Example(features=tf.train.Features(feature=values)).SerializeToString())


def write_examples(folder):
    for split in SIZES:
        shown = [(ALL_IDS[row].encode(), row) for row in rows_of(split)]
        transformed = [
            {"id": key, "image": image_of(row).tobytes(), "source": b"ab"[row % 2 : row % 2 + 1], "label_index": row % 3}
            | {"sex": b"M", "view": b"AP", "age": 40}
            for key, row in shown
        ]
        for shard in range(2):
            write_records(folder / "transformed" / f"Split-{split}" / f"part-{shard}.gz", transformed[shard::2])
        ingested = [
            {"id": key, "height_px": 256, "width_px": 200, "mode": b"L" if row % 2 else b"RGB", "format": b"png"} for key, row in shown
        ]
        write_records(folder / "ingested" / f"Split-{split}" / "part.gz", reversed(ingested))


def write_model(folder):
    keras.utils.set_random_seed(5)
    inputs = keras.Input((PX, PX, 1), name="image")
    maps = keras.layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    pooled = keras.layers.GlobalAveragePooling2D(name="embedding")(maps)
    (folder / "keras").mkdir(parents=True)
    keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(pooled)).save(folder / "keras" / "model.keras")
    (folder / "keras" / "model.json").write_text(json.dumps({"classes": CLASSES, "image_px": PX}))


def write_predictions(folder):
    rows = [*rows_of("eval"), *rows_of("test")]
    labels = np.array([row % 3 for row in rows])
    table = Predictions(
        classes=np.array(CLASSES),
        id=np.array([ALL_IDS[row] for row in rows]),
        group=np.array([ALL_IDS[row] for row in rows]),
        source=np.array(["ab"[row % 2] for row in rows]),
        split=np.array(["eval"] * SIZES["eval"] + ["test"] * SIZES["test"]),
        view=np.array(["AP"] * len(rows)),
        label=np.array(CLASSES)[labels],
        label_index=labels,
        probabilities=np.eye(3, dtype=np.float32)[labels],
        embedding=np.random.default_rng(5).normal(0, 1, (len(rows), 4)).astype(np.float32),
        attributes={"mode": np.array(["L" if row % 2 else "RGB" for row in rows])},
    )
    folder.mkdir()
    table.save(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("audit")
    write_examples(place)
    write_model(place / "model")
    write_predictions(place / "predictions")
    return place


def artifact(kind, uri):
    made = kind()
    made.uri = str(uri)
    if kind is standard_artifacts.Examples:
        made.split_names = '["train", "eval", "test"]'
    return made


def run(folder, out, **properties):
    inputs = {
        "examples": [artifact(standard_artifacts.Examples, folder / "ingested")],
        "transformed_examples": [artifact(standard_artifacts.Examples, folder / "transformed")],
        "model": [artifact(standard_artifacts.Model, folder / "model")],
        "predictions": [artifact(artifacts.Predictions, folder / "predictions")],
    }
    Executor().Do(inputs, {"audit": [artifact(artifacts.Audit, out)]}, {**PROPERTIES, **properties})
    return Audit.load(out)


def test_the_audit_is_written(folder, tmp_path, monkeypatch):
    reports, notices = [], []
    monkeypatch.setattr(progress, "report", lambda stage, done, total, text="": reports.append((stage, text)))
    monkeypatch.setattr(progress, "notice", lambda stage, text: notices.append(text))
    audit = run(folder, tmp_path / "out")
    assert audit.images == SIZES
    assert [floor.name for floor in audit.floors] == ["source", "file", "border_ring", "lungs_blacked_out", "thumbnail", "histogram"]
    assert (audit.lungs, audit.lungs_share) == ("two fixed ellipses", pytest.approx(0.49, abs=0.02))
    assert audit.sources == ("a", "b")
    assert audit.model.macro_recall.value == 1
    ring = audit.floor("border_ring")
    assert ring.measures.macro_recall.value == 1
    assert ring.measures.within_source.value == 1
    assert (ring.excess.macro_recall.value, ring.excess.macro_recall.note) == (0, NO_SPREAD)
    assert ring.excess.macro_recall.low < 0 < ring.excess.macro_recall.high
    assert audit.floor("file").measures.macro_recall.value < 0.6
    assert [row.slice for row in audit.slices] == [{}, {"source": "a"}, {"source": "b"}, {"mode": "L"}, {"mode": "RGB"}]
    assert audit.border.before["accuracy"].value == 1
    assert audit.source_probe.chance == 0.5
    assert notices == [headline(audit)]
    assert f"the best floor ({audit.floor(audit.best_floor).sees})" in notices[0]
    assert "These reach the model and do not see the lungs: the border of the image" in " ".join(audit.verdict)
    assert ("auditor", "images") in reports
    assert ("auditor", "floor: the border of the image") in reports


def test_the_same_seed_gives_the_same_bytes_and_fewer_training_images_others(folder, tmp_path):
    first, second = run(folder, tmp_path / "first"), run(folder, tmp_path / "second")
    assert (tmp_path / "first" / "audit.json").read_bytes() == (tmp_path / "second" / "audit.json").read_bytes()
    fewer = run(folder, tmp_path / "fewer", config=AuditorConfig(draws=100, max_train_images=30).model_dump_json())
    assert (first.train_images_used, fewer.train_images_used) == (60, 30)
    assert fewer.floor("histogram") != second.floor("histogram")


def test_the_lungs_of_a_phantom_are_its_truth(folder, tmp_path):
    audit = run(folder, tmp_path / "out", phantom=PHANTOM.model_dump_json())
    assert (audit.lungs, audit.lungs_share) == ("the phantom's truth", None)
    network = keras.Sequential([keras.Input((PX, PX, 1))])
    cropped = TrainedModel(network, tuple(CLASSES), PX, HarmoniseConfig(crop="lungs"))
    assert find_lungs(cropped, PHANTOM).kind == "two fixed ellipses"
    assert find_lungs(cropped, None).kind == "two fixed ellipses"
    assert find_lungs(cropped, None).share > FixedLungs(PX).share + 0.2


def test_everything_comes_in_the_order_that_was_asked_for(folder):
    trained, ids = load_model(folder / "model" / "keras"), [ALL_IDS[row] for row in rows_of("test")]
    facts = {image_id: FileFacts(100 + row, 200, "L", "png") for row, image_id in zip(rows_of("test"), ids, strict=True)}
    files = sorted((folder / "transformed" / "Split-test").iterdir())
    tables = Tables(0.1, FixedLungs(PX), list(facts.values()))
    found = gather(trained, files, ids, facts, tables, AuditorConfig(batch_size=7), masked=True)
    pixels = np.stack([image_of(row) for row in rows_of("test")])
    assert found.ids.tolist() == ids
    assert found.label_index.tolist() == [row % 3 for row in rows_of("test")]
    assert found.sources.tolist() == ["ab"[row % 2] for row in rows_of("test")]
    np.testing.assert_allclose(found.tables["thumbnail"], thumbnail(pixels))
    np.testing.assert_allclose(found.tables["file"][:, 0], np.log([100 + row for row in rows_of("test")]), rtol=1e-6)
    answers = trained.network(without_border(pixels, 0.1)).numpy()
    np.testing.assert_allclose(found.without_border, answers, atol=1e-5)
    assert len(np.unique(answers[:, 0])) > 30  # so that another order would be seen


def test_what_does_not_belong_together_is_refused(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for name in ("transformed", "ingested", "model", "predictions"):
        (other / name).symlink_to(folder / name)
    (other / "transformed").unlink()
    for split in SIZES:
        records = [{"id": b"0" * 16, "image": bytes(PX * PX), "source": b"a", "label_index": 0, "sex": b"M", "view": b"AP", "age": 1}]
        write_records(other / "transformed" / f"Split-{split}" / "part.gz", records)
    with pytest.raises(UserError, match="60 of 60 images are not in the transformed examples"):
        run(other, tmp_path / "out")
    next(iter((other / "transformed" / "Split-eval").iterdir())).unlink()
    with pytest.raises(UserError, match='the split "eval" of the transformed examples is empty'):
        run(other, tmp_path / "out")
    (other / "predictions").unlink()
    (other / "predictions").mkdir()
    with pytest.raises(UserError, match=r"holds no predictions.npz"):
        run(other, tmp_path / "out")


def test_damaged_examples_are_refused(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for name in ("transformed", "model", "predictions"):
        (other / name).symlink_to(folder / name)
    for split in SIZES:
        path = other / "ingested" / f"Split-{split}" / "part.gz"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"no records")
    with pytest.raises(UserError, match="the examples cannot be read"):
        run(other, tmp_path / "out")


def test_node_is_wired(tmp_path):
    examples = channel.Channel(type=standard_artifacts.Examples)
    node = Auditor(
        examples=examples,
        transformed_examples=examples,
        model=channel.Channel(type=standard_artifacts.Model),
        predictions=channel.Channel(type=artifacts.Predictions),
        config=AuditorConfig(),
        seed=5,
        least_in_pair=3,
        phantom=PHANTOM,
        slices=[("source",)],
        code_digest="abc",
    )
    assert node.outputs["audit"].type is artifacts.Audit
    assert artifacts.Audit.TYPE_NAME == "cxr.Audit"
    assert PhantomConfig.model_validate_json(node.exec_properties["phantom"]) == PHANTOM
    assert node.exec_properties["least_in_pair"] == 3
    assert node.exec_properties["slices"] == '[["source"]]'
