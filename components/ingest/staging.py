"""What travels into, between and out of the Beam passes.

Elements are plain values, which every coder knows; only they hold paths of originals, which never reach the staging
folder. The staging folder lies in the output folder until the records are whole; what is staged is not decoded again
when a killed run goes on.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.ingest.copies.fingerprint import Fingerprint
from components.ingest.listing import ListedImage
from components.ingest.tfrecord import read_record_at

# Number of the batch; path, id and SHA-256 of each file, packed: Beam holds every element of a Create several times over,
# and takes twenty times the memory for tuples of texts.
Batch = tuple[int, bytes]
# What the first pass says of one file: where its PNG and its fingerprint lie and how it measures, or why it is refused.
Row = dict[str, Any]
# Path of the shard of examples, of the shard of fingerprints, and of the plan that names what goes into them.
Shard = tuple[str, str, str]

ROWS, IMAGES, FINGERPRINTS, PLAN = ".rows.jsonl", ".images", ".fingerprints", ".plan.jsonl"

_MIN_BATCH = 8
_MAX_BATCH = 64
_BATCHES = 250


def batches_of(images: Sequence[ListedImage], hashes: Sequence[str]) -> Iterator[Batch]:
    """Deal out the files: small batches, so that progress shows and workers end together, but no thousands of files."""
    size = batch_size(len(images))
    for index, start in enumerate(range(0, len(images), size)):
        files = zip(images[start : start + size], hashes[start : start + size], strict=True)
        yield index, zlib.compress(json.dumps([(image.path, image.id, sha256) for image, sha256 in files]).encode("ascii"))


def files_of(batch: Batch) -> list[tuple[str, str, str]]:
    """Unpack the path (bytes that are not UTF-8 as surrogates), the id and the SHA-256 of each file."""
    return [(path, image_id, sha256) for path, image_id, sha256 in json.loads(zlib.decompress(batch[1]))]


def batch_size(images: int) -> int:
    """How many files a batch has: few enough to lose little when a run is killed, enough that Beam keeps few elements."""
    return min(_MAX_BATCH, max(_MIN_BATCH, -(-images // _BATCHES)))


def batch_name(index: int) -> str:
    """Name the files of a batch, before their suffixes."""
    return f"{index:06d}"


@dataclass(frozen=True, slots=True)
class StagedImage:
    """Where an image waits.

    Attributes:
      id: its pseudonym.
      batch: number of its batch.
      line: offset of its row in the file of rows, bytes.
      fingerprint: offset of its fingerprint, bytes.
      pixels: digest of its pixels.
    """

    id: str
    batch: int
    line: int
    fingerprint: int
    pixels: bytes


class Staging:
    """A staging folder, as the driver reads it: rows and fingerprints stay on the disk until they are asked for."""

    def __init__(self, folder: Path):
        self.folder = folder

    def done(self) -> set[int]:
        """Which batches are decoded."""
        return {int(path.name.removesuffix(ROWS)) for path in self.folder.glob(f"*{ROWS}")}

    def read_rows(self) -> Iterator[tuple[StagedImage | None, Row]]:
        """Read what the first pass says of every file; the place of those that were decoded."""
        for path in sorted(self.folder.glob(f"*{ROWS}")):
            batch = int(path.name.removesuffix(ROWS))
            with path.open("rb") as file:
                line = 0
                for text in file:
                    row = json.loads(text)
                    if "pixels" in row:
                        yield StagedImage(row["id"], batch, line, row["fingerprint"], bytes.fromhex(row["pixels"])), row
                    else:
                        yield None, row
                    line += len(text)

    def read_row(self, image: StagedImage) -> Row:
        """Read the row of one image."""
        with self._path(image.batch, ROWS).open("rb") as file:
            file.seek(image.line)
            row: Row = json.loads(file.readline())
            return row

    def read_fingerprint(self, image: StagedImage) -> Fingerprint:
        """Read the fingerprint of one image."""
        with self._path(image.batch, FINGERPRINTS).open("rb") as file:
            return Fingerprint.from_bytes(read_record_at(file, image.fingerprint))

    def _path(self, batch: int, suffix: str) -> Path:
        return self.folder / f"{batch_name(batch)}{suffix}"


class StagedFingerprints(Sequence[Fingerprint]):
    """The fingerprints of some images, read from the disk each time."""

    def __init__(self, staging: Staging, images: Sequence[StagedImage]):
        self._staging = staging
        self._images = images

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: Any) -> Any:
        return self._staging.read_fingerprint(self._images[index])


class Chained(Sequence[Fingerprint]):
    """Two collections of fingerprints, one behind the other."""

    def __init__(self, first: Sequence[Fingerprint], second: Sequence[Fingerprint]):
        self._first, self._second = first, second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def __getitem__(self, index: Any) -> Any:
        return self._first[index] if index < len(self._first) else self._second[index - len(self._first)]


def write_plan(path: Path, rows: Iterable[tuple[Row, dict[str, Any]]]) -> None:
    """Write which staged image goes into a shard, in what order, and the features that the driver adds."""
    with path.open("w", encoding="ascii") as file:
        for row, values in rows:
            file.write(json.dumps([row, values]) + "\n")


def shards_of(count: int, images_per_shard: int) -> list[tuple[int, int]]:
    """Divide a number of examples into shards that are as equal as can be: first example and the one behind the last."""
    shards = -(-count // images_per_shard)
    return [(count * index // shards, count * (index + 1) // shards) for index in range(shards)]
