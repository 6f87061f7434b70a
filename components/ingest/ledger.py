"""The ledger: which split, or which of k folds, a group has, for ever.

It holds patient groups, before copies are joined, so that groups may join later; and the images that were divided, so
that of two copies the older one is known.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.base.errors import DataRefusedError, UsageError
from components.ingest.atomic_file import write_atomically
from components.ingest.config import SplitConfig
from schemas import features

_VERSION = 2


def ledger_path(output: Path) -> Path:
    """Name the ledger of an output folder."""
    return output / "splits" / "ledger.json"


@dataclass
class Ledger:
    """The division of an output folder.

    Attributes:
      division: what decides it: the share of each split or the number of folds, the seed, whether official splits are kept.
      groups: place of each patient group: its split, or its fold in decimal digits.
      images: every image that was divided.
    """

    division: dict[str, Any]
    groups: dict[str, str] = field(default_factory=dict)
    images: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, config: SplitConfig) -> "Ledger":
        """Begin a ledger."""
        return cls(division_of(config))

    def check(self, config: SplitConfig, path: Path) -> None:
        """Refuse another division than the ledger's.

        Raises:
          UsageError: it differs.
        """
        if self.division != division_of(config):
            kept = ", ".join(f"{name}: {json.dumps(value)}" for name, value in self.division.items())
            raise UsageError(
                f"{path}: the images here are divided by ingest.split {{{kept}}} for ever; give these values again, or another --output"
            )

    def add(self, groups: Mapping[str, str], images: Iterable[str]) -> bool:
        """Add groups and images; tell whether anything was new.

        Raises:
          DataRefusedError: a group has another place already.
        """
        moved = [group for group, place in groups.items() if self.groups.get(group, place) != place]
        if moved:
            raise DataRefusedError(
                f"splits/ledger.json has another split for {len(moved)} of {len(groups)} groups than records written before; "
                "restore the ledger from a copy, or give another --output"
            )
        before = len(self.groups), len(self.images)
        self.groups.update(groups)
        self.images.update(images)
        return before != (len(self.groups), len(self.images))

    def save(self, path: Path) -> None:
        """Write the ledger, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "version": _VERSION,
            "division": self.division,
            "groups": dict(sorted(self.groups.items())),
            "images": sorted(self.images),
        }
        write_atomically(path, json.dumps({**content, "sha256": _digest(content)}, indent=1) + "\n")


def division_of(config: SplitConfig) -> dict[str, Any]:
    """What decides a division; `fold` only says which part of it a run looks at."""
    if config.only_test:
        return {"only": "test"}
    if config.folds:
        return {"folds": config.folds, "seed": config.seed}
    return {"train": config.train, "eval": config.eval, "test": config.test, "official": config.official, "seed": config.seed}


def shares_of(config: SplitConfig) -> dict[str, float]:
    """Share of each place that a group can have: of each split, or of each fold."""
    if config.only_test:
        return {"test": 1.0}
    if config.folds:
        return {str(fold): 1 / config.folds for fold in range(config.folds)}
    return {"train": config.train, "eval": config.eval, "test": config.test}


def split_of_place(place: str, config: SplitConfig) -> str:
    """Find the split of a place: its own name, or by its distance from the fold that is test."""
    if not config.folds:
        return place
    distance = (int(place) - config.fold) % config.folds
    return ("test", "eval")[distance] if distance < 2 else "train"


def load_ledger(path: Path) -> Ledger | None:
    """Read a ledger; None where there is none yet.

    Raises:
      UsageError: the file is damaged, or of another version.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        written = content.pop("sha256")
        places = _places(content["division"])
        if content["version"] != _VERSION or _digest(content) != written or not set(content["groups"].values()) <= places:
            raise ValueError
        return Ledger(content["division"], content["groups"], set(content["images"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: is no ledger of splits, or is damaged; restore it from a copy, or give another --output") from error


def _places(division: Mapping[str, Any]) -> set[str]:
    if "only" in division:
        return {division["only"]}
    return set(features.SPLITS) if "train" in division else {str(fold) for fold in range(division["folds"])}


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode("ascii")).hexdigest()
