"""From the rows that the readers find to the files worth decoding: every row is kept, refused or skipped, and counted."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from components.base.errors import UsageError
from components.ingest.deidentify import Pseudonyms
from components.ingest.paths import normalise_name, resolve
from components.ingest.readers.registry import find_reader
from components.ingest.records import DataSource, Record
from components.ingest.refusal import Refusal
from schemas import features
from schemas.classes import ClassMap
from schemas.quarantine import Reason

# Labels are free text of the user's csv: they may hold anything, and never reach an output.
NO_CLASS = "label is in no class"


@dataclass(frozen=True)
class ListedImage:
    """A row whose file is there.

    Attributes:
      id: pseudonym of the image.
      patient_group: pseudonym of the patient, before copies are joined.
      label: class of the run.
      path: the real file, inside its data folder.
      record: the row.
    """

    id: str
    patient_group: str
    label: str
    path: Path
    record: Record


@dataclass(frozen=True)
class RefusedImage:
    """A row that goes to quarantine; only `record` holds names."""

    id: str
    source: str
    reason: Reason
    detail: str
    record: Record


@dataclass
class Listing:
    """All rows of all data folders.

    Attributes:
      rows: number of rows.
      images: rows to decode, in the order of listing.
      refused: rows for quarantine.
      skipped: number of rows left out on purpose, by why.
      labels: number of rows by label in the words of the data.
    """

    rows: int = 0
    images: list[ListedImage] = field(default_factory=list)
    refused: list[RefusedImage] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)


def list_images(sources: Sequence[DataSource], classes: ClassMap, columns: tuple[str, ...], pseudonyms: Pseudonyms) -> Listing:
    """Read all data folders and sort out the rows.

    Raises:
      UsageError: a folder, reader, csv or column does not exist, or there is no row at all.
      DataRefusedError: a csv cannot be read.
    """
    listing = Listing()
    for index, source in enumerate(sources):
        for row, record in enumerate(read_source(source, columns)):
            listing.rows += 1
            listing.labels[record.label] += 1
            image_id = pseudonyms.image_id(record.source, normalise_name(record.name)) if record.name else pseudonyms.row_id(index, row)
            if record.problem:
                _refuse(listing, image_id, Reason.BAD_ROW, record.problem, record)
            elif record.label not in classes.by_label:
                listing.skipped[NO_CLASS] += 1
            else:
                _check_file(listing, source.root, image_id, classes, pseudonyms, record)
    if not listing.rows:
        raise UsageError(f"{', '.join(str(source.root) for source in sources)}: no image is listed; fill the csv")
    _refuse_repeated(listing)
    return listing


def read_source(source: DataSource, columns: tuple[str, ...]) -> Iterator[Record]:
    """Read one data folder.

    Raises:
      UsageError: the folder or its reader does not exist.
    """
    reader = find_reader(source.reader)
    if not source.root.is_dir():
        raise UsageError(f"{source.root}: no such folder; --data names a folder of images")
    return reader(source.root, columns)


def _check_file(listing: Listing, root: Path, image_id: str, classes: ClassMap, pseudonyms: Pseudonyms, record: Record) -> None:
    name = normalise_name(record.name)
    try:
        path = resolve(root, record.name)
    except Refusal as refusal:
        _refuse(listing, image_id, refusal.reason, refusal.detail, record)
        return
    group = pseudonyms.group_id(record.source, record.patient_id, name)
    listing.images.append(ListedImage(image_id, group, classes.by_label[record.label], path, record))


def _refuse_repeated(listing: Listing) -> None:
    # The first row of a file stands, unless the rows contradict each other: then nobody knows which one is right.
    by_file: defaultdict[Path, list[ListedImage]] = defaultdict(list)
    for image in listing.images:
        by_file[image.path].append(image)
    kept: dict[str, ListedImage] = {}
    for images in by_file.values():
        if len({image.label for image in images}) > 1:
            for image in images:
                _refuse(listing, image.id, Reason.REPEATED, "the file is listed with different labels", image.record)
            continue
        for image in images[1:]:
            _refuse(listing, image.id, Reason.REPEATED, "the file is listed above already", image.record)
        if images[0].id in kept:
            _refuse(listing, images[0].id, Reason.REPEATED, "another data folder has this source and file name", images[0].record)
        else:
            kept[images[0].id] = images[0]
    listing.images = list(kept.values())


def _refuse(listing: Listing, image_id: str, reason: Reason, detail: str, record: Record) -> None:
    listing.refused.append(RefusedImage(image_id, record.source or features.UNKNOWN, reason, detail, record))
