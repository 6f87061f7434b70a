"""The csv family of Cohen's COVID-19 image data collection, which Figure 1 and Actualmed share.

Cohen et al. 2020, arXiv:2006.11988: one row for each image, with the columns patientid, sex, age, finding, view and
modality, and many more of which none is needed here.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from components.ingest.demographics import parse_age, parse_sex
from components.ingest.readers.layout import wrong_layout
from components.ingest.readers.table import Row, read_table
from components.ingest.readers.text_file import find_file, readable
from components.ingest.records import Record
from components.ingest.views import normalise_view

CT = "CT"
OTHER_MODALITY = "no radiograph"
LATERAL = "lateral view"
SECTION = "axial or coronal view"

_NEEDED = ("patientid", "sex", "age", "finding", "view", "modality")
_SECTIONS = ("axial", "coronal", "sagittal")


def read_cohen_table(
    root: Path,
    columns: tuple[str, ...],
    *,
    source: str,
    file_columns: tuple[str, ...],
    name_of: Callable[[Mapping[str, str]], str],
    patient_of: Callable[[str], str] = str,
) -> Iterator[Record]:
    """List the images of `metadata.csv`; what is no frontal radiograph is skipped with the reason.

    A row without a view is kept: its view is unknown, and lateral images among those show only when they are decoded.

    Args:
      root: the data folder.
      columns: further columns that travel with each image.
      source: the collection.
      file_columns: the columns from which the file name is made.
      name_of: makes the file name from the cells, or "" where it cannot.
      patient_of: makes the patient from the cell patientid.
    Raises:
      UsageError: the csv or a column is absent.
      DataRefusedError: the text is no csv.
    """
    path = find_file(root, ("metadata.csv",), needed=False)
    if path is None:
        raise wrong_layout(root, "metadata.csv and images/")
    for row in read_table(path, _NEEDED + file_columns + columns):
        cells = {column: readable(cell) for column, cell in row.cells.items()}
        name = name_of(row.cells)
        yield Record(
            name=name,
            label=cells.get("finding", ""),
            source=source,
            patient_id=patient_of(cells.get("patientid", "")),
            view=normalise_view(cells.get("view", "")),
            extra={column: cells.get(column, "") for column in columns},
            problem=_problem(row, name),
            skip=_skip(cells),
            age_years=parse_age(cells.get("age", "")),
            sex=parse_sex(cells.get("sex", "")),
        )


def _problem(row: Row, name: str) -> str:
    if row.shifted:
        return f"line {row.line}: more cells than the header; is a comma not quoted?"
    return "" if name else f"line {row.line}: no file"


def _skip(cells: Mapping[str, str]) -> str:
    # The texts are constants: a skip is public, and a cell may hold anything.
    modality = cells.get("modality", "").casefold()
    view = cells.get("view", "").casefold()
    if modality == "ct":
        return CT
    if modality not in ("", "x-ray"):
        return OTHER_MODALITY
    if view == "l" or "lateral" in view:
        return LATERAL
    return SECTION if any(section in view for section in _SECTIONS) else ""
