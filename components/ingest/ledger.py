"""The ledger: which split a group has, for ever.

It holds patient groups, before copies are joined, so that groups may join later; and the images that were divided, so
that of two copies the older one is known.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from components.base.errors import DataRefusedError, UsageError
from components.ingest.atomic_file import write_atomically
from components.ingest.config import SplitConfig
from schemas import features

_VERSION = 1


def ledger_path(output: Path) -> Path:
    """Name the ledger of an output folder."""
    return output / "splits" / "ledger.json"


@dataclass
class Ledger:
    """The splits of an output folder.

    Attributes:
      fractions: share of each split.
      seed: seed of the division.
      groups: split of each patient group.
      images: every image that was divided.
    """

    fractions: dict[str, float]
    seed: int
    groups: dict[str, str] = field(default_factory=dict)
    images: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, config: SplitConfig) -> "Ledger":
        """Begin a ledger."""
        return cls(fractions_of(config), config.seed)

    def check(self, config: SplitConfig, path: Path) -> None:
        """Refuse another division than the ledger's.

        Raises:
          UsageError: fractions or seed differ.
        """
        if self.fractions != fractions_of(config) or self.seed != config.seed:
            kept = ", ".join(f"{split}: {share:g}" for split, share in self.fractions.items())
            raise UsageError(
                f"{path}: the images here are divided by ingest.split {{{kept}, seed: {self.seed}}} for ever; "
                "give these values again, or another --output"
            )

    def add(self, groups: Mapping[str, str], images: Iterable[str]) -> bool:
        """Add groups and images; tell whether anything was new.

        Raises:
          DataRefusedError: a group has another split already.
        """
        moved = [group for group, split in groups.items() if self.groups.get(group, split) != split]
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
            "fractions": self.fractions,
            "seed": self.seed,
            "groups": dict(sorted(self.groups.items())),
            "images": sorted(self.images),
        }
        write_atomically(path, json.dumps(content, indent=1) + "\n")


def fractions_of(config: SplitConfig) -> dict[str, float]:
    """Share of each split."""
    return {"train": config.train, "eval": config.eval, "test": config.test}


def load_ledger(path: Path) -> Ledger | None:
    """Read a ledger; None where there is none yet.

    Raises:
      UsageError: the file is damaged, or of another version.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != _VERSION or not set(content["groups"].values()) <= set(features.SPLITS):
            raise ValueError
        return Ledger(content["fractions"], content["seed"], content["groups"], set(content["images"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: is no ledger of splits; restore it from a copy, or give another --output") from error
