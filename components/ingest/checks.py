"""Refuse data that are not fit to train on, and say what to do."""

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from components.base.errors import DataRefusedError, UsageError
from components.ingest.config import SplitConfig
from components.ingest.listing import Listing
from schemas import features
from schemas.classes import ClassMap

_NAMES = ("filename", "patient_id", "patientid", "patient", "patient_name", "patientname", "original_name", "name")
_OWN = (
    features.SOURCE,
    features.LABEL,
    features.VIEW,
    features.SPLIT,
    features.GROUP,
    features.ID,
    features.MODE,
    features.FORMAT,
    features.AGE,
    features.SEX,
    features.FOLLOW_UP,
    features.FOLD,
)


def check_columns(columns: Sequence[str]) -> None:
    """Refuse to let names travel.

    Raises:
      UsageError: one of the columns names files or patients, travels already, is blank or is listed twice.
    """
    for column in columns:
        if not column.strip() or columns.count(column) > 1:
            raise UsageError(f"data.columns: {column!r} is blank or listed twice")
        if column in _OWN:
            raise UsageError(f"data.columns: {column!r} is the name of a feature that every image has; rename the column, or leave it out")
        if column.strip().lower().replace(" ", "_") in _NAMES:
            raise UsageError(f"data.columns: {column!r} names files or patients, which never reach an output; leave it out")


def check_share(listing: Listing, max_quarantined: float, names: Path | None, decoded: bool) -> None:
    """Refuse where too many of the files that are wanted cannot be used.

    Args:
      listing: before or after decoding.
      max_quarantined: largest share of the rows that were not skipped.
      names: csv with the names of the refused files.
      decoded: whether every image was decoded; otherwise there may be more to refuse.

    Raises:
      DataRefusedError: more than that are refused.
    """
    wanted = listing.rows - listing.skipped.total() - listing.absent.total()
    refused = len(listing.refused)
    if wanted and refused / wanted > max_quarantined:
        reasons = Counter(image.reason.value for image in listing.refused)
        counts = ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common())
        counts += "" if decoded else "; none was decoded yet"
        where = f"; their names are in {names}" if names else ""
        raise DataRefusedError(
            f"{refused} of {wanted} images cannot be used ({counts}), more than ingest.max_quarantined = {max_quarantined:g}{where}; "
            "mend them, or raise the limit"
        )


def check_classes(classes: ClassMap, listing: Listing, split: SplitConfig) -> None:
    """Refuse where a class has no image at all; where everything is test, where no class has any.

    Raises:
      DataRefusedError: a class is absent; the message names the labels that the data have.
    """
    present = {image.label for image in listing.images}
    if split.only_test:
        if not present:
            names = ", ".join(classes.names)
            raise DataRefusedError(f"no usable image has one of the classes {names}; the labels of the data become: {_found(listing)}")
        return
    for name in classes.names:
        if name not in present:
            raise DataRefusedError(
                f"class {name!r} has no usable image; set data.classes to what the labels of the data become: {_found(listing)}"
            )


def check_splits(cells: Collection[tuple[str, str]], classes: ClassMap, split: SplitConfig) -> None:
    """Refuse where a split lacks a class.

    Args:
      cells: (class, split) of every image.
      classes: the classes of the run.
      split: how they were divided.

    Raises:
      DataRefusedError: a class is absent from a split.
    """
    if split.only_test:
        return
    present = set(cells)
    for name in classes.names:
        held = [split for split in features.SPLITS if (name, split) in present]
        if len(held) < len(features.SPLITS):
            lacking = " and ".join(split for split in features.SPLITS if split not in held)
            raise DataRefusedError(
                f"class {name!r} has images of too few patients to put some in {lacking}; add patients, merge classes in data.classes, "
                "or give another --output where the ledger binds them"
                + (
                    ", or set ingest.split.official=false where the data's own split binds them"
                    if split.official and not split.folds
                    else ""
                )
            )


def _found(listing: Listing) -> str:
    return ", ".join(f"{label!r} ({count})" for label, count in listing.labels.most_common(8) if label) or "nothing"
