"""Every promise is checked again on what was written, and every damage is found."""

import csv
import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from components.base.errors import UsageError
from components.ingest import checksums, folder
from components.ingest.example import decode_example, encode_example
from components.ingest.job import DataSource, ingest
from components.ingest.ledger import ledger_path, load_ledger
from components.ingest.tfrecord import read_record, write_record
from components.ingest.verify import verify


@pytest.fixture
def written(data_folder, small_config, classes, tmp_path, private_dir):
    """An output folder, and its records folder."""
    data = data_folder().fill(8)
    data.add("bad.png", content=b"text")
    config = small_config(max_quarantined=0.2, images_per_shard=16)
    records = ingest([DataSource("manifest", data.root)], tmp_path / "output", config, classes, (), private_dir)
    return tmp_path / "output", records.folder


def rewrite(path, change):
    """Write a shard anew with whole records of other content, as a faulty program would."""
    with path.open("rb") as file:
        records = []
        while (data := read_record(file)) is not None:
            records.append(decode_example(data))
    records = change(records) or records
    with path.open("wb") as file:
        for values in records:
            write_record(file, encode_example(values))


def faults_after(output, target, summed=True):
    if summed:
        checksums.write_checksums(target)  # so that nothing but the promise itself is broken
    return list(verify(output))


def test_what_was_written_keeps_every_promise(written):
    output, target = written
    assert list(verify(output)) == []
    assert list(verify(target)) == []


def test_any_flipped_byte_is_found(written):
    output, target = written
    files = [path for path in sorted(target.rglob("*")) if path.is_file()] + [ledger_path(output)]
    assert len(files) >= 9
    for path in files:
        whole = path.read_bytes()
        for position in {0, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
            path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x20]) + whole[position + 1 :])
            assert list(verify(output)), (path.name, position)
        path.write_bytes(whole)
    assert list(verify(output)) == []


def test_missing_and_foreign_files_are_found(written):
    output, target = written
    (target / "stranger.txt").write_text("x")
    shard = next(target.glob("fingerprints/eval/*"))
    shard.unlink()
    faults = list(verify(output))
    assert f"{target.name}: stranger.txt was not written by the ingest" in faults
    assert any(f"{shard.name} is missing" in fault for fault in faults)


def test_one_group_in_two_splits_is_found(written):
    output, target = written
    train, test = (next(target.glob(f"examples/{split}/*")) for split in ("train", "test"))
    with train.open("rb") as file:
        group = decode_example(read_record(file))["group"]
    rewrite(test, lambda records: records[0].update(group=group))
    faults = faults_after(output, target)
    assert any("1 times one group lies in two splits" in fault for fault in faults), faults


def test_a_copy_in_two_splits_is_found(written):
    output, target = written
    train, test = (next(target.glob(f"fingerprints/{split}/*")) for split in ("train", "test"))
    with train.open("rb") as file:
        copied = decode_example(read_record(file))
    rewrite(test, lambda records: records[0].update(pixels=copied["pixels"], fingerprint=copied["fingerprint"]))
    faults = faults_after(output, target)
    assert any("digest of pixels lies in two splits" in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda records: records[1:], "holds 15 images; its summary counts 16"),
        (lambda records: records + records[:1], "is written twice"),
        (lambda records: records[0].update(split=[b"train"]), "of split train lies in eval/"),
        (lambda records: records[0].update(label_index=[7]), "a label index that is not that of its class"),
        (lambda records: records[0].update(source=[b"elsewhere"]), "by source, label and split are not those of its summary"),
        (lambda records: records[0].update(id=[b"0" * 16]), "the ids of the images are not those"),
    ],
)
def test_a_broken_promise_is_named(written, change, text):
    output, target = written
    rewrite(next(target.glob("examples/eval/*")), change)
    faults = faults_after(output, target)
    assert any(text in fault for fault in faults), faults


def test_a_damaged_png_is_found(written):
    output, target = written

    def damage(records):
        encoded = bytearray(records[0]["image/encoded"][0])
        encoded[45] ^= 1
        records[0]["image/encoded"] = [bytes(encoded)]

    rewrite(next(target.glob("examples/train/*")), damage)
    faults = faults_after(output, target)
    assert any("fails its checksum" in fault for fault in faults), faults


def test_a_ledger_that_says_otherwise_is_found(written):
    output, target = written
    book = load_ledger(ledger_path(output))
    group = min(book.groups)
    book.groups[group] = "test" if book.groups[group] != "test" else "train"
    book.save(ledger_path(output))
    assert any("the ledger has another place for 1 patients" in fault for fault in faults_after(output, target))
    shutil.rmtree(ledger_path(output).parent)
    assert any("ledger.json is missing" in fault for fault in faults_after(output, target))


def test_wrong_counts_are_found(written):
    output, target = written
    summary = json.loads((target / "summary.json").read_text())
    summary["counts"]["quarantined"] += 1
    folder.write_summary(target, summary)
    faults = faults_after(output, target)
    assert any("the counts of its summary do not add up" in fault for fault in faults)
    assert any("quarantine.csv names 1 files; the summary counts 2" in fault for fault in faults)


def test_a_patient_in_two_splits_is_found(written):
    output, target = written
    with (target / "splits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    one = next(row for row in rows if row["split"] == "train")
    other = next(row for row in rows if row["split"] == "test")
    other["patient_group"] = one["patient_group"]
    folder.write_splits(target, [tuple(row.values()) for row in rows])
    assert any("one patient lies in two splits" in fault for fault in faults_after(output, target))


def test_a_near_copy_in_two_splits_is_found(data_folder, small_config, classes, tmp_path, private_dir):
    """Of other pixels, so that nothing but the search can tell."""
    data = data_folder()
    noise = np.random.default_rng(2020)
    for index in range(16):
        rough = Image.fromarray(noise.integers(0, 256, (40, 32), dtype=np.uint8)).resize((320, 400), Image.Resampling.BICUBIC)
        buffer = io.BytesIO()
        rough.save(buffer, "PNG")
        data.add(f"{index}.png", label=classes.names[index % 2], patient_id=f"p{index}", content=buffer.getvalue())
    config = small_config(images_per_shard=16, max_side_px=512)
    target = ingest([DataSource("manifest", data.root)], tmp_path / "output", config, classes, (), private_dir).folder
    train, test = (next(target.glob(f"fingerprints/{split}/*")) for split in ("train", "test"))
    with train.open("rb") as file:
        copied = decode_example(read_record(file))
    rewrite(test, lambda records: records[0].update(fingerprint=copied["fingerprint"]))
    faults = faults_after(tmp_path / "output", target)
    assert any("1 pairs of copies lie in two splits" in fault for fault in faults), faults
    summary = json.loads((target / "summary.json").read_text())
    folder.write_summary(target, summary | {"near_copies": False})
    assert faults_after(tmp_path / "output", target) == [], "an ingest that did not look for them promised nothing"


@pytest.fixture
def folded(data_folder, small_config, classes, tmp_path, private_dir):
    """An output folder of five folds, and its records folder."""
    config = small_config(images_per_shard=32, split={"folds": 5, "fold": 0})
    records = ingest([DataSource("manifest", data_folder().fill(10).root)], tmp_path / "output", config, classes, (), private_dir)
    return tmp_path / "output", records.folder


def test_one_group_in_two_folds_is_found_where_both_are_train_now(folded):
    output, target = folded
    assert list(verify(output)) == []

    def join(records):
        one = next(values for values in records if values["fold"] == [2])
        other = next(values for values in records if values["fold"] == [3])
        other.update(group=one["group"])

    rewrite(next(target.glob("examples/train/*")), join)
    assert any("1 times one group lies in two splits" in fault for fault in faults_after(output, target))


def test_a_fold_that_is_not_that_of_the_table_is_found(folded):
    output, target = folded
    rewrite(next(target.glob("examples/train/*")), lambda records: records[0].update(fold=[4 if records[0]["fold"] == [3] else 3]))
    assert any("1 images are not in the split of their place" in fault for fault in faults_after(output, target))


def change_splits(target, change):
    with (target / "splits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    change(rows)
    folder.write_splits(target, [tuple(row.values()) for row in rows])


def test_a_place_that_is_not_the_split_is_found(written):
    output, target = written
    change_splits(target, lambda rows: next(row for row in rows if row["split"] == "test").update(place="train"))
    assert any("1 images are not in the split of their place" in fault for fault in faults_after(output, target))


def test_a_table_of_other_images_is_found(written):
    output, target = written
    change_splits(target, lambda rows: rows[0].update(id="0" * 16))
    assert any("splits.csv does not name the images that are written" in fault for fault in faults_after(output, target))


def test_a_ledger_of_other_rules_or_fewer_images_is_found(written):
    output, target = written
    book = load_ledger(ledger_path(output))
    book.images.remove(min(book.images))
    book.save(ledger_path(output))
    assert any("the ledger does not know every image" in fault for fault in faults_after(output, target))
    book.division["seed"] = 7
    book.save(ledger_path(output))
    assert any("the ledger divides by other rules" in fault for fault in faults_after(output, target))


def test_copies_of_two_classes_are_found(written):
    output, target = written
    shards = [next(target.glob(f"{kind}/train/*")) for kind in ("examples", "fingerprints")]
    with shards[0].open("rb") as file:
        labels = {}
        while (data := read_record(file)) is not None:
            values = decode_example(data)
            labels[values["id"][0]] = values["label"]

    def copy(records):
        one = records[0]
        other = next(values for values in records if labels[values["id"][0]] != labels[one["id"][0]])
        other.update(fingerprint=one["fingerprint"])

    rewrite(shards[1], copy)
    assert any("1 pairs of copies have two classes" in fault for fault in faults_after(output, target))


def test_no_records_are_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="holds no records"):
        list(verify(tmp_path))
