"""The only files with names: they lie in the private folder, beside the key."""

from pathlib import Path

from components.ingest.atomic_file import write_private
from components.ingest.folder import csv_text
from components.ingest.listing import Listing
from components.ingest.names import escape_cell
from components.ingest.records import Record


def write_index(private_dir: Path, digest: str, listing: Listing) -> None:
    """Write `index/<digest>.csv`: id, file, source and patient_id of every row that was not skipped."""
    rows = {(image.id, *_names(image.record)) for image in listing.images}
    rows |= {(image.id, *_names(image.record)) for image in listing.refused}
    write_private(index_path(private_dir, digest), csv_text(("id", "file", "source", "patient_id"), rows))


def write_quarantine_names(private_dir: Path, digest: str, listing: Listing) -> Path:
    """Write `quarantine/<digest>.csv`: the same of every refused row, with the reason and the file that it contradicts; return its path."""
    path = private_dir / "quarantine" / f"{digest}.csv"
    rows = [
        (image.id, *_names(image.record), image.reason.value, image.detail, escape_cell(image.other.name) if image.other else "")
        for image in listing.refused
    ]
    write_private(path, csv_text(("id", "file", "source", "patient_id", "reason", "detail", "other_file"), rows))
    return path


def index_path(private_dir: Path, digest: str) -> Path:
    """Name the index of a records folder."""
    return private_dir / "index" / f"{digest}.csv"


def _names(record: Record) -> tuple[str, str, str]:
    return escape_cell(record.name), escape_cell(record.source), escape_cell(record.patient_id)
