"""A folder with a csv of the user's own; its columns are filename, label, source and patient_id, or named by the user."""

import os
from collections.abc import Iterator
from pathlib import Path

from components.base.errors import UsageError
from components.ingest.demographics import parse_age, parse_sex
from components.ingest.readers.table import Row, read_table
from components.ingest.readers.text_file import readable
from components.ingest.records import Record
from components.ingest.views import normalise_view
from schemas import features


def read(
    root: Path,
    columns: tuple[str, ...],
    *,
    file: str = "metadata.csv",
    filename: str = "filename",
    label: str = "label",
    source: str = "source",
    patient_id: str = "patient_id",
    view: str = "view",
    age: str = "age",
    sex: str = "sex",
    split: str = "split",
    source_name: str = "",
) -> Iterator[Record]:
    """List the images that a csv names.

    Args:
      root: the data folder; file names in the csv are relative to it.
      columns: further columns that travel with each image.
      file: the csv, relative to the root.
      filename: column of the file names.
      label: column of the labels.
      source: column of the hospitals or collections.
      patient_id: column of the patients; "" where nobody knows them.
      view: column of the projections, if there is one; so are the next ones.
      age: column of the ages.
      sex: column of the sexes.
      split: column of the splits that the data came with: train, eval or test.
      source_name: the hospital or collection of all images, in place of a column.
    Raises:
      UsageError: the csv, a required column or one of `columns` is absent.
      DataRefusedError: the text is no csv.
    """
    needed = {"filename": filename, "label": label}
    needed |= {} if source_name else {"source": source}
    needed |= {"patient_id": patient_id} if patient_id else {}
    for row in read_table(root / file, tuple(needed.values()) + columns):
        cells = {column: readable(cell) for column, cell in row.cells.items()}
        yield Record(
            name=_name_on_disk(root, row.cells.get(filename, "")),
            label=cells.get(label, ""),
            source=source_name or cells.get(source, ""),
            patient_id=cells.get(patient_id, "") if patient_id else "",
            view=normalise_view(cells.get(view, "")),
            extra={column: cells.get(column, "") for column in columns},
            problem=_problem(row, {name: column for name, column in needed.items() if name != "patient_id"}),
            split=_split(root / file, row.line, cells.get(split, "")),
            age_years=parse_age(cells.get(age, "")),
            sex=parse_sex(cells.get(sex, "")),
        )


def _problem(row: Row, needed: dict[str, str]) -> str:
    if row.shifted:
        return f"line {row.line}: more cells than the header; is a comma not quoted?"
    for name, column in needed.items():
        if not row.cells.get(column):
            return f"line {row.line}: no {name}"
    return ""


def _split(path: Path, line: int, text: str) -> str:
    if text and text not in features.SPLITS:
        raise UsageError(
            f"{path}: line {line}: the split must be train, eval, test or nothing; name another column with the option split=COLUMN"
        )
    return text


def _name_on_disk(root: Path, name: str) -> str:
    # A csv in Latin-1 may name files whose names are Latin-1 too, or were converted to UTF-8 when they were copied.
    if "\0" in name or readable(name) == name or os.path.lexists(root / name):
        return name
    return readable(name)
