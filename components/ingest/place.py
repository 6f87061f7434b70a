"""Give every image its group and its split."""

from collections.abc import Sequence

from components.ingest.config import IngestConfig
from components.ingest.duplicates import Grouping
from components.ingest.ledger import Ledger, fractions_of
from components.ingest.listing import ListedImage
from components.ingest.split import assign_splits, count_cells
from components.ingest.summary import PlacedImage


def place(images: Sequence[ListedImage], grouping: Grouping, config: IngestConfig, book: Ledger) -> list[PlacedImage]:
    """Place images: groups that the ledger knows where it says, the others to balance the cells.

    Args:
      images: what is to be written.
      grouping: how their patient groups are joined.
      config: fractions and seed.
      book: the ledger; it is not changed.
    """
    cells = count_cells((grouping.group_of[image.patient_group], (image.label, image.record.source)) for image in images)
    fixed = {grouping.group_of[group]: split for group, split in book.groups.items() if group in grouping.group_of}
    splits = assign_splits(cells, fractions_of(config.split), config.split.seed, fixed)
    return [
        PlacedImage(image.id, image.patient_group, group, image.record.source, image.label, splits[group])
        for image in images
        for group in [grouping.group_of[image.patient_group]]
    ]
