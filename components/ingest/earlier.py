"""The images of earlier runs in one output folder that are not listed now: their copies must not change sides."""

import csv
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from components.ingest import folder
from components.ingest.copies.fingerprint import Fingerprint
from components.ingest.written_fingerprints import WrittenFingerprints


class EarlierImages(Sequence[Fingerprint]):
    """Their fingerprints, which stay on the disk until they are asked for.

    Attributes:
      ids: pseudonym of each image.
      patient_groups: of each image.
      pixels: digest of the pixels of each image.
    """

    def __init__(self, records: Path, listed: Collection[str]):
        """Read the whole records folders.

        Args:
          records: `OUTPUT/records`.
          listed: pseudonyms of the images that are listed now.
        Raises:
          DataRefusedError: a folder is damaged.
        """
        self.ids: list[str] = []
        self.patient_groups: list[str] = []
        self.pixels: list[bytes] = []
        self._places: list[tuple[WrittenFingerprints, int]] = []
        seen = set(listed)
        for target in folder.whole_folders(records):
            groups = _patient_groups(target)
            if seen.issuperset(groups):
                continue
            written = WrittenFingerprints(target)
            for index, image_id in enumerate(written.ids):
                if image_id not in seen:
                    seen.add(image_id)
                    self.ids.append(image_id)
                    self.patient_groups.append(groups[image_id])
                    self.pixels.append(bytes.fromhex(written.pixels[index]))
                    self._places.append((written, index))

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: Any) -> Any:
        written, position = self._places[index]
        return written[position]


def _patient_groups(target: Path) -> dict[str, str]:
    folder.read_splits(target)  # refuses a damaged table
    with (target / folder.SPLITS).open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["patient_group"] for row in csv.DictReader(file)}
