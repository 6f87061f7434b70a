"""Collections of originals and their copies, whose pixels are made when asked for."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.copies_of import KINDS, Pixels, copy_of
from components.ingest.decode import Limits, decode, encode_png
from components.phantom.config import PhantomConfig
from components.phantom.generate import generate

SEED = 20
_STORED_PX = 512
_LIMITS = Limits(min_side_px=32, max_megapixels=100, max_aspect_ratio=10)


@dataclass(frozen=True)
class Original:
    """One file: where it lies, and what its collection says of it."""

    path: Path
    source: str
    patient: str
    label: str


class Collection:
    """Originals, then copies, each of another original; where kinds outnumber originals, some originals serve twice."""

    def __init__(self, originals: Sequence[Original], copies_of_each_kind: int):
        self.originals = list(originals)
        wanted = [kind for kind in KINDS for _ in range(copies_of_each_kind)]
        order = np.random.default_rng(SEED).permutation(len(self.originals))
        self.copies = [(int(order[index % len(order)]), kind) for index, kind in enumerate(wanted)]

    def __len__(self) -> int:
        return len(self.originals) + len(self.copies)

    def pixels(self, index: int) -> Pixels:
        """Make the pixels of an image as the ingest stores them: uint8 [height_px, width_px], at most 512 a side."""
        if index < len(self.originals):
            return _as_stored(decode(self.originals[index].path.read_bytes(), _LIMITS).pixels)
        original, kind = self.copies[index - len(self.originals)]
        pixels = decode(self.originals[original].path.read_bytes(), _LIMITS).pixels
        # The changes act on what is stored: those that look at single pixels would do nothing to a scan of 4,000 pixels a side.
        return _as_stored(copy_of(_as_stored(pixels), kind, np.random.default_rng([SEED, index])))

    def original(self, index: int) -> int:
        """Tell of which original an image was made, or that it is one."""
        return index if index < len(self.originals) else self.copies[index - len(self.originals)][0]

    def describe(self, i: int, j: int) -> str:
        """Say in what two images differ, without naming them."""
        a, b = (self.originals[self.original(index)] for index in (i, j))
        made = "a copy of one" if max(i, j) >= len(self.originals) else "both originals"
        patient, label = (_same(*both) for both in ((a.patient, b.patient), (a.label, b.label)))
        return f"{' and '.join(sorted((a.source, b.source)))}, {patient} patient, {label} label, {made}"


def _same(one: str, other: str) -> str:
    if not one or not other:
        return "unknown"
    return "the same" if one == other else "another"


def phantom_originals(folder: Path, images: int) -> list[Original]:
    """Draw phantoms and list the first exposure of each patient.

    The exposures of one phantom patient are one drawing, moved a little and under other noise, and shrunk they are all but
    copies; no real patient holds still like that, and a patient's images lie in one split anyway.
    """
    root = generate(PhantomConfig(images=images), folder)
    first: dict[str, Original] = {}
    for original in _listed(root):
        first.setdefault(original.patient, original)
    return list(first.values())


def real_originals(root: Path) -> list[Original]:
    """List the radiographs of cxr_dev and the full-size ones, many of which are the same."""
    full = [Original(path, "fullsize", "", "") for path in sorted((root / "fullsize").iterdir()) if path.suffix != ".csv"]
    return _listed(root / "cxr_dev") + full


def _listed(root: Path) -> list[Original]:
    with (root / "metadata.csv").open(newline="", encoding="utf-8") as file:
        return [Original(root / row["filename"], row["source"], row["patient_id"], row["label"]) for row in csv.DictReader(file)]


def _as_stored(pixels: Pixels) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(encode_png(pixels, _STORED_PX)))) if max(pixels.shape) > _STORED_PX else pixels
