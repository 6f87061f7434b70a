"""The Figure 1 COVID-19 chest X-ray initiative: `metadata.csv`, which names no files, and `images/` (A. Chung 2020)."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from components.ingest.readers.cohen_table import read_cohen_table
from components.ingest.readers.image_files import join, locate_images
from components.ingest.records import Record

SOURCE = "figure1"
_FOLDER = "images"
_IMAGE_OF_PATIENT = re.compile(r"(.*\d)[a-z]")


def read(root: Path, columns: tuple[str, ...]) -> Iterator[Record]:
    """List the images: the file is the patient's id with the suffix that is found on disk.

    Args:
      root: the data folder.
      columns: further columns of metadata.csv that travel with each image.
    Raises:
      UsageError: the csv or a column is absent.
      DataRefusedError: the text is no csv.
    """
    # Sorted backwards, so that of two files with one stem the first by name stands.
    on_disk = {PurePosixPath(name).stem: name for name in sorted(locate_images(root, (_FOLDER,)), reverse=True)}
    name_of = partial(_name, on_disk)
    return read_cohen_table(root, columns, source=SOURCE, file_columns=(), name_of=name_of, patient_of=patient_of)


def patient_of(image_id: str) -> str:
    """Find the patient of an image: COVID-00003a and COVID-00003b are of COVID-00003."""
    match = _IMAGE_OF_PATIENT.fullmatch(image_id)
    return match[1] if match else image_id


def _name(on_disk: Mapping[str, str], cells: Mapping[str, str]) -> str:
    image_id = cells.get("patientid", "")
    return join(_FOLDER, on_disk.get(image_id, f"{image_id}.jpg")) if image_id else ""
