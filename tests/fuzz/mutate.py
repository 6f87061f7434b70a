"""Decode or read mutated files in this process; print what the worst of them cost.

Run with the name of a kind and a number of cases. Ends by an exception where a case ends otherwise than it may.
"""

import json
import resource
import struct
import sys
import tempfile
import time
import zlib
from pathlib import Path

import seeds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.base.errors import DataRefusedError, UsageError
from components.ingest.decode import Limits, decode
from components.ingest.readers.table import read_table
from components.ingest.refusal import Refusal

LIMITS = Limits(min_side_px=4, max_megapixels=100.0, max_aspect_ratio=10.0)
EXTREMES = (
    b"\0",
    b"\x01",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\xff\xff",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\0\0\0",
    b"\xfe\xff\x00\xe0",
)
NUMBERS = st.integers(0, 2**20 - 1)
MUTATIONS = st.lists(
    st.tuples(st.sampled_from(["flip", "head", "cut", "insert", "repeat", "extreme", "drop"]), NUMBERS, NUMBERS), min_size=1, max_size=5
)


# Where the fields lie that say how large the image is.
HEAD_BYTES = {"png": 40, "jpeg": 700, "dicom": 900, "dicom_native": 900, "csv": 40}


def mutated(data, mutations, head_bytes):
    for kind, where, what in mutations:
        position = where % max(1, len(data))
        if kind == "cut":
            data = data[:position]
        elif kind == "insert":
            data = data[:position] + bytes([what % 256]) * (1 + what % 64) + data[position:]
        elif kind == "repeat":
            data = data[:position] + data[position : position + what % 512] * (1 + what % 3) + data[position:]
        elif kind == "drop":
            data = data[:position] + data[position + 1 + what % 64 :]
        elif kind == "extreme":
            extreme = EXTREMES[what % len(EXTREMES)]
            data = data[:position] + extreme + data[position + len(extreme) :]
        else:
            if kind == "head":
                position = where % max(1, min(len(data), head_bytes))
            data = data[:position] + bytes([what % 256]) + data[position + 1 :]
    return data


def with_true_checksums(png):
    """Let a damaged PNG pass its checksums, or nearly every case would end there."""
    position, parts = 8, [png[:8]]
    while position + 12 <= len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        body = png[position + 8 : position + 8 + length]
        parts.append(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
        position += 12 + length
    return b"".join(parts)


def decoded(data):
    try:
        decode(data, LIMITS, stored_side_px=16)
        return "decoded"
    except Refusal as refusal:
        return refusal.reason.value


def table_read(data):
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        try:
            return "rows" if list(read_table(Path(file.name), ("filename",))) else "no rows"
        except (UsageError, DataRefusedError) as error:
            return type(error).__name__


SEEDS = {
    "png": seeds.png_seeds,
    "jpeg": seeds.jpeg_seeds,
    "dicom": seeds.dicom_seeds,
    "dicom_native": seeds.slow_dicom_seeds,
    "csv": seeds.csv_seeds,
}


def main(kind, cases):
    originals = SEEDS[kind]()
    work = table_read if kind == "csv" else decoded
    for original in originals:
        outcome = work(original)
        if outcome not in ("decoded", "rows", "UsageError"):
            raise AssertionError(f"a seed of {kind} ends as {outcome}")
    baseline_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, outcomes = [], {}

    @settings(max_examples=cases, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, len(originals) - 1), MUTATIONS, st.sampled_from([True, True, False]))
    def one(index, mutations, repaired):
        data = mutated(originals[index], mutations, HEAD_BYTES[kind])
        if kind == "png" and repaired:
            data = with_true_checksums(data)
        start = time.perf_counter()
        outcome = work(data)
        seconds.append(time.perf_counter() - start)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    one()
    extra_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - baseline_kib) / 1024
    print(json.dumps({"cases": len(seconds), "slowest_s": max(seconds), "extra_mib": extra_mib, "outcomes": outcomes}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
