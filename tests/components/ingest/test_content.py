import hashlib

from components.ingest.config import IngestConfig
from components.ingest.content import hash_files, records_digest
from components.ingest.deidentify import Pseudonyms
from components.ingest.listing import list_images
from components.ingest.records import DataSource
from schemas.quarantine import Reason


def test_files_are_hashed_in_order_and_a_lost_one_is_told(tmp_path):
    (tmp_path / "a").write_bytes(b"a" * 3_000_000)
    (tmp_path / "b").write_bytes(b"b")
    done = []
    first, lost, last = hash_files([tmp_path / "a", tmp_path / "gone", tmp_path / "b"], done.append)
    assert first == hashlib.sha256(b"a" * 3_000_000).hexdigest()
    assert lost.reason is Reason.MISSING
    assert last == hashlib.sha256(b"b").hexdigest()
    assert done == [1, 2, 3]


def digest(data, classes, config=None, columns=(), key=b"k", hashes=None, label=None):
    if label:
        data.rows[0]["label"] = label
        data.row(**data.rows.pop())
    pseudonyms = Pseudonyms(key)
    listing = list_images([DataSource("manifest", data.root)], classes, columns, pseudonyms)
    hashes = hashes or ["0" * 64] * len(listing.images)
    return records_digest(listing, hashes, config or IngestConfig(), classes, columns, pseudonyms)


def test_all_that_decides_the_records_is_in_the_digest(data_folder, classes):
    data = data_folder().fill(2)
    first = digest(data, classes)
    assert len(first) == 16
    assert digest(data, classes) == first
    assert digest(data, classes, IngestConfig(workers=7)) == first
    others = [
        digest(data, classes, IngestConfig(max_side_px=100)),
        digest(data, classes, IngestConfig(split={"seed": 1})),
        digest(data, classes, columns=("age",)),
        digest(data, classes, key=b"other"),
        digest(data, classes, hashes=["1" * 64] + ["0" * 64] * 3),
        digest(data, classes, label="pneumonia"),
    ]
    assert len({first, *others}) == 7
