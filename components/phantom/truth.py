"""The tables of a phantom folder: what a data set says about itself, and what only a phantom can know."""

import csv
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from components.phantom.config import PhantomConfig
from components.phantom.marks import MARK_OF_CLASS, Box
from components.phantom.radiograph import Radiograph
from components.phantom.roster import CLASSES, SITES, Exposure

METADATA_COLUMNS = ("filename", "label", "source", "patient_id", "view", "mark")
BOX_COLUMNS = ("filename", "kind", "mark", "x", "y", "w", "h")
Row = tuple[str | int, ...]

_README = """PHANTOM DATA - these are drawings of a computer, and nobody's chests.

Synthetic frontal chest radiographs ("phantoms"), made to test a pipeline. No person was imaged, no patient's data were
used, and the diseases are stylised shapes. A model that reads them well says nothing about real patients.

{images} images of {patients} phantom patients, {image_px} x {image_px} px, 8-bit gray; seed {seed}, shortcut {shortcut:g}.

metadata.csv      filename, label, source (site), patient_id, view, mark (the sign burnt in at the border)
images/           the radiographs; their names tell nothing
truth/masks/      the lesions of the image of the same name: 255 in a lesion, 0 elsewhere
truth/boxes.csv   rectangles in pixels from the upper left corner (x, y, w, h): the mark of every image, every lesion

normal            no lesion
pneumonia         one consolidation in one lobe of one lung
covid19           three to six ground-glass opacities at the edges of both lungs

Marks: with probability {shortcut:g} (the shortcut) an image bears its class's mark ({bound}),
otherwise any of the three with equal chance. The site decides the mark's place and size, never which one it is.

Images by site and class:
{table}
"""


def metadata_row(exposure: Exposure, mark: str) -> Row:
    """Make the row of metadata.csv for an image."""
    return (f"images/{exposure.file_name}", exposure.label, exposure.source, exposure.patient_id, exposure.view, mark)


def box_rows(exposure: Exposure, mark: str, radiograph: Radiograph) -> list[Row]:
    """Make the rows of boxes.csv for an image: its mark, then its lesions."""
    boxes = [("mark", mark, radiograph.mark_box)] + [("lesion", "", bounding_box(mask)) for mask in radiograph.lesion_masks]
    return [(f"images/{exposure.file_name}", kind, name, box.x, box.y, box.w, box.h) for kind, name, box in boxes if box]


def bounding_box(mask: NDArray[np.bool_]) -> Box | None:
    """Find the smallest rectangle that holds every true pixel of a bool [height, width]; None where none is true."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return Box(int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1))


def csv_text(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """Write a table as csv text with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def readme_text(config: PhantomConfig, exposures: Sequence[Exposure]) -> str:
    """Say what the folder is, and what is in it."""
    lines = [" " * 18 + "".join(f"{label:>11}" for label in CLASSES)]
    for site in SITES:
        counts = [sum(e.source == site and e.label == label for e in exposures) for label in CLASSES]
        lines.append(f"{site:<18}" + "".join(f"{number:>11}" for number in counts))
    return _README.format(
        images=len(exposures),
        patients=len({exposure.patient for exposure in exposures}),
        image_px=config.image_px,
        seed=config.seed,
        shortcut=config.shortcut,
        bound=", ".join(f"{label}: {mark}" for label, mark in MARK_OF_CLASS.items()),
        table="\n".join(lines),
    )
