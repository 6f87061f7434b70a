"""The features of an example, from what the csv, the file and the split say of an image."""

from typing import Any

from components.ingest.place import PlacedImage
from components.ingest.records import Record
from components.ingest.staging import Row
from schemas import features
from schemas.classes import ClassMap


def example_features(record: Record, placed: PlacedImage, row: Row, classes: ClassMap) -> dict[str, Any]:
    """Collect every feature but the image itself.

    What the csv says of view, sex and age goes before what the header of a DICOM file says.

    Args:
      record: the row of the csv.
      placed: its group and split.
      row: what decoding found.
      classes: the classes of the run.
    """
    header = row["header"]
    age = header[features.AGE] if record.age_years is None else record.age_years
    return {
        features.ID: placed.id,
        features.GROUP: placed.group,
        features.SOURCE: record.source,
        features.LABEL: placed.label,
        features.LABEL_INDEX: classes.names.index(placed.label),
        features.SPLIT: placed.split,
        features.FOLD: placed.fold,
        features.VIEW: _first_known(record.view, header[features.VIEW], features.VIEWS),
        features.SEX: _first_known(record.sex, header[features.SEX], features.SEXES),
        features.AGE: features.NOT_STATED if age is None else age,
        features.FOLLOW_UP: features.NOT_STATED if record.follow_up is None else record.follow_up,
        features.FINDINGS_PRESENT: _findings(record.findings),
        **row["values"],
        **{features.quality(flag): int(flag in row["flags"]) for flag in features.QUALITY_FLAGS},
        **_boxes(record),
        **{features.extra(column): value for column, value in record.extra.items()},
    }


def _first_known(listed: str, header: str, known: tuple[str, ...]) -> str:
    if listed != features.UNKNOWN:
        return listed
    return header if header in known else features.UNKNOWN


def _findings(stated: tuple[str, ...] | None) -> list[int]:
    if stated is None:
        return [features.NOT_STATED] * len(features.FINDINGS)
    return [int(finding in stated) for finding in features.FINDINGS]


def _boxes(record: Record) -> dict[str, list[Any]]:
    xmin, ymin, xmax, ymax = features.BOX_SIDES
    return {
        features.BOX_LABEL: [box.label for box in record.boxes],
        xmin: [float(box.x) for box in record.boxes],
        ymin: [float(box.y) for box in record.boxes],
        xmax: [float(box.x + box.width) for box in record.boxes],
        ymax: [float(box.y + box.height) for box in record.boxes],
    }
