"""The two Beam passes: decode every image once, then write the shards.

Between the passes the groups and splits are decided. No image travels through a GroupByKey or to the driver: the first
pass leaves PNGs in staging files, the second reads them by their offsets. Elements are plain values; what they name
lies on a file system that every worker sees.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from components.ingest.decode import Limits, decode, encode_png
from components.ingest.example import encode_example
from components.ingest.paths import read_refusal
from components.ingest.refusal import Refusal
from components.ingest.staging import Batch, Row, Shard
from components.ingest.tfrecord import read_record_at, write_record
from schemas import features


class DecodeBatch(beam.DoFn):  # type: ignore[misc]
    """Decode a batch of files into one staging file and one file of rows.

    The row file appears last and whole: it is the sign that the batch is done, and a retry writes the same again.
    """

    def __init__(self, staging: str, limits: Limits, max_side_px: int):
        self._staging = Path(staging)
        self._limits = limits
        self._max_side_px = max_side_px

    def process(self, batch: Batch) -> None:
        """Decode one batch."""
        index, files = batch
        attempt = f"{os.getpid()}-{id(batch)}"
        images = self._staging / f"{index:06d}.tfrecord"
        rows = self._staging / f"{index:06d}.jsonl"
        partial_images, partial_rows = (path.with_name(f"{path.name}.{attempt}") for path in (images, rows))
        with partial_images.open("wb") as image_file, partial_rows.open("w", encoding="ascii") as row_file:
            for path, image_id, sha256 in files:
                row = self._decode(image_file, os.fsdecode(path), image_id, sha256)
                row_file.write(json.dumps({"file": images.name, **row}) + "\n")
        partial_images.replace(images)
        partial_rows.replace(rows)

    def _decode(self, image_file: Any, path: str, image_id: str, sha256: str) -> Row:
        try:
            data = _read(path)
            if hashlib.sha256(data).hexdigest() != sha256:
                return {"id": image_id, "changed": True}
            image = decode(data, self._limits)
        except Refusal as refusal:
            return {"id": image_id, "reason": refusal.reason.value, "detail": refusal.detail}
        height_px, width_px = image.pixels.shape
        pixels = hashlib.sha256(f"{height_px}x{width_px}/".encode() + image.pixels.tobytes()).hexdigest()
        offset = write_record(image_file, encode_png(image.pixels, self._max_side_px))
        return {
            "id": image_id,
            "offset": offset,
            "pixels": pixels,
            features.HEIGHT_PX: height_px,
            features.WIDTH_PX: width_px,
            features.MODE: image.mode,
            features.FORMAT: image.format,
        }


class WriteShard(beam.DoFn):  # type: ignore[misc]
    """Write one shard from its rows, in their order."""

    def process(self, shard: Shard) -> None:
        """Write one shard, whole or not at all."""
        path, staging, rows = Path(shard[0]), Path(shard[1]), shard[2]
        partial = path.with_name(f".{path.name}.{os.getpid()}-{id(shard)}")
        with partial.open("wb") as file:
            for staged, offset, values in rows:
                with (staging / staged).open("rb") as image_file:
                    write_record(file, encode_example({**values, features.ENCODED: read_record_at(image_file, offset)}))
        partial.replace(path)


def decode_all(batches: Sequence[Batch], staging: Path, limits: Limits, max_side_px: int, workers: int) -> None:
    """Run the first pass."""
    _run(batches, DecodeBatch(str(staging), limits, max_side_px), workers)


def write_shards(shards: Sequence[Shard], workers: int) -> None:
    """Run the second pass."""
    _run(shards, WriteShard(), workers)


def running_mode(workers: int) -> str:
    """Choose how Beam's local runner works.

    Pillow lets go of the interpreter's lock while it decodes and encodes, so threads use all cores; processes would first
    spend seconds on their imports.
    """
    return "multi_threading" if workers > 1 else "in_memory"


def _run(elements: Iterable[Any], work: beam.DoFn, workers: int) -> None:
    # The flags are given, or Beam would read the program's own arguments. DirectRunner would try to download another runner.
    options = PipelineOptions([f"--direct_num_workers={workers}", f"--direct_running_mode={running_mode(workers)}"])
    with _quiet(logging.getLogger("apache_beam")), beam.Pipeline(runner=FnApiRunner(), options=options) as pipeline:
        _ = pipeline | "list" >> beam.Create(list(elements)) | "spread" >> beam.Reshuffle() | "work" >> beam.ParDo(work)


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise read_refusal(error) from error
