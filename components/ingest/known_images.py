"""Images that were ingested before, as they are known again elsewhere: no pixels, no names, no ids of images."""

import csv
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from components.base.errors import DataRefusedError, UserError
from components.ingest import folder
from components.ingest.copies.fingerprint import Fingerprint
from components.ingest.written_fingerprints import WrittenFingerprints

FILE_NAME = "fingerprints.npz"
_DIGEST_BYTES = 32

Texts = npt.NDArray[np.str_]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class KnownImages(Sequence[Fingerprint]):
    """What tells whether another image is one of these, or shows the same patient.

    Attributes:
      pixels: uint8 [n, 32], SHA-256 of the decoded pixels of each image.
      patients: text [n], pseudonym of its patient before copies were joined: comparable under the same private key alone.
      splits: text [n], its split.
      data: uint8 [bytes], the fingerprints one behind the other; none where they were left out.
      ends: int64 [n], where each ends in `data`; [0] where they were left out.
    """

    pixels: Bytes
    patients: Texts
    splits: Texts
    data: Bytes
    ends: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Count the fingerprints."""
        return len(self.ends)

    def __getitem__(self, index: Any) -> Any:
        """Read one fingerprint."""
        start = int(self.ends[index - 1]) if index else 0
        return Fingerprint.from_bytes(self.data[start : int(self.ends[index])].tobytes())

    @classmethod
    def of(cls, records: Path, with_fingerprints: bool) -> "KnownImages":
        """Gather the images of a records folder, in the order of its shards.

        Args:
          records: `OUTPUT/records/<digest>`.
          with_fingerprints: whether copies, not only equal pixels, shall be known again.
        Raises:
          DataRefusedError: the folder is damaged.
        """
        folder.read_splits(records)  # refuses a damaged table
        with (records / folder.SPLITS).open(encoding="utf-8", newline="") as file:
            rows = {row["id"]: row for row in csv.DictReader(file)}
        written = WrittenFingerprints(records)
        if sorted(rows) != sorted(written.ids):
            raise DataRefusedError(f"{records}: its fingerprints are not those of its images; remove this folder, and it is made again")
        packed = [fingerprint.to_bytes() for fingerprint in written] if with_fingerprints else []
        return cls(
            pixels=np.frombuffer(bytes.fromhex("".join(written.pixels)), np.uint8).reshape(-1, _DIGEST_BYTES),
            patients=np.array([rows[name]["patient_group"] for name in written.ids], np.str_),
            splits=np.array([rows[name]["split"] for name in written.ids], np.str_),
            data=np.frombuffer(b"".join(packed), np.uint8),
            ends=np.cumsum([len(each) for each in packed], dtype=np.int64),
        )

    def save(self, place: Path) -> None:
        """Write `fingerprints.npz` into a folder."""
        with (place / FILE_NAME).open("wb") as file:
            np.savez_compressed(file, pixels=self.pixels, patients=self.patients, splits=self.splits, data=self.data, ends=self.ends)

    @classmethod
    def load(cls, place: Path) -> "KnownImages":
        """Read `fingerprints.npz` of a folder; objects in it are refused.

        Raises:
          UserError: it is missing or damaged.
        """
        try:
            with (place / FILE_NAME).open("rb") as file, np.load(file, allow_pickle=False) as content:
                known = cls(**{name: content[name] for name in content.files})
            if known.pixels.shape != (len(known.patients), _DIGEST_BYTES) or len(known.splits) != len(known.patients):
                raise ValueError("the arrays are of different lengths")
            if len(known) not in (0, len(known.patients)) or int(known.ends[-1] if len(known) else 0) != len(known.data):
                raise ValueError("the fingerprints end elsewhere")
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise UserError(f"{place / FILE_NAME} is missing or damaged ({error}); train the model again") from error
        return known
