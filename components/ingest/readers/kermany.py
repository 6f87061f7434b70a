"""The chest radiographs of children in Guangzhou: folders of splits and labels (Kermany et al. 2018, doi:10.1016/j.cell.2018.02.010)."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from components.ingest.readers.image_files import SPLIT_FOLDERS, find_images, join
from components.ingest.readers.layout import refuse_columns, wrong_layout
from components.ingest.readers.official_split import keep_patients_together
from components.ingest.records import Record

SOURCE = "kermany_guangzhou"

_INNER = "chest_xray"  # the folder that the archive unpacks to
_PATIENT = re.compile(r"(?P<pneumonia>person\d+_(?:bacteria|virus))_\d+|(?P<normal>(?:NORMAL2-)?IM-\d+)-\d+.*", re.IGNORECASE)


def read(root: Path, columns: tuple[str, ...]) -> Iterator[Record]:
    """List the images below train, val and test, here or in `chest_xray`; val, which Kaggle's copy cut from train, is "eval".

    The patient stands in the file name. Bacteria and virus seem to be counted apart: the number of the image rises with
    that of the person within each kind, and many numbers occur with both (person100_virus is in train, person100_bacteria
    in test). So the kind belongs to the patient; one number and kind in several splits is one child, kept in train.

    Args:
      root: the data folder.
      columns: must be empty.
    Raises:
      UsageError: there is no such folder, or a column is asked for.
    """
    refuse_columns(root, columns)
    folders = _split_folders(root, "") or _split_folders(root, _INNER)
    if not folders:
        raise wrong_layout(root, "train/NORMAL, train/PNEUMONIA, test/NORMAL and test/PNEUMONIA, or these in chest_xray/")
    return keep_patients_together("kermany", (record for folder in folders for record in _records(root, folder)))


def _split_folders(root: Path, inner: str) -> list[str]:
    found = sorted(path.name for path in (root / inner).glob("*") if path.name.casefold() in SPLIT_FOLDERS and path.is_dir())
    return [join(inner, name) for name in found]


def _records(root: Path, folder: str) -> Iterator[Record]:
    split = SPLIT_FOLDERS[PurePosixPath(folder).name.casefold()]
    for entry in find_images(root, folder):
        below = PurePosixPath(entry.name).relative_to(folder).parts
        if len(below) > 1:
            match = _PATIENT.fullmatch(PurePosixPath(entry.name).stem)
            patient = (match["pneumonia"] or match["normal"]) if match else ""
            yield Record(entry.name, below[0], SOURCE, patient, split=split)
