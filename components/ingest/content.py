"""Digest what decides the content of a records folder."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from importlib.metadata import version

import cv2
import numpy as np
import PIL

from components.base.source_digest import source_digest
from components.ingest.config import IngestConfig
from components.ingest.deidentify import Pseudonyms
from components.ingest.listing import Listing
from components.ingest.paths import read_refusal
from components.ingest.refusal import Refusal
from schemas.classes import ClassMap

_CHUNK_BYTES = 1 << 20
_READERS = 4
_PORTION = 256


def hash_files(paths: Sequence[str], on_progress: Callable[[int], None]) -> Iterator[str | Refusal]:
    """Hash files, a few at a time.

    Args:
      paths: what to read.
      on_progress: called with the number of files done.
    Yields:
      For each path its SHA-256 in hex digits, or why it cannot be read.
    """
    # In portions: the pool makes a future of every path at once.
    with ThreadPoolExecutor(_READERS) as pool:
        for start in range(0, len(paths), _PORTION):
            for done, result in enumerate(pool.map(_hash_file, paths[start : start + _PORTION]), start=start + 1):
                on_progress(done)
                yield result


def records_digest(
    listing: Listing, file_hashes: Sequence[str], config: IngestConfig, classes: ClassMap, columns: Sequence[str], pseudonyms: Pseudonyms
) -> str:
    """Digest the inputs, the configuration and the code: equal digests stand for equal records.

    The rows count as the readers understood them, so that a change to a column that is not used changes nothing;
    where the data folders lie on this machine does not count, nor how many workers read them.

    Args:
      listing: all rows.
      file_hashes: SHA-256 of the file of each of `listing.images`.
      config: limits, storage and division.
      classes: the classes of the run.
      columns: further csv columns.
      pseudonyms: the key counts by its digest.
    Returns:
      16 hex digits.
    """
    digest = hashlib.sha256()
    parts: list[object] = [
        source_digest("components.ingest.job", "components.ingest.readers"),
        {"pillow": PIL.__version__, "numpy": np.__version__, "opencv": cv2.__version__, "libjpeg": version("pylibjpeg-libjpeg")},
        config.model_dump(exclude={"workers", "beam"}),
        [classes.names, sorted(classes.by_label.items())],
        list(columns),
        pseudonyms.key_digest,
        [listing.rows, sorted(listing.skipped.items()), sorted(listing.absent.items())],
    ]
    parts += [[refused.id, refused.source, refused.reason.value, refused.detail] for refused in listing.refused]
    for image, file_hash in zip(listing.images, file_hashes, strict=True):
        parts.append([image.id, image.patient_group, image.label, asdict(image.record), file_hash])
    for part in parts:
        digest.update(json.dumps(part, sort_keys=True).encode("ascii") + b"\n")
    return digest.hexdigest()[:16]


def _hash_file(path: str) -> str | Refusal:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        return read_refusal(error)
    return digest.hexdigest()
