"""What an ingest did, in numbers: no file name and no patient."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from components.ingest.config import IngestConfig
from components.ingest.duplicates import Grouping
from components.ingest.listing import Listing
from components.ingest.place import PlacedImage, Placement
from schemas import features
from schemas.classes import ClassMap


def summarise(
    digest: str,
    listing: Listing,
    placement: Placement,
    grouping: Grouping,
    flags: Mapping[tuple[str, str, str], int],
    config: IngestConfig,
    classes: ClassMap,
    columns: Sequence[str],
    pseudonym_key: str,
) -> dict[str, Any]:
    """Make the content of `summary.json`.

    `flags` counts the images of each source, class and quality flag; `pseudonym_key` is the digest of the key of the pseudonyms.
    """
    placed = placement.images
    refused = Counter(image.reason.value for image in listing.refused)
    return {
        "digest": digest,
        "classes": list(classes.names),
        "labels": dict(sorted(classes.by_label.items())),
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
        "absent": dict(sorted(listing.absent.items())),
        "cells": cells_of(placed),
        "groups": len({image.group for image in placed}),
        "duplicates": {
            "copies": grouping.copies,
            "joined_groups": len({image.patient_group for image in placed}) - len({image.group for image in placed}),
            "sets": grouping.sets,
            "largest_set": grouping.largest_set,
            "label_conflicts": len(grouping.conflicts),
            "straddling_official_splits": placement.straddling,
            "official_splits_overruled": placement.overruled,
        },
        "quality": [
            {"flag": flag, "source": source, "label": label, "images": count} for (source, label, flag), count in sorted(flags.items())
        ],
        "split": config.split.model_dump(),
        "near_copies": config.near_copies,
        "max_side_px": config.max_side_px,
        "pseudonym_key": pseudonym_key,
        "image_ids_digest": hashlib.sha256("".join(sorted(image.id for image in placed)).encode()).hexdigest()[:16],
    }


def cells_of(placed: Sequence[PlacedImage]) -> list[dict[str, Any]]:
    """Count images, groups, and images that name no patient, by source, label and split."""
    cells: defaultdict[tuple[str, str, str], list[PlacedImage]] = defaultdict(list)
    for image in placed:
        cells[image.source, image.label, image.split].append(image)
    order = {split: index for index, split in enumerate(features.SPLITS)}
    return [
        {
            "source": source,
            "label": label,
            "split": split,
            "images": len(members),
            "groups": len({image.group for image in members}),
            "without_patient": sum(not image.names_patient for image in members),
        }
        for (source, label, split), members in sorted(cells.items(), key=lambda item: (*item[0][:2], order[item[0][2]]))
    ]
