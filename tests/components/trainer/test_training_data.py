import json
from pathlib import Path

import pytest

from components.base.errors import UsageError
from components.ingest.known_images import FILE_NAME, KnownImages
from components.trainer.training_data import FOLDER, load_training_data, write_training_data
from schemas.classes import parse_classes


@pytest.mark.parametrize(("fingerprints", "there", "count"), [("full", True, 3), ("pixels", True, 0), ("none", False, 0)])
def test_what_travels(known_records, tmp_path, fingerprints, there, count):
    write_training_data(known_records, tmp_path, fingerprints)
    facts = load_training_data(tmp_path)
    assert (facts.fingerprints, facts.images) == (fingerprints, {"train": 2, "eval": 1})
    assert (tmp_path / FOLDER / FILE_NAME).is_file() == there
    if there:
        assert len(KnownImages.load(tmp_path / FOLDER)) == count


@pytest.mark.parametrize(("fingerprints", "told"), [("full", True), ("pixels", True), ("none", False)])
def test_the_phantom_is_known_whatever_travels_and_other_sources_only_with_pseudonyms(known_records, tmp_path, fingerprints, told):
    summary = json.loads((known_records / "summary.json").read_text())
    (known_records / "summary.json").write_text(json.dumps(summary | {"sources": ["phantom_site_b", "vienna"]}))
    write_training_data(known_records, tmp_path, fingerprints)
    facts = load_training_data(tmp_path)
    assert [facts.holds_source(name) for name in ("phantom_site_a", "phantom_site_b", "vienna")] == [False, True, told]
    assert len(facts.source_digests) == 1 + told
    assert "site" not in facts.model_dump_json()


@pytest.mark.parametrize(("counts", "total"), [((1, 1), 2), ((0, 0), 0), ((1, None), None)])
def test_the_images_without_patient_are_told_unless_the_records_are_older(known_records, tmp_path, counts, total):
    summary = json.loads((known_records / "summary.json").read_text())
    for cell, count in zip(summary["cells"], counts, strict=True):
        cell.update({} if count is None else {"without_patient": count})
    (known_records / "summary.json").write_text(json.dumps(summary))
    write_training_data(known_records, tmp_path, "full")
    assert load_training_data(tmp_path).without_patient == total


def test_merged_classes_come_back_as_the_ingest_takes_them(known_records, tmp_path):
    classes = parse_classes(["normal", {"abnormal": ["pneumonia", "covid19"]}])
    summary = json.loads((known_records / "summary.json").read_text())
    (known_records / "summary.json").write_text(json.dumps(summary | {"classes": classes.names, "labels": classes.by_label}))
    write_training_data(known_records, tmp_path, "none")
    assert load_training_data(tmp_path).class_map == classes


def test_the_trainer_writes_it_beside_the_graph(finished_run):
    model = Path(finished_run.fn_args.serving_model_dir)
    assert (model / "saved_model.pb").is_file()
    assert load_training_data(model).classes == ("normal", "pneumonia", "covid19")
    assert KnownImages.load(model / FOLDER).splits.tolist() == ["eval", "train", "train"]


def test_a_model_without_it_is_refused(known_records, tmp_path):
    with pytest.raises(UsageError, match="train it again"):
        load_training_data(tmp_path)
    write_training_data(known_records, tmp_path, "none")
    (tmp_path / FOLDER / "training.json").write_text('{"version": 2}')
    with pytest.raises(UsageError, match="damaged or of another version: version"):
        load_training_data(tmp_path)
