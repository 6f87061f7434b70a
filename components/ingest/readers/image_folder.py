"""A folder of folders, one for each label, with or without folders of splits above them."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from components.base.errors import UsageError
from components.ingest.readers.image_files import SPLIT_FOLDERS, Entry, find_images
from components.ingest.readers.layout import refuse_columns, wrong_layout
from components.ingest.readers.text_file import readable
from components.ingest.records import Record

NO_LABEL = "file lies in no folder of a label"
MASK = "mask of a segmentation"
LINKED_FOLDER = "a link to a folder, which is not followed"

_MASKS = ("mask", "masks")


def read(root: Path, columns: tuple[str, ...], *, source: str = "image_folder", patient: str = "") -> Iterator[Record]:
    """List the images below `LABEL/` and `SPLIT/LABEL/`; folders further down belong to their label.

    A folder is one of a split by its name: train, training, val, valid, validation, eval, test or testing, in any case.
    components.ingest.readers.image_files says which files are images: all but hidden ones, system files, texts, tables,
    archives and programs. Files in folders named `masks` are skipped, which the COVID-19 Radiography Database has beside
    its images.

    Args:
      root: the data folder.
      columns: must be empty.
      source: the hospital or collection of all images.
      patient: regular expression whose first group, searched in the file name without its suffix, is the patient; "" or
        where it does not match: unknown, and every image stands for itself.
    Raises:
      UsageError: there is no image, `patient` is no such expression, or a column is asked for.
    """
    refuse_columns(root, columns)
    if not source.strip():
        raise UsageError("image_folder: the option source must not be empty: it names the hospital or collection")
    pattern = _pattern(patient)
    empty = True
    for entry in find_images(root):
        empty = False
        yield _record(entry, source.strip(), pattern)
    if empty:
        raise wrong_layout(root, "folders named after labels, with images in them")


def _pattern(text: str) -> re.Pattern[str] | None:
    if not text:
        return None
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise UsageError(f"image_folder: the option patient={text!r} is no regular expression: {error}") from error
    if not pattern.groups:
        raise UsageError(f"image_folder: the option patient={text!r} has no group: put what names the patient in brackets")
    return pattern


def _record(entry: Entry, source: str, pattern: re.Pattern[str] | None) -> Record:
    *folders, file = entry.name.split("/")
    split = SPLIT_FOLDERS.get(folders[0].casefold(), "") if folders else ""
    label = folders[1:2] if split else folders[:1]
    match = pattern.search(PurePosixPath(file).stem) if pattern else None
    skip = "" if label else NO_LABEL
    return Record(
        name=entry.name,
        label=readable(label[0]) if label else "",
        source=source,
        patient_id=readable((match[1] or "").strip()) if match else "",
        problem=LINKED_FOLDER if entry.linked_folder else "",
        skip=MASK if any(folder.casefold() in _MASKS for folder in folders) else skip,
        split=split,
    )
