"""The two Beam passes: decode and fingerprint every image once, then write the shards.

Between the passes the copies, groups and splits are decided. No image travels through a GroupByKey or to the driver:
the first pass leaves PNGs in staging files, the second reads them by their offsets. Every file is read and written
through Beam's file systems, and nothing is taken from a global of the driver, so that any runner will do whose workers
see the same files.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import apache_beam as beam
import numpy as np
import numpy.typing as npt
from apache_beam.io.filesystem import BeamIOError, CompressionTypes
from apache_beam.io.filesystems import FileSystems

from components.ingest.copies.fingerprint import take_fingerprint
from components.ingest.decode import Limits, decode
from components.ingest.example import encode_example
from components.ingest.paths import read_refusal
from components.ingest.quality import flags
from components.ingest.refusal import Refusal
from components.ingest.shrink import encode_png, shrink
from components.ingest.staging import FINGERPRINTS, IMAGES, ROWS, Batch, Row, Shard, batch_name, files_of
from components.ingest.tfrecord import read_record_at, write_record
from schemas import features
from schemas.quarantine import Reason


class DecodeBatch(beam.DoFn):  # type: ignore[misc]
    """Decode a batch of files into staging files: images, fingerprints and rows.

    The rows appear last and whole: they are the sign that the batch is done, and a retry writes the same again.
    """

    def __init__(self, staging: str, limits: Limits, max_side_px: int):
        self._staging = staging
        self._limits = limits
        self._max_side_px = max_side_px

    def process(self, batch: Batch) -> None:
        """Decode one batch."""
        index = batch[0]
        start = FileSystems.join(self._staging, batch_name(index))
        with _written(start + IMAGES) as images, _written(start + FINGERPRINTS) as fingerprints:
            rows = [self._decode(images, fingerprints, *file) for file in files_of(batch)]
        with _written(start + ROWS) as file:
            for row in rows:
                file.write(json.dumps({"batch": index, **row}).encode("ascii") + b"\n")

    def _decode(self, images: BinaryIO, fingerprints: BinaryIO, path: str, image_id: str, sha256: str) -> Row:
        try:
            data = _read(path)
            if hashlib.sha256(data).hexdigest() != sha256:
                return {"id": image_id, "changed": True}
            image = decode(data, self._limits, self._max_side_px)
        except Refusal as refusal:
            return {"id": image_id, "reason": refusal.reason.value, "detail": refusal.detail}
        shrunk = shrink(image.pixels, self._max_side_px)
        return {
            "id": image_id,
            "image": write_record(images, encode_png(shrunk)),
            "fingerprint": write_record(fingerprints, take_fingerprint(shrunk).to_bytes()),
            "pixels": _digest(image.pixels),
            "flags": sorted(flags(image, shrunk)),
            "header": {features.VIEW: image.view, features.SEX: image.sex, features.AGE: image.age_years},
            "values": {
                features.HEIGHT_PX: image.height_px,
                features.WIDTH_PX: image.width_px,
                features.MODE: image.mode,
                features.FORMAT: image.format,
            },
        }


class WriteShard(beam.DoFn):  # type: ignore[misc]
    """Write one shard of examples, and the shard of their fingerprints, by a plan."""

    def __init__(self, staging: str):
        self._staging = staging

    def process(self, shard: Shard) -> None:
        """Write one shard, whole or not at all."""
        examples_path, fingerprints_path, plan = shard
        with _opened(plan) as lines, _written(fingerprints_path) as fingerprints, _written(examples_path) as examples:
            for line in lines:
                row, values = json.loads(line)
                start = FileSystems.join(self._staging, batch_name(row["batch"]))
                encoded = self._staged(start + IMAGES, row["image"])
                fingerprint = self._staged(start + FINGERPRINTS, row["fingerprint"])
                write_record(examples, encode_example({**values, features.ENCODED: encoded}))
                digest = bytes.fromhex(row["pixels"])
                identity = {name: values[name] for name in (features.ID, features.GROUP, features.SPLIT)}
                write_record(fingerprints, encode_example({**identity, features.PIXELS: digest, features.FINGERPRINT: fingerprint}))

    def _staged(self, path: str, offset: int) -> bytes:
        with _opened(path) as file:
            return read_record_at(file, offset)


def _digest(pixels: npt.NDArray[np.uint8]) -> str:
    digest = hashlib.sha256(f"{pixels.shape[0]}x{pixels.shape[1]}/".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


@contextmanager
def _written(path: str) -> Iterator[BinaryIO]:
    """Write a file under a name of its own, and give it its name when it is whole."""
    partial = f"{path}.{uuid.uuid4().hex}.partial"
    with FileSystems.create(partial, "application/octet-stream", CompressionTypes.UNCOMPRESSED) as file:
        yield file
    FileSystems.rename([partial], [path])


def _opened(path: str) -> Any:
    return FileSystems.open(path, "application/octet-stream", CompressionTypes.UNCOMPRESSED)


def _read(path: str) -> bytes:
    try:
        with _opened(path) as file:
            data: bytes = file.read()
            return data
    except BeamIOError as error:
        raise Refusal(Reason.UNREADABLE, "cannot be read") from error
    except OSError as error:
        raise read_refusal(error) from error
