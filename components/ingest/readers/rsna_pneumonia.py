"""The RSNA Pneumonia Detection Challenge: DICOM files and two tables (Shih et al. 2019, doi:10.1148/ryai.2019180041)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from components.ingest.readers.boxes import box_from_pixels
from components.ingest.readers.layout import wrong_layout
from components.ingest.readers.table import read_table
from components.ingest.readers.text_file import find_file, readable
from components.ingest.records import Box, Record

SOURCE = "rsna"
BOX_LABEL = "Lung Opacity"

_FOLDER = "stage_2_train_images"
_LABELS = "stage_2_train_labels.csv"
_CLASSES = "stage_2_detailed_class_info.csv"
_SIDES = ("x", "y", "width", "height")
_MARKED = "1"
_ORIGINAL_PX = 1024


@dataclass
class _Patient:
    """What the labels' rows of one patient say together; each patient has one image."""

    boxes: tuple[Box, ...]
    extra: dict[str, str]
    problem: str


def read(root: Path, columns: tuple[str, ...]) -> Iterator[Record]:
    """List the training images, one for each patient of the table of classes; the test images have no labels.

    The label is the detailed class. Age, sex and view stand in the DICOM header, where the decoder reads them.

    Args:
      root: the data folder.
      columns: further columns of the table of labels that travel with each image, as its first row has them.
    Raises:
      UsageError: a table or a column is absent.
      DataRefusedError: a text is no csv.
    """
    labels, classes = find_file(root, (_LABELS,), needed=False), find_file(root, (_CLASSES,), needed=False)
    if labels is None or classes is None:
        raise wrong_layout(root, f"{_LABELS}, {_CLASSES} and {_FOLDER}/")
    patients = _patients(labels, columns)
    class_of: dict[str, str] = {}
    problem_of: dict[str, str] = {}
    for row in read_table(classes, ("patientId", "class")):
        patient, class_name = row.cells.get("patientId", ""), readable(row.cells.get("class", ""))
        problem = f"{_CLASSES}, line {row.line}: "
        if row.shifted or not patient or not class_name:
            why = "more cells than the header" if row.shifted else "no patientId or no class"
            yield Record("", class_name, SOURCE, problem=problem + why)
        elif class_of.setdefault(patient, class_name) != class_name:
            problem_of[patient] = problem + "another class than a row above has for this image"
    for patient in patients.keys() - class_of.keys():
        class_of[patient] = ""
    for patient in sorted(class_of):
        yield _record(patient, class_of[patient], problem_of.get(patient, ""), patients.get(patient), columns)


def _record(patient: str, class_name: str, problem: str, rows: _Patient | None, columns: tuple[str, ...]) -> Record:
    if rows is None:
        problem = problem or f"no row in {_LABELS}"
    elif not class_name:
        problem = problem or f"no row in {_CLASSES}"
    return Record(
        name=f"{_FOLDER}/{patient}.dcm",
        label=class_name,
        source=SOURCE,
        patient_id=readable(patient),
        extra=rows.extra if rows else dict.fromkeys(columns, ""),
        problem=problem or (rows.problem if rows else ""),
        boxes=rows.boxes if rows else (),
    )


def _patients(path: Path, columns: tuple[str, ...]) -> dict[str, _Patient]:
    patients: dict[str, _Patient] = {}
    for row in read_table(path, ("patientId", *_SIDES, "Target", *columns)):
        extra = {column: readable(row.cells.get(column, "")) for column in columns}
        patient = patients.setdefault(row.cells.get("patientId", ""), _Patient((), extra, ""))
        if row.shifted:
            patient.problem = f"{_LABELS}, line {row.line}: more cells than the header"
        elif row.cells.get("Target") == _MARKED:
            x, y, width, height = (row.cells.get(side, "") for side in _SIDES)
            box = box_from_pixels(BOX_LABEL, (x, y, width, height), _ORIGINAL_PX)
            if box is None:
                patient.problem = f"{_LABELS}, line {row.line}: the box cannot be read"
            else:
                patient.boxes += (box,)
    patients.pop("", None)
    return patients
