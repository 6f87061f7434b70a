"""COVIDx: COVID-Net's label lists over images of several collections (Wang & Wong 2020, doi:10.1038/s41598-020-76550-z)."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from components.base.progress import notice
from components.ingest.readers import figure1
from components.ingest.readers.covidx_lists import Line, find_lists, read_lines
from components.ingest.readers.image_files import join, locate_images
from components.ingest.readers.layout import refuse_columns
from components.ingest.readers.official_split import keep_patients_together
from components.ingest.readers.text_file import readable
from components.ingest.records import Record
from schemas import features

REPEATED = "the lists name the file a second time"

# Each collection under the name that its own reader gives it, so that its patients are the same in both.
_SOURCES = {"actmed": "actualmed", "fig1": figure1.SOURCE, "rnsa": "rsna"}
_RSNA_FILE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(?:png|jpe?g|dcm)", re.IGNORECASE)
_FOLDERS = {"train": ("train",), "eval": ("val",), "test": ("test",)}
_FLAT = ("", "images", "data")


def read(root: Path, columns: tuple[str, ...], *, version: str = "") -> Iterator[Record]:
    """List the images of one version with the split of its authors.

    Sources bear the names of this project's readers; `rnsa`, on 199 lines of 9A and 9B, is rsna. Where the source is blank
    (197 lines of v3 to v5, all of v1 and v2) a file with a name of RSNA's kind, a UUID, is taken for rsna, as which later
    versions list 196 of those 197; another is "unknown". A patient in the lists of two splits is kept in train. A
    file that the lists name again with the same class is skipped; with another class it is left to the listing, which
    refuses both.

    Args:
      root: the data folder: lists here or in `labels/`, images in `train/`, `val/` and `test/` or in one folder.
      columns: must be empty.
      version: which lists, such as "9A"; needed where there are several.
    Raises:
      UsageError: the lists are absent or of several versions, or a column is asked for.
      DataRefusedError: a list is damaged.
    """
    refuse_columns(root, columns)
    lists = find_lists(root, version)
    for split in ("train", "test"):
        if split not in lists:
            notice("ingest", f"covidx: this version has no list for {split}")
    return keep_patients_together("covidx", _records(root, lists))


def _records(root: Path, lists: Mapping[str, Path]) -> Iterator[Record]:
    every = [folder for folders in _FOLDERS.values() for folder in folders]
    labels: dict[str, str] = {}
    for split, path in lists.items():
        own = list(_FOLDERS[split])
        folders = locate_images(root, own + [folder for folder in every if folder not in own] + list(_FLAT))
        for line in read_lines(split, path):
            yield _record(line, folders.get(line.file, own[0]), labels)


def _record(line: Line, folder: str, labels: dict[str, str]) -> Record:
    if not line.file:
        problem = f"{line.split} list, line {line.number}: not a patient, a file, a class and a source"
        return Record("", "", features.UNKNOWN, problem=problem)
    name = join(folder, line.file)
    repeated = labels.get(name) == line.label
    labels.setdefault(name, line.label)
    source = _source(line)
    patient = readable(line.patient)
    return Record(
        name=name,
        label=readable(line.label),
        source=source,
        patient_id=figure1.patient_of(patient) if source == figure1.SOURCE else patient,
        skip=REPEATED if repeated else "",
        split=line.split,
    )


def _source(line: Line) -> str:
    if not line.source:
        return "rsna" if _RSNA_FILE.fullmatch(line.file) else features.UNKNOWN
    source = readable(line.source).casefold()
    return _SOURCES.get(source, source)
