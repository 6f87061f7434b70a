"""The data: what was listed, written, quarantined and skipped, and how images fall on source, class and split."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.features import SPLITS


@dataclass(frozen=True)
class Cell:
    """Images, and groups (patients) they come from, of one source, class and split.

    `without_patient` counts the images that name no patient; None where the records are older and do not count them.
    """

    source: str
    label: str
    split: str
    images: int
    groups: int
    without_patient: int | None


@dataclass(frozen=True)
class Data:
    """The records that the run was made from.

    `group_count` is the number of groups (patients) in all; `duplicates` counts copies found, groups joined by them, copies whose
    labels disagree (they are quarantined), and groups that an official split had on both sides. `absent` counts the listed images
    that are not on the disk, by source; `quality` the images of each (flag, source, class).
    """

    digest: str
    classes: tuple[str, ...]
    sources: tuple[str, ...]
    counts: dict[str, int]
    quarantined: dict[str, int]
    skipped: dict[str, int]
    absent: dict[str, int]
    quality: tuple[tuple[str, str, str, int], ...]
    cells: tuple[Cell, ...]
    group_count: int | None
    duplicates: dict[str, int]
    images_by_split: dict[str, int]
    images_by_class: dict[str, int]
    images_by_source: dict[str, int]
    images_by_source_and_class: dict[str, dict[str, int]]

    def images(self, source: str | None = None, label: str | None = None, split: str | None = None) -> int:
        """Count the images that match; None matches all."""
        return sum(cell.images for cell in self.cells if _matches(cell, source, label, split))

    def groups(self, source: str, label: str, split: str) -> int:
        """Count the groups of one cell. Groups do not add up over classes: a patient may have images of two."""
        return sum(cell.groups for cell in self.cells if _matches(cell, source, label, split))

    def without_patient(self, source: str | None = None, label: str | None = None, split: str | None = None) -> int | None:
        """Count the images that match and name no patient; None where that is not on record."""
        counts = [cell.without_patient for cell in self.cells if _matches(cell, source, label, split)]
        return None if None in counts else sum(count for count in counts if count)


def read_data(records_folder: Path) -> Data:
    """Read `summary.json` of the records folder that ingest wrote."""
    return parse_summary(json.loads((records_folder / "summary.json").read_text()))


def parse_summary(content: dict[str, Any]) -> Data:
    """Arrange the content of a `summary.json`.

    Returns:
      The counts, sources in alphabetical order, classes in the order of the configuration.
    """
    cells = tuple(
        Cell(
            source=str(cell["source"]),
            label=str(cell["label"]),
            split=str(cell["split"]),
            images=int(cell["images"]),
            groups=int(cell["groups"]),
            without_patient=cell.get("without_patient"),
        )
        for cell in content["cells"]
    )
    classes = tuple(content["classes"])
    sources = tuple(sorted({cell.source for cell in cells}))
    return Data(
        digest=str(content["digest"]),
        classes=classes,
        sources=sources,
        counts={str(name): int(count) for name, count in content["counts"].items()},
        quarantined=_descending(content.get("quarantined", {})),
        skipped=_descending(content.get("skipped", {})),
        absent=_descending(content.get("absent", {})),
        quality=tuple((str(row["flag"]), str(row["source"]), str(row["label"]), int(row["images"])) for row in content.get("quality", [])),
        cells=cells,
        group_count=content.get("groups"),
        duplicates={str(name): int(count) for name, count in content.get("duplicates", {}).items()},
        images_by_split={split: sum(cell.images for cell in cells if cell.split == split) for split in SPLITS},
        images_by_class={label: sum(cell.images for cell in cells if cell.label == label) for label in classes},
        images_by_source_and_class={
            source: {label: sum(cell.images for cell in cells if (cell.source, cell.label) == (source, label)) for label in classes}
            for source in sources
        },
        images_by_source={source: sum(cell.images for cell in cells if cell.source == source) for source in sources},
    )


def _matches(cell: Cell, source: str | None, label: str | None, split: str | None) -> bool:
    return source in (None, cell.source) and label in (None, cell.label) and split in (None, cell.split)


def _descending(counts: dict[str, int]) -> dict[str, int]:
    return {str(name): int(count) for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}
