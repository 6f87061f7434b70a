"""The fingerprints of a records folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.ingest import folder
from components.ingest.copies.fingerprint import Fingerprint
from components.ingest.example import decode_example
from components.ingest.tfrecord import read_record, read_record_at
from schemas import features


class WrittenFingerprints(Sequence[Fingerprint]):
    """Fingerprints that stay on the disk until they are asked for.

    Attributes:
      ids: pseudonym of each image.
      pixels: digest of the pixels of each image, hex digits.
    """

    def __init__(self, target: Path):
        self.ids: list[str] = []
        self.pixels: list[str] = []
        self._places: list[tuple[Path, int]] = []
        for path in sorted((target / folder.FINGERPRINTS).glob("*/*.tfrecord")):
            with path.open("rb") as file:
                while True:
                    offset = file.tell()
                    data = read_record(file)
                    if data is None:
                        break
                    values = decode_example(data)
                    self.ids.append(bytes(values[features.ID][0]).decode())  # type: ignore[arg-type]
                    self.pixels.append(bytes(values[features.PIXELS][0]).hex())  # type: ignore[arg-type]
                    self._places.append((path, offset))

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: Any) -> Any:
        path, offset = self._places[index]
        with path.open("rb") as file:
            return Fingerprint.from_bytes(bytes(decode_example(read_record_at(file, offset))[features.FINGERPRINT][0]))  # type: ignore[arg-type]
