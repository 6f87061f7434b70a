"""The predictions of an external validation for other programs: `predictions.csv`."""

import csv
import io
from pathlib import Path

from components.ingest.atomic_file import write_atomically
from components.ingest.names import escape_cell
from components.predictions.table import Predictions
from schemas import features

FILE_NAME = "predictions.csv"
PROBABILITY = "probability/"


def write(table: Predictions, place: Path) -> None:
    """Write id, source, label and the probability of each class, an image a row, by id.

    Ids are pseudonyms; the sources are written so that no spreadsheet takes one for a formula.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([features.ID, features.SOURCE, features.LABEL, *(f"{PROBABILITY}{name}" for name in table.classes)])
    for image, source, label, probabilities in zip(table.id, table.source, table.label, table.probabilities, strict=True):
        # Nine digits are enough to read the same float32 back.
        writer.writerow([image, escape_cell(str(source)), label, *(f"{value:.9g}" for value in probabilities)])
    write_atomically(place / FILE_NAME, text.getvalue())
