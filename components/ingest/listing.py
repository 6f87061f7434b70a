"""From the rows that the readers find to the files worth decoding: every row is kept, refused or skipped, and counted."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from components.ingest.deidentify import Pseudonyms
from components.ingest.dicom import read_patient_id
from components.ingest.paths import is_absent, normalise_name, resolve
from components.ingest.readers.registry import read_records
from components.ingest.records import DataSource, Record
from components.ingest.refusal import Refusal
from schemas import features
from schemas.classes import ClassMap
from schemas.label_map import LabelMap, load_label_map
from schemas.quarantine import Reason

# Labels are free text of the user's csv: they may hold anything, and never reach an output.
NO_CLASS = "label is in no class"


@dataclass(frozen=True, slots=True)
class ListedImage:
    """A row whose file is there.

    Attributes:
      id: pseudonym of the image.
      patient_group: pseudonym of the patient, before copies are joined.
      names_patient: whether row or header name the patient; otherwise the group holds this image alone.
      label: class of the run.
      path: the real file, inside its data folder.
      record: the row.
    """

    id: str
    patient_group: str
    names_patient: bool
    label: str
    path: str
    record: Record


@dataclass(frozen=True, slots=True)
class RefusedImage:
    """A row that goes to quarantine; only `record` and `other` hold names.

    Attributes:
      other: the row that this one contradicts, if any.
    """

    id: str
    source: str
    reason: Reason
    detail: str
    record: Record
    other: Record | None = None


@dataclass
class Listing:
    """All rows of all data folders.

    Attributes:
      rows: number of rows.
      images: rows to decode, in the order of listing.
      refused: rows for quarantine.
      skipped: number of rows left out on purpose, by why.
      absent: number of rows whose file is not there, by source: data sets list more than people fetch.
      labels: number of rows by what the map of the reader makes of their labels, before `data.classes` chooses.
      skipped_labels: for each reason that lies in the label, the number of rows by label.
      faults: of each data folder that has no image at all, what to do.
    """

    rows: int = 0
    images: list[ListedImage] = field(default_factory=list)
    refused: list[RefusedImage] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    skipped_labels: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    faults: list[str] = field(default_factory=list)


def list_images(sources: Sequence[DataSource], classes: ClassMap, columns: tuple[str, ...], pseudonyms: Pseudonyms) -> Listing:
    """Read all data folders and sort out the rows.

    Raises:
      UsageError: a folder, reader, option, csv or column does not exist.
      DataRefusedError: a csv cannot be read.
    """
    listing = Listing()
    for index, source in enumerate(sources):
        before = listing.rows - listing.absent.total()
        records = read_records(source, columns)
        labels = load_label_map(source.reader, source.labels)
        for row, record in enumerate(records):
            listing.rows += 1
            image_id = pseudonyms.image_id(record.source, normalise_name(record.name)) if record.name else pseudonyms.row_id(index, row)
            _sort_out(listing, source.root, image_id, record, labels, classes, pseudonyms)
        if listing.rows - listing.absent.total() == before:
            listing.faults.append(_nothing_there(source, listing))
    _refuse_repeated(listing)
    return listing


def _nothing_there(source: DataSource, listing: Listing) -> str:
    if not listing.absent:
        return f"{source.root}: no image is listed; fill the csv, or name another reader than {source.reader!r}"
    return f"{source.root}: lists images, and none of their files is there; unpack the images below this folder"


def _sort_out(
    listing: Listing, root: Path, image_id: str, record: Record, labels: LabelMap, classes: ClassMap, pseudonyms: Pseudonyms
) -> None:
    if record.problem:
        _refuse(listing, image_id, Reason.BAD_ROW, record.problem, record)
        return
    if record.skip:
        listing.skipped[record.skip] += 1
        return
    label, why = labels.read(record.label)
    if not why:
        listing.labels[label] += 1
        why = "" if label in classes.by_label else NO_CLASS
    if is_absent(root, record.name):
        listing.absent[record.source] += 1
    elif why:
        listing.skipped[why] += 1
        listing.skipped_labels[why][record.label] += 1
    else:
        _check_file(listing, root, image_id, classes.by_label[label], pseudonyms, record)


def _check_file(listing: Listing, root: Path, image_id: str, label: str, pseudonyms: Pseudonyms, record: Record) -> None:
    name = normalise_name(record.name)
    try:
        path = resolve(root, record.name)
    except Refusal as refusal:
        _refuse(listing, image_id, refusal.reason, refusal.detail, record)
        return
    patient_id = record.patient_id or read_patient_id(Path(path))
    group = pseudonyms.group_id(record.source, patient_id, name)
    listing.images.append(ListedImage(image_id, group, bool(patient_id), label, str(path), record))


def _refuse_repeated(listing: Listing) -> None:
    # The first row of a file stands, unless the rows contradict each other: then nobody knows which one is right.
    by_file: defaultdict[str, list[ListedImage]] = defaultdict(list)
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
