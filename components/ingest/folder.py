"""The records folders of an output folder: one writer at a time, whole or absent."""

import csv
import fcntl
import io
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.base.errors import DataRefusedError, LockedError, UsageError
from components.ingest.atomic_file import write_atomically
from components.ingest.tfrecord import DamagedRecordError, count_records

EXAMPLES = "examples"
FINGERPRINTS = "fingerprints"
SUMMARY = "summary.json"
QUARANTINE = "quarantine.csv"
SPLITS = "splits.csv"
_PARTIAL = ".partial-"


@contextmanager
def open_records(output: Path, digest: str) -> Iterator[Path]:
    """Hold `OUTPUT/records` for writing, cleared of what a killed run left there, unless it was on its way to the same digest.

    Raises:
      UsageError: the folder cannot be written.
      LockedError: another ingest holds it.
    """
    records = output / "records"
    try:
        records.mkdir(parents=True, exist_ok=True)
        lock = (records / ".lock").open("a")
    except OSError as error:
        raise UsageError(f"{records}: cannot be written: {error.strerror}; give another --output") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(f"{records}: another ingest is writing here; wait for it, or give another --output") from error
        for leftover in records.glob(f"{_PARTIAL}*"):
            if leftover.name != f"{_PARTIAL}{digest}":
                shutil.rmtree(leftover)
        yield records


def begin_folder(records: Path, digest: str) -> Path:
    """Make the folder to write in, or find the unfinished one of a killed run; `finish_folder` gives it its name."""
    partial = records / f"{_PARTIAL}{digest}"
    partial.mkdir(exist_ok=True)
    return partial


def finish_folder(partial: Path) -> Path:
    """Give a whole folder its name, in one step."""
    return partial.rename(partial.with_name(partial.name.removeprefix(_PARTIAL)))


def whole_folders(records: Path) -> list[Path]:
    """List the folders that are whole."""
    return sorted(path.parent for path in records.glob(f"[!.]*/{SUMMARY}"))


def read_summary(folder: Path) -> dict[str, Any]:
    """Read the summary of a whole folder.

    Raises:
      DataRefusedError: it is damaged.
    """
    try:
        summary: dict[str, Any] = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataRefusedError(f"{folder}: its {SUMMARY} is damaged; remove this folder, and it is made again") from error
    return summary


def images_without_patient(summary: dict[str, Any]) -> int | None:
    """Count the images that name no patient; None where the summary is older and does not count them."""
    counts = [cell.get("without_patient") for cell in summary["cells"]]
    return None if None in counts else sum(counts)


def check_whole(folder: Path) -> dict[str, Any]:
    """Look whether the shards of a folder still hold what its summary says, and return the summary.

    Raises:
      DataRefusedError: shards are missing or damaged.
    """
    summary = read_summary(folder)
    try:
        found = sum(count_records(path, check_data=False) for path in (folder / EXAMPLES).glob("*/*.tfrecord"))
    except (OSError, DamagedRecordError):
        found = -1
    if found != summary["counts"]["written"]:
        raise DataRefusedError(f"{folder}: its examples are damaged; remove this folder, and it is made again")
    return summary


def write_summary(folder: Path, summary: dict[str, Any]) -> None:
    """Write the summary."""
    write_atomically(folder / SUMMARY, json.dumps(summary, indent=2) + "\n")


def write_quarantine(folder: Path, rows: Iterable[tuple[str, ...]]) -> None:
    """Write (id, source, reason, detail) of every refused row."""
    write_atomically(folder / QUARANTINE, csv_text(("id", "source", "reason", "detail"), rows))


def write_splits(folder: Path, rows: Iterable[tuple[str, ...]]) -> None:
    """Write (id, patient group, group, place in the ledger, split) of every image."""
    write_atomically(folder / SPLITS, csv_text(("id", "patient_group", "group", "place", "split"), rows))


def read_splits(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Read the place of every patient group, and every image's id.

    Raises:
      DataRefusedError: the table is damaged.
    """
    try:
        with (folder / SPLITS).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {row["patient_group"]: row["place"] for row in rows}, [row["id"] for row in rows]
    except (OSError, KeyError, ValueError) as error:
        raise DataRefusedError(f"{folder}: its {SPLITS} is damaged; remove this folder, and it is made again") from error


def csv_text(header: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a csv of sorted rows as text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(sorted(rows))
    return text.getvalue()
