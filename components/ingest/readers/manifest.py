"""A folder with `metadata.csv`: filename, label, source, patient_id, and optionally view and further columns."""

import os
from collections.abc import Iterator
from pathlib import Path

from components.ingest.readers.table import Row, read_table, readable
from components.ingest.records import Record
from components.ingest.views import normalise_view

FILE = "metadata.csv"
REQUIRED = ("filename", "label", "source", "patient_id")


def read(root: Path, columns: tuple[str, ...]) -> Iterator[Record]:
    """List the images that `metadata.csv` names.

    Args:
      root: the data folder; file names in the csv are relative to it.
      columns: further columns that travel with each image.
    Raises:
      UsageError: the csv, a required column or one of `columns` is absent.
      DataRefusedError: the text is no csv.
    """
    for row in read_table(root / FILE, REQUIRED + columns):
        name = _name_on_disk(root, row.cells.get("filename", ""))
        cells = {column: readable(cell) for column, cell in row.cells.items()}
        yield Record(
            path=root / name,
            name=name,
            label=cells.get("label", ""),
            source=cells.get("source", ""),
            patient_id=cells.get("patient_id", ""),
            view=normalise_view(cells.get("view", "")),
            extra={column: cells.get(column, "") for column in columns},
            problem=_problem(row),
        )


def _problem(row: Row) -> str:
    if row.shifted:
        return f"line {row.line}: more cells than the header; is a comma not quoted?"
    for column in ("filename", "label", "source"):
        if not row.cells.get(column):
            return f"line {row.line}: no {column}"
    return ""


def _name_on_disk(root: Path, name: str) -> str:
    # A csv in Latin-1 may name files whose names are Latin-1 too, or were converted to UTF-8 when they were copied.
    if "\0" in name or readable(name) == name or os.path.lexists(root / name):
        return name
    return readable(name)
