"""Whether two runs judged the same test images, and which row of one is which row of the other.

A pseudonym names a file, whatever is in it, under one private key: it tells images alike in the same records alone. Elsewhere the
digests of the pixels do, which ingest keeps with the fingerprints.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.ingest.example import DamagedExampleError, decode_example
from components.ingest.folder import FINGERPRINTS
from components.ingest.tfrecord import DamagedRecordError, read_record
from components.predictions.table import Predictions
from components.reporter.comparison.side import Side
from schemas import features


@dataclass(frozen=True)
class Pairing:
    """How the test images of two runs lie to each other.

    Attributes:
      same: they are the same, of the same classes, labels, sources and patients: differences can be paired.
      why: empty, or in a few words why they cannot.
      first: test images of the first run.
      second: of the second.
      shared: images of both; None where it cannot be told.
      order: int64 [n], the row of the second run for each row of the first, both by `sorted_rows`; None where not the same.
      sorted_rows: int64 [n], rows of the first run.
    """

    same: bool
    why: str
    first: int
    second: int
    shared: int | None
    sorted_rows: npt.NDArray[np.int64] | None = None
    order: npt.NDArray[np.int64] | None = None


def pair_images(first: Side, second: Side) -> Pairing:
    """Find the test images of the first run among those of the second."""
    ours, theirs = first.predictions, second.predictions
    sizes = (len(ours), len(theirs))
    if first.data.digest == second.data.digest and Counter(ours.id.tolist()) == Counter(theirs.id.tolist()):
        keys = ours.id.tolist(), theirs.id.tolist()
    else:
        pixels = _test_pixels(first.records), _test_pixels(second.records)
        if not all(set(table.id.tolist()) <= known.keys() for table, known in zip((ours, theirs), pixels, strict=True)):
            return Pairing(
                False, "the fingerprints of their records are gone, so that it cannot be told whether the images are the same", *sizes, None
            )
        keys = [pixels[0][name] for name in ours.id.tolist()], [pixels[1][name] for name in theirs.id.tolist()]
    shared = sum((Counter(keys[0]) & Counter(keys[1])).values())
    if not shared == sizes[0] == sizes[1]:
        return Pairing(False, "the test images are not the same", *sizes, shared)
    rows = [np.array(sorted(range(len(key)), key=key.__getitem__), np.int64) for key in keys]
    why = _what_else_differs(ours.subset(rows[0]), theirs.subset(rows[1]))
    if why:
        return Pairing(False, why, *sizes, shared)
    return Pairing(True, "", *sizes, shared, rows[0], rows[1])


def _test_pixels(records: Path) -> dict[str, str]:
    """Read the digest of the pixels of each test image, by its pseudonym; nothing where it is gone or damaged."""
    found: dict[str, str] = {}
    try:
        for path in sorted((records / FINGERPRINTS / "test").glob("*.tfrecord")):
            with path.open("rb") as file:
                while (data := read_record(file)) is not None:
                    values = decode_example(data)
                    found[bytes(values[features.ID][0]).decode()] = bytes(values[features.PIXELS][0]).hex()  # type: ignore[arg-type]
    except (OSError, DamagedRecordError, DamagedExampleError):
        return {}
    return found


def _what_else_differs(ours: Predictions, theirs: Predictions) -> str:
    if ours.classes.tolist() != theirs.classes.tolist():
        return "the test images are the same, and the classes are not"
    if not np.array_equal(ours.label, theirs.label):
        return "the test images are the same, and their labels are not"
    if not np.array_equal(ours.source, theirs.source):
        return "the test images are the same, and the names of their sources are not"
    groups = (ours.group.tolist(), theirs.group.tolist())
    if not len(set(zip(*groups, strict=True))) == len(set(groups[0])) == len(set(groups[1])):
        return "the test images are the same, and they are not grouped by patient alike"
    return ""
