"""Read a csv as people really save them."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from components.base.errors import DataRefusedError, UsageError
from components.ingest.readers.text_file import read_text, readable

# Python 3.10's csv refuses NUL; a character that nobody types stands in for it and is put back afterwards.
_NUL_STAND_IN = "\ue000"


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
      line: number of its last line in the file, from 1.
      cells: text of each named column, without blanks around it; bytes that are not UTF-8 are surrogates (see `readable`).
      shifted: the row has more cells than the header, so that no cell can be trusted.
    """

    line: int
    cells: dict[str, str]
    shifted: bool


def read_table(path: Path, required: tuple[str, ...]) -> Iterator[Row]:
    """Read the rows of a csv with a header, plain or gzipped, as components.ingest.readers.text_file reads text.

    Raises:
      UsageError: the file or a required column is absent.
      DataRefusedError: the text is no csv, or its gzip file is damaged.
    """
    reader = csv.reader(io.StringIO(read_text(path).replace("\0", _NUL_STAND_IN), newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(path, header, required)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                named = {name: cell.replace(_NUL_STAND_IN, "\0").strip() for name, cell in zip(header, cells, strict=False)}
                yield Row(reader.line_num, named, len(cells) > len(header))
    except csv.Error as error:
        raise DataRefusedError(f"{path}: line {reader.line_num} is not csv ({error}); look for a quote that is not closed") from error


def _check_header(path: Path, header: list[str], required: tuple[str, ...]) -> None:
    for column in required:
        if column not in header:
            found = ", ".join(repr(readable(name)) for name in header) or "nothing"
            tip = "; separate the columns by commas" if len(header) == 1 and (";" in header[0] or "\t" in header[0]) else ""
            raise UsageError(f"{path}: has no column {column!r}; its header names {found}{tip or '; add the column, or rename one'}")
        if header.count(column) > 1:
            raise UsageError(f"{path}: has two columns {column!r}; remove one")
