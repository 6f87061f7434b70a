import hashlib

import numpy as np
import pytest

from components.base.errors import DataRefusedError, UserError
from components.ingest.known_images import FILE_NAME, KnownImages
from components.ingest.written_fingerprints import WrittenFingerprints


@pytest.fixture
def records(data_folder, run):
    return run(data_folder().fill(6)).folder


@pytest.mark.parametrize("with_fingerprints", [True, False])
def test_they_come_back_in_the_order_of_the_shards(records, tmp_path, table, with_fingerprints):
    KnownImages.of(records, with_fingerprints).save(tmp_path)
    known, written = KnownImages.load(tmp_path), WrittenFingerprints(records)
    assert [bytes(digest).hex() for digest in known.pixels] == written.pixels
    rows = {row["id"]: row for row in table(records / "splits.csv")}
    assert known.patients.tolist() == [rows[image]["patient_group"] for image in written.ids]
    assert known.splits.tolist() == [rows[image]["split"] for image in written.ids]
    assert list(known) == (list(written) if with_fingerprints else [])
    assert len(written) == 12


def test_no_name_and_no_id_of_an_image_travels(records, tmp_path):
    KnownImages.of(records, True).save(tmp_path)
    with np.load(tmp_path / FILE_NAME) as content:
        assert set(content.files) == {"pixels", "patients", "splits", "data", "ends"}
        everything = b"".join(content[name].tobytes() for name in content.files)
    texts = [*WrittenFingerprints(records).ids, "img-", "Mr ", str(records)]
    assert not any(text.encode() in everything or text.encode("utf-32-le") in everything for text in texts)


def test_the_same_records_give_the_same_bytes(records, tmp_path):
    digests = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        KnownImages.of(records, True).save(tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name / FILE_NAME).read_bytes()).hexdigest())
    assert len(digests) == 1


@pytest.mark.parametrize("damage", ["missing", "cut", "other arrays", "too few", "too long"])
def test_a_damaged_file_is_refused_in_one_line(records, tmp_path, damage):
    KnownImages.of(records, True).save(tmp_path)
    path = tmp_path / FILE_NAME
    with np.load(path) as content:
        arrays = dict(content)
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "other arrays":
        np.savez(path, names=np.arange(3))
    elif damage == "too few":
        np.savez(path, **{**arrays, "patients": arrays["patients"][1:]})
    else:
        np.savez(path, **{**arrays, "data": arrays["data"][1:]})
    with pytest.raises(UserError, match=r"missing or damaged .*train the model again") as caught:
        KnownImages.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_records_whose_fingerprints_are_gone_are_refused(records):
    next((records / "fingerprints" / "train").iterdir()).unlink()
    with pytest.raises(DataRefusedError, match="fingerprints are not those"):
        KnownImages.of(records, True)
