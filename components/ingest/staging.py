"""What travels into and out of the Beam passes: plain values, which every coder knows."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from components.ingest.listing import ListedImage

# Number of the batch; path as bytes (a name need not be UTF-8), id and SHA-256 of each file.
Batch = tuple[int, list[tuple[bytes, str, str]]]
# What the first pass says of one file: where its PNG lies and how it measures, or why it is refused.
Row = dict[str, Any]
# Path of the shard; staging folder; name of the staging file, offset of the PNG and values of the other features.
Shard = tuple[str, str, list[tuple[str, int, dict[str, str | int]]]]

_MIN_BATCH = 8
_MAX_BATCHES = 1000


def batches_of(images: Sequence[ListedImage], hashes: Sequence[str]) -> list[Batch]:
    """Deal out the files: small batches, so that progress shows and workers end together, but no thousands of files."""
    size = max(_MIN_BATCH, -(-len(images) // _MAX_BATCHES))
    files = [(os.fsencode(image.path), image.id, sha256) for image, sha256 in zip(images, hashes, strict=True)]
    return [(index, files[start : start + size]) for index, start in enumerate(range(0, len(files), size))]


def read_rows(staging: Path) -> Iterator[Row]:
    """Read what the first pass says of every file."""
    for path in sorted(staging.glob("*.jsonl")):
        with path.open(encoding="ascii") as file:
            for line in file:
                yield json.loads(line)


def shards_of(rows: Sequence[tuple[Row, dict[str, str | int]]], examples: Path, staging: Path, images_per_shard: int) -> list[Shard]:
    """Deal out the examples of one split, which are sorted by their keyed ids and so in no order that tells anything.

    Args:
      rows: row of the first pass, and the values of the features, of each example.
      examples: folder of the split.
      staging: folder of the first pass.
      images_per_shard: examples a shard, at most; the shards are as equal as can be.
    """
    count = -(-len(rows) // images_per_shard)
    borders = [len(rows) * index // count for index in range(count + 1)] if count else [0]
    ordered = sorted(rows, key=lambda row: str(row[0]["id"]))
    return [
        (
            str(examples / f"part-{index:05d}-of-{count:05d}.tfrecord"),
            str(staging),
            [(row["file"], row["offset"], values) for row, values in ordered[borders[index] : borders[index + 1]]],
        )
        for index in range(count)
    ]
