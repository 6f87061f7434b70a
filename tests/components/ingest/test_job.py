"""The whole job on a few tiny images."""

import io
import json
import stat
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from components.base.errors import DataRefusedError, LockedError, UsageError
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.ingest.folder import images_without_patient, open_records
from components.ingest.ledger import ledger_path
from components.ingest.names import unescape
from schemas import features
from schemas.classes import parse_classes


def test_examples_carry_the_features_of_the_schema(run, data_folder, private_dir, examples):
    data = data_folder().fill(5)
    odd = np.zeros((100, 80), np.uint16)
    odd[:50] = 4095
    buffer = io.BytesIO()
    Image.fromarray(odd).save(buffer, "PNG")
    data.add("odd.jpg", source="south", patient_id="x", view="PA erect", age="93", ward="icu", content=buffer.getvalue())
    for index in range(2):
        data.add(f"more{index}", source="south", patient_id=f"{index}")
    records = run(data, columns=("ward",), private=None)
    found = examples(records)
    assert len(found) == 13
    example = found[Pseudonyms(PUBLIC_KEY).image_id("south", "odd.jpg")]
    pixels = np.asarray(Image.open(io.BytesIO(example.pop(features.ENCODED))))
    assert pixels.shape == (64, 51)
    assert set(np.unique(pixels[:25])) == {255}
    split = example.pop(features.SPLIT).decode()
    assert split in features.SPLITS
    assert example == {
        features.ID: Pseudonyms(PUBLIC_KEY).image_id("south", "odd.jpg").encode(),
        features.GROUP: Pseudonyms(PUBLIC_KEY).group_id("south", "x", "odd.jpg").encode(),
        features.SOURCE: b"south",
        features.VIEW: b"PA",
        features.LABEL: b"normal",
        features.LABEL_INDEX: 0,
        features.HEIGHT_PX: 100,
        features.WIDTH_PX: 80,
        features.MODE: b"I;16",
        features.FORMAT: b"png",
        features.AGE: 90,
        features.SEX: b"unknown",
        features.FOLLOW_UP: -1,
        features.FINDINGS_PRESENT: [-1] * 14,
        features.FOLD: -1,
        **{features.quality(flag): int(flag == "inverted") for flag in features.QUALITY_FLAGS},  # white above black: no chest
        "extra/ward": b"icu",
    }
    assert not list(private_dir.iterdir())


def test_the_summary_counts_what_is_there(run, data_folder, examples, table):
    data = data_folder().fill(6, images=2)
    data.add("bad.png", content=b"no image", source="south")
    data.row(filename="gone.png", label="pneumonia", source="north")
    data.add("other.png", label="tuberculosis")
    records = run(data, max_quarantined=0.5)
    summary = json.loads((records.folder / "summary.json").read_text())
    assert summary == records.summary
    assert summary["digest"] == records.digest == records.folder.name
    assert summary["counts"] == {"listed": 27, "written": 24, "quarantined": 1, "skipped": 1, "absent": 1}
    assert summary["quarantined"] == {"not_an_image": 1}
    assert summary["absent"] == {"north": 1}
    assert summary["skipped"] == {"label is in no class": 1}
    assert (summary["classes"], summary["columns"], summary["sources"]) == (["normal", "pneumonia"], [], ["north"])
    found = examples(records).values()
    counted = Counter((example["source"].decode(), example["label"].decode(), example["split"].decode()) for example in found)
    assert {(cell["source"], cell["label"], cell["split"]): cell["images"] for cell in summary["cells"]} == counted
    assert sum(cell["groups"] for cell in summary["cells"]) == summary["groups"] == 12
    quarantine = table(records.folder / "quarantine.csv")
    assert [(row["source"], row["reason"], row["detail"]) for row in sorted(quarantine, key=lambda row: row["reason"])] == [
        ("south", "not_an_image", "text"),
    ]
    names = [path.relative_to(records.folder).as_posix() for path in records.folder.rglob("*") if path.is_file()]
    folders = ("examples/", "fingerprints/")
    others = sorted(name for name in names if not name.startswith(folders))
    assert others == ["SHA256SUMS", "quarantine.csv", "splits.csv", "summary.json"]
    assert all(name.endswith(".tfrecord") for name in names if name.startswith(folders))


def test_images_that_name_no_patient_are_counted_by_source_class_and_split(run, data_folder, examples, caplog):
    data = data_folder().fill(6)
    lone = [("normal", "south"), ("normal", "north"), ("pneumonia", "south")]
    for index in range(12):
        label, source = lone[index % 3]
        data.add(f"lone{index}.png", label=label, source=source)
    with caplog.at_level("INFO"):
        records = run(data, private=None)
    ids = {Pseudonyms(PUBLIC_KEY).image_id(lone[index % 3][1], f"lone{index}.png") for index in range(12)}
    unnamed = Counter(
        (example["source"].decode(), example["label"].decode(), example["split"].decode())
        for name, example in examples(records).items()
        if name in ids
    )
    cells = records.summary["cells"]
    assert {(cell["source"], cell["label"], cell["split"]): cell["without_patient"] for cell in cells if cell["without_patient"]} == unnamed
    assert images_without_patient(records.summary) == unnamed.total() == 12
    assert "no patient is named for 12 of 24 images; each is a group of its own, copies aside" in caplog.text
    older = {"cells": [{key: value for key, value in cell.items() if key != "without_patient"} for cell in cells]}
    assert images_without_patient(older) is None


def test_workers_change_no_byte(run, data_folder, bytes_below, examples):
    data = data_folder().fill(15)
    one = run(data, output="one", workers=1)
    two = run(data, output="two", workers=2)
    assert one.digest == two.digest
    assert not one.reused
    assert not two.reused
    assert bytes_below(one.folder) == bytes_below(two.folder)
    assert len(list(one.folder.glob("examples/train/part-*-of-00006.tfrecord"))) == 6
    for split in features.SPLITS:
        ids = [key for key, example in examples(one).items() if example[features.SPLIT].decode() == split]
        assert ids == sorted(ids)


def test_a_whole_folder_is_reused(run, data_folder, bytes_below, tmp_path):
    data = data_folder().fill(5)
    first = run(data)
    before = bytes_below(tmp_path / "output")
    second = run(data, workers=2)
    assert second.reused
    assert (second.folder, second.digest, second.summary) == (first.folder, first.digest, first.summary)
    assert bytes_below(tmp_path / "output") == before


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-1])])
def test_a_folder_that_was_damaged_is_not_reused(run, data_folder, damage):
    data = data_folder().fill(5)
    damage(next(run(data).folder.glob("examples/eval/*")))
    with pytest.raises(DataRefusedError, match="its examples are damaged; remove this folder"):
        run(data)


@pytest.mark.parametrize("column", ["filename", "patient_id"])
def test_names_may_not_travel(run, data_folder, column):
    with pytest.raises(UsageError, match="never reach an output"):
        run(data_folder().fill(4), columns=(column,))


def test_what_decides_the_content_decides_the_digest(run, data_folder, tmp_path):
    data = data_folder().fill(5)
    first = run(data)
    assert run(data, images_per_shard=2).digest != first.digest
    assert run(data, columns=("ward",)).digest != first.digest
    assert run(data, output="elsewhere", private=tmp_path / "other-key").digest != first.digest
    image = data.root / data.rows[0]["filename"]
    Image.fromarray(np.eye(30, dtype=np.uint8) * 200).save(image)
    assert run(data).digest != first.digest


def test_where_the_data_lie_decides_nothing(run, data_folder):
    assert run(data_folder("here").fill(4)).digest == run(data_folder("there").fill(4), output="other").digest


def test_too_many_bad_files_are_refused_with_counts_and_where_the_names_are(run, data_folder, private_dir, tmp_path, table):
    data = data_folder().fill(4)
    data.add("=bad.png", content=b"no image", patient_id="+x")
    data.add("flat.png", content=b"GIF89a")
    refusal = r"2 of 10 images cannot be used \(not_an_image: 1, truncated: 1\), more than ingest.max_quarantined = 0.05"
    with pytest.raises(DataRefusedError, match=refusal):
        run(data)
    [path] = (private_dir / "quarantine").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {unescape(row["file"]): row["reason"] for row in table(path)} == {"=bad.png": "not_an_image", "flat.png": "truncated"}
    assert "\\x3dbad.png" in path.read_text()
    with pytest.raises(DataRefusedError, match=str(path)):
        run(data)
    assert not ledger_path(tmp_path / "output").exists()
    assert [path.name for path in (tmp_path / "output" / "records").iterdir()] == [".lock"]
    assert run(data, max_quarantined=0.2).summary["counts"]["quarantined"] == 2


def test_what_cannot_pass_is_refused_before_decoding(run, data_folder, monkeypatch):
    from components.ingest import passes

    monkeypatch.setattr(passes, "decode", lambda *_: pytest.fail("decoded"))
    data = data_folder().fill(4)
    for index in range(4):
        (data.root / f"empty{index}.png").touch()
        data.row(filename=f"empty{index}.png", label="normal", source="north")
    with pytest.raises(DataRefusedError, match=r"4 of 12 images cannot be used \(empty: 4; none was decoded yet\)"):
        run(data)


def test_a_class_without_images_is_refused_and_the_labels_are_named(run, data_folder):
    with pytest.raises(DataRefusedError, match=r"class 'covid19' has no usable image; .* 'normal' \(4\), 'pneumonia' \(4\)"):
        run(data_folder().fill(4), classes=parse_classes(["normal", "covid19"]))


def test_a_class_of_two_patients_is_refused(run, data_folder):
    data = data_folder().fill(2, images=4)
    with pytest.raises(DataRefusedError, match=r"too few patients to put some in (eval|test); add patients"):
        run(data)


def test_classes_merge_labels(run, data_folder, examples):
    data = data_folder().fill(4)
    for index in range(4):
        data.add(f"c{index}.png", label="covid19")
    records = run(data, classes=parse_classes(["normal", {"abnormal": ["pneumonia", "covid19"]}]))
    labels = Counter((example["label"], example["label_index"]) for example in examples(records).values())
    assert labels == {(b"normal", 0): 4, (b"abnormal", 1): 8}


def test_odd_names_survive(run, data_folder, private_dir, examples, table):
    data = data_folder().fill(4)
    names = ["line\nbreak.png", "latin1_\udce9.png", "-rf.png", "=cmd().png", 'a, "b".png', "röntgen_胸部.png", "back\\slash.png"]
    for name in names:
        data.add(name)
    records = run(data)
    assert records.summary["counts"] == {"listed": 15, "written": 15, "quarantined": 0, "skipped": 0, "absent": 0}
    path = private_dir / "index" / f"{records.digest}.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    index = table(path)
    assert set(names) <= {unescape(row["file"]) for row in index}
    assert {row["id"] for row in index} == set(examples(records))
    assert len(path.read_text().splitlines()) == 16


def test_no_name_and_no_patient_reach_the_output(run, data_folder, tmp_path, caplog):
    data = data_folder().fill(4, prefix="Erika")
    for index in range(3):
        data.add(f"sub/Secret-{index}.png", patient_id=f"Patient-{index}", source="south")
    data.add("Secret-bad.png", content=b"GIF89a Secret inside", patient_id="Patient-9")
    data.add("Secret-label.png", label="", patient_id="Patient-10")
    data.row(filename="../Secret-out.png", label="normal", source="north", patient_id="Patient-11")
    data.row(filename="Secret-gone.png", label="normal", source="north", patient_id="Patient-12")
    caplog.set_level("DEBUG")
    run(data, max_quarantined=0.9)
    for path in (tmp_path / "output").rglob("*"):
        for word in (b"Secret", b"Patient-", b"Erika", b"Mr "):
            assert word not in str(path.relative_to(tmp_path)).encode()
            if path.is_file():
                assert word not in path.read_bytes(), path
    assert not any(word in caplog.text for word in ("Secret", "Patient-", "Erika"))


def test_a_file_that_changes_while_it_is_read_is_refused(run, data_folder, monkeypatch):
    from components.ingest import runner

    data = data_folder().fill(4)
    run_pass = runner.run_pass

    def change_then_run(*arguments):
        Image.fromarray(np.eye(30, dtype=np.uint8) * 200).save(data.root / data.rows[3]["filename"])
        run_pass(*arguments)

    monkeypatch.setattr(runner, "run_pass", change_then_run)
    with pytest.raises(DataRefusedError, match=r"image [0-9a-f]{16} changed while it was read; run again"):
        run(data)


def test_a_shard_that_lacks_images_is_a_fault(run, data_folder, monkeypatch, tmp_path):
    from components.base.errors import UserError
    from components.ingest import passes, runner

    run_pass = runner.run_pass
    monkeypatch.setattr(
        runner, "run_pass", lambda elements, work, *rest: run_pass(elements[isinstance(work, passes.WriteShard) :], work, *rest)
    )
    with pytest.raises(UserError, match="a fault of the program"):
        run(data_folder().fill(4))
    assert not ledger_path(tmp_path / "output").exists()


def test_a_failing_worker_is_one_line(run, data_folder, monkeypatch):
    from components.base.errors import UserError
    from components.ingest import runner

    def fail(*_):
        raise RuntimeError("first line\nOSError: [Errno 28] No space left on device [while running 'work']")

    monkeypatch.setattr(runner, "run_pass", fail)
    with pytest.raises(UserError, match=r"a worker failed: OSError: \[Errno 28\]"):
        run(data_folder().fill(4))


def test_one_ingest_at_a_time(run, data_folder, tmp_path):
    with open_records(tmp_path / "output", "digest"), pytest.raises(LockedError, match="another ingest is writing here"):
        run(data_folder().fill(4))


def test_the_private_folder_may_not_lie_in_the_output(run, data_folder, tmp_path):
    with pytest.raises(UsageError, match="outside the output folder"):
        run(data_folder().fill(4), private=tmp_path / "output" / "private")
    assert not (tmp_path / "output").exists()


def test_an_output_that_cannot_be_written_is_a_usage_error(run, data_folder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        run(data_folder().fill(4), output="file")
