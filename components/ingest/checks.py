"""Refuse data that are not fit to train on, and say what to do."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from components.base.errors import DataRefusedError
from components.ingest.listing import Listing
from schemas import features
from schemas.classes import ClassMap


def check_share(listing: Listing, max_quarantined: float, names: Path | None) -> None:
    """Refuse where too many of the files that are wanted cannot be used.

    Args:
      listing: after decoding.
      max_quarantined: largest share of the rows that were not skipped.
      names: csv with the names of the refused files.

    Raises:
      DataRefusedError: more than that are refused.
    """
    wanted = listing.rows - listing.skipped.total()
    refused = len(listing.refused)
    if wanted and refused / wanted > max_quarantined:
        reasons = Counter(image.reason.value for image in listing.refused)
        counts = ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common())
        where = f"; their names are in {names}" if names else ""
        raise DataRefusedError(
            f"{refused} of {wanted} images cannot be used ({counts}), more than ingest.max_quarantined = {max_quarantined:g}{where}; "
            "mend them, or raise the limit"
        )


def check_classes(cells: Sequence[tuple[str, str]], classes: ClassMap, listing: Listing) -> None:
    """Refuse where a class has no image, in all or in a split.

    Args:
      cells: (class, split) of every image.
      classes: the classes of the run.
      listing: names the labels that the data have.

    Raises:
      DataRefusedError: a class is absent.
    """
    present = set(cells)
    for name in classes.names:
        held = [split for split in features.SPLITS if (name, split) in present]
        if not held:
            found = ", ".join(f"{label!r} ({count})" for label, count in listing.labels.most_common(8) if label)
            raise DataRefusedError(
                f"class {name!r} has no usable image; the data are labelled {found or 'not at all'}; set data.classes to labels that they have"
            )
        if len(held) < len(features.SPLITS):
            lacking = " and ".join(split for split in features.SPLITS if split not in held)
            raise DataRefusedError(
                f"class {name!r} has images of too few patients to put some in {lacking}; add patients, merge classes in data.classes, "
                "or give another --output where the ledger binds them"
            )
