"""What an ingest did, in numbers: no file name and no patient."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.ingest.config import IngestConfig
from components.ingest.duplicates import Grouping
from components.ingest.listing import Listing
from schemas import features
from schemas.classes import ClassMap


@dataclass(frozen=True)
class PlacedImage:
    """An image in its place."""

    id: str
    patient_group: str
    group: str
    source: str
    label: str
    split: str


def summarise(
    digest: str,
    listing: Listing,
    placed: Sequence[PlacedImage],
    grouping: Grouping,
    config: IngestConfig,
    classes: ClassMap,
    columns: Sequence[str],
) -> dict[str, Any]:
    """Make the content of `summary.json`."""
    refused = Counter(image.reason.value for image in listing.refused)
    return {
        "digest": digest,
        "classes": list(classes.names),
        "columns": list(columns),
        "sources": sorted({image.source for image in placed}),
        "counts": {
            "listed": listing.rows,
            "written": len(placed),
            "quarantined": len(listing.refused),
            "skipped": listing.skipped.total(),
            "absent": listing.absent.total(),
        },
        "quarantined": dict(sorted(refused.items())),
        "skipped": dict(sorted(listing.skipped.items())),
        "cells": cells_of(placed),
        "groups": len({image.group for image in placed}),
        "duplicates": {
            "copies": grouping.copies,
            "joined_groups": len({image.patient_group for image in placed}) - len({image.group for image in placed}),
            "label_conflicts": grouping.label_conflicts,
        },
        "split": config.split.model_dump(),
        "image_ids_digest": hashlib.sha256("".join(sorted(image.id for image in placed)).encode()).hexdigest()[:16],
    }


def cells_of(placed: Sequence[PlacedImage]) -> list[dict[str, Any]]:
    """Count images and groups by source, label and split."""
    groups: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for image in placed:
        groups[image.source, image.label, image.split].append(image.group)
    order = {split: index for index, split in enumerate(features.SPLITS)}
    return [
        {"source": source, "label": label, "split": split, "images": len(members), "groups": len(set(members))}
        for (source, label, split), members in sorted(groups.items(), key=lambda item: (*item[0][:2], order[item[0][2]]))
    ]
