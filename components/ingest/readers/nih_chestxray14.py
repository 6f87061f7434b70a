"""NIH ChestX-ray14: `Data_Entry_2017*.csv` and `images_001` to `images_012` (Wang et al. 2017, arXiv:1705.02315)."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from components.ingest.demographics import parse_age, parse_sex
from components.ingest.readers.boxes import box_from_pixels
from components.ingest.readers.image_files import join, locate_images
from components.ingest.readers.layout import wrong_layout
from components.ingest.readers.table import Row, read_table
from components.ingest.readers.text_file import find_file, read_text, readable
from components.ingest.records import Box, Record
from components.ingest.views import normalise_view
from schemas import features

SOURCE = "nih_chestxray14"
SEPARATOR = "|"
NO_FINDING = "No Finding"

_TABLES = ("Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv")
_NEEDED = ("Image Index", "Finding Labels", "Follow-up #", "Patient ID", "Patient Age", "Patient Gender", "View Position")
_LISTS = {"train_val_list.txt": "train", "test_list.txt": "test"}
_BOXES = "BBox_List_2017.csv"
# Its header is "Image Index,Finding Label,Bbox [x,y,w,h],,,": the name with the brackets falls into four.
_SIDES = ("Bbox [x", "y", "w", "h]")
_BOX_LABELS = {"Infiltrate": "Infiltration"}
_ORIGINAL_PX = 1024


def read(root: Path, columns: tuple[str, ...]) -> Iterator[Record]:
    """List every row of the table, whether its file is on disk or not.

    The official lists give the split where they are there (train_val is "train"); the boxes are joined where their list
    is there. The label is the text of the table, such as "Effusion|Pneumonia".

    Args:
      root: the data folder.
      columns: further columns of the table that travel with each image.
    Raises:
      UsageError: the table or a column is absent.
      DataRefusedError: a text is no csv.
    """
    path = find_file(root, _TABLES, needed=False)
    if path is None:
        raise wrong_layout(root, f"{' or '.join(_TABLES)} and images_001 to images_012")
    splits = _splits(root)
    boxes = _boxes(root)
    folders = locate_images(root, _image_folders(root))
    for row in read_table(path, _NEEDED + columns):
        cells = {column: readable(cell) for column, cell in row.cells.items()}
        name = row.cells.get("Image Index", "")
        label = cells.get("Finding Labels", "")
        marked = boxes.get(name, ())
        yield Record(
            # A file that is nowhere has a name all the same, so that it is counted as absent.
            name=join(folders.get(name, "images"), name) if name else "",
            label=label,
            source=SOURCE,
            patient_id=cells.get("Patient ID", ""),
            view=normalise_view(cells.get("View Position", "")),
            extra={column: cells.get(column, "") for column in columns},
            problem=_problem(row, marked),
            split=splits.get(name, ""),
            findings=_findings(label),
            age_years=parse_age(cells.get("Patient Age", "")),
            sex=parse_sex(cells.get("Patient Gender", "")),
            follow_up=_whole_number(cells.get("Follow-up #", "")),
            boxes=tuple(box for box in marked if box is not None),
        )


def _image_folders(root: Path) -> list[str]:
    parts = sorted(path.name for path in root.glob("images*") if path.is_dir())
    return [folder for part in parts for folder in (f"{part}/images", part)] + [""]


def _splits(root: Path) -> dict[str, str]:
    splits: dict[str, str] = {}
    for file, split in _LISTS.items():
        path = find_file(root, (file,), needed=False)
        if path is not None:
            splits |= dict.fromkeys((line.strip() for line in read_text(path).splitlines() if line.strip()), split)
    return splits


def _boxes(root: Path) -> dict[str, tuple[Box | None, ...]]:
    """Read the boxes of each image; None is a box that cannot be read."""
    path = find_file(root, (_BOXES,), needed=False)
    found: defaultdict[str, tuple[Box | None, ...]] = defaultdict(tuple)
    for row in read_table(path, ("Image Index", "Finding Label", *_SIDES)) if path is not None else ():
        label = readable(row.cells.get("Finding Label", ""))
        x, y, width, height = (row.cells.get(side, "") for side in _SIDES)
        box = box_from_pixels(_BOX_LABELS.get(label, label), (x, y, width, height), _ORIGINAL_PX)
        found[row.cells.get("Image Index", "")] += (box,)
    return dict(found)


def _problem(row: Row, marked: tuple[Box | None, ...]) -> str:
    if row.shifted:
        return f"line {row.line}: more cells than the header; is a comma not quoted?"
    for column in ("Image Index", "Finding Labels"):
        if not row.cells.get(column):
            return f"line {row.line}: no {column}"
    return f"line {row.line}: a box of this image in {_BOXES} cannot be read" if None in marked else ""


def _findings(label: str) -> tuple[str, ...] | None:
    found = [part.strip() for part in label.split(SEPARATOR)]
    if found == [NO_FINDING]:
        return ()
    return tuple(found) if set(found) <= set(features.FINDINGS) else None


def _whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
