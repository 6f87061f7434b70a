"""COVID-CXNet: `chest_xray_images/covid19/` and a `metadata.csv` of half of it (Haghanifar et al. 2020, arXiv:2006.13807)."""

import re
from collections.abc import Iterator
from pathlib import Path

from components.ingest.demographics import parse_age, parse_sex
from components.ingest.readers.image_files import join, locate_images
from components.ingest.readers.layout import wrong_layout
from components.ingest.readers.table import Row, read_table
from components.ingest.readers.text_file import find_file, readable
from components.ingest.records import Record
from components.ingest.views import normalise_view

SOURCE = "covid-cxnet"
# Label of the files that the csv does not name: the name of their folder.
FOLDER_LABEL = "covid19"

_FOLDER = f"chest_xray_images/{FOLDER_LABEL}"
_NEEDED = ("filename", "patient_id", "sex", "age", "view", "label")
_NUMBER = re.compile(r"0*(\d+)")


def read(root: Path, columns: tuple[str, ...]) -> Iterator[Record]:
    """List the rows of the csv, then the files that no row names, whose patient is unknown.

    The csv and the disk write some names differently ("83" and "083", ".png" and ".PNG", ".jpg" and ".jpeg"), so a row
    is also joined to a file by the number with which both names begin; every number is there once.

    Args:
      root: the data folder.
      columns: further columns of metadata.csv that travel with each image; "" where there is no row.
    Raises:
      UsageError: the csv or a column is absent.
      DataRefusedError: the text is no csv.
    """
    path = find_file(root, ("metadata.csv",), needed=False)
    if path is None:
        raise wrong_layout(root, f"metadata.csv and {_FOLDER}/")
    files = _Files(list(locate_images(root, (_FOLDER,))))
    for row in read_table(path, _NEEDED + columns):
        yield _record(row, files.take(row.cells.get("filename", "")), columns)
    for name in files.left():
        yield Record(join(_FOLDER, name), FOLDER_LABEL, SOURCE, extra=dict.fromkeys(columns, ""))


def _record(row: Row, name: str, columns: tuple[str, ...]) -> Record:
    cells = {column: readable(cell) for column, cell in row.cells.items()}
    return Record(
        name=join(_FOLDER, name) if name else "",
        label=cells.get("label", ""),
        source=SOURCE,
        patient_id=cells.get("patient_id", ""),
        view=normalise_view(cells.get("view", "")),
        extra={column: cells.get(column, "") for column in columns},
        problem=_problem(row, name),
        age_years=parse_age(cells.get("age", "")),
        sex=parse_sex(cells.get("sex", "")),
    )


def _problem(row: Row, name: str) -> str:
    if row.shifted:
        return f"line {row.line}: more cells than the header; is a comma not quoted?"
    return "" if name else f"line {row.line}: no filename"


class _Files:
    """The files on disk, and which of them a row has named."""

    def __init__(self, names: list[str]):
        self._names = dict.fromkeys(names, False)
        self._by_number: dict[str, list[str]] = {}
        for name in names:
            self._by_number.setdefault(_number(name), []).append(name)

    def take(self, listed: str) -> str:
        """Find the file of a row; without one, the name as it is listed."""
        name = listed
        same_number = self._by_number.get(_number(listed), [])
        if listed not in self._names and len(same_number) == 1:
            name = same_number[0]
        if name in self._names:
            self._names[name] = True
        return name

    def left(self) -> list[str]:
        """List the files that no row has named."""
        return sorted(name for name, named in self._names.items() if not named)


def _number(name: str) -> str:
    match = _NUMBER.match(name)
    return match[1] if match else name
