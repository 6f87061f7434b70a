"""Find the images and patients that a model was made with among those that it is to be judged on."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.ingest import folder
from components.ingest.copies.find import find_copies_between
from components.ingest.known_images import KnownImages
from components.ingest.written_fingerprints import WrittenFingerprints
from components.trainer.training_data import FOLDER, TrainingData
from schemas import features

PIXELS: Final = "identical pixels"
COPY: Final = "near copy"
PATIENT: Final = "same patient"
TIED: Final = "patient or copy of one of these"
KINDS: Final = (PIXELS, COPY, PATIENT, TIED)


@dataclass(frozen=True)
class Shared:
    """What is shared.

    Attributes:
      kinds: pseudonym of each shared image to how it was found: the first of KINDS that holds.
      splits: split of the model's data to the images found in it; of several splits the one that the model learned most from.
      groups: shared groups of patients and copies.
      not_looked_for: kind to why it could not be.
    """

    kinds: Mapping[str, str]
    splits: Mapping[str, int]
    groups: frozenset[str]
    not_looked_for: Mapping[str, str]


def find_shared(records: Path, pseudonym_key: str, model: Path, facts: TrainingData, on_progress: Callable[[int, int], None]) -> Shared:
    """Find what the records share with the data of a model.

    A group is shared as a whole: where one image of a patient was there before, all of the patient's images are left out.
    Images of eval and test count as those of train do: eval chose the model, and test is not another hospital.

    Args:
      records: records folder of the images to be judged.
      pseudonym_key: digest of the key of their pseudonyms.
      model: folder of the SavedModel.
      facts: its `training.json`.
      on_progress: called with steps done and all steps of the search for copies.
    Raises:
      UserError: the fingerprints of the model are damaged.
      DataRefusedError: the records are damaged.
    """
    folder.read_splits(records)  # refuses a damaged table
    with (records / folder.SPLITS).open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    if facts.fingerprints == "none":
        return Shared({}, {}, frozenset(), dict.fromkeys(KINDS, "no fingerprints travel with this model"))
    known, mine = KnownImages.load(model / FOLDER), WrittenFingerprints(records)
    not_looked_for: dict[str, str] = {}
    found: dict[str, tuple[str, str]] = {}

    def note(image: str, kind: str, split: str) -> None:
        earlier = found.setdefault(image, (kind, split))
        found[image] = earlier[0], min(earlier[1], split, key=features.SPLITS.index)

    by_pixels = _first_splits([bytes(digest).hex() for digest in known.pixels], known.splits.tolist())
    for image, pixels in zip(mine.ids, mine.pixels, strict=True):
        if pixels in by_pixels:
            note(image, PIXELS, by_pixels[pixels])
    if facts.fingerprints == "full":
        for pair in find_copies_between(known, mine, on_progress):
            note(mine.ids[pair.j], COPY, str(known.splits[pair.i]))
    else:
        not_looked_for[COPY] = "only the digests of pixels travel with this model"
    summary = folder.read_summary(records)
    lacking = [*_unnamed(summary, facts), *_without_namesake(summary["sources"], facts)]
    if lacking:
        not_looked_for[PATIENT] = "; and ".join(lacking)
    if pseudonym_key == facts.pseudonym_key:
        by_patient = _first_splits(known.patients.tolist(), known.splits.tolist())
        for image, row in rows.items():
            if row["patient_group"] in by_patient:
                note(image, PATIENT, by_patient[row["patient_group"]])
    else:
        not_looked_for[PATIENT] = "the patients of this model have pseudonyms of another private key"
    groups = frozenset(rows[image]["group"] for image in found)
    kinds = {image: found[image][0] if image in found else TIED for image, row in rows.items() if row["group"] in groups}
    return Shared(kinds, Counter(split for _, split in found.values()), groups, not_looked_for)


def _unnamed(summary: dict[str, Any], facts: TrainingData) -> Iterator[str]:
    """Say of how many images, on either side, nobody knows the patient."""
    here, there = folder.images_without_patient(summary), facts.without_patient
    if here:
        yield f"no patient is named for {here:,} of the {summary['counts']['written']:,} images that were read"
    if there:
        yield f"no patient is named for {there:,} of the {sum(facts.images.values()):,} images that the model was made with"
    elif there is None:
        yield "for how many images of the model's data no patient is named does not travel with it (it is older; train it again)"


def _without_namesake(sources: Sequence[str], facts: TrainingData) -> Iterator[str]:
    """Say for which sources patients cannot be compared, since a pseudonym holds the name of its source."""
    if facts.source_digests is None:
        yield (
            "the names of this model's sources do not travel with it (it is older), and a patient is known by source and id; train it again"
        )
        return
    unknown = [source for source in sources if not facts.holds_source(source)]
    if not unknown:
        return
    yield (
        f"no source of the model's data is named {' or '.join(unknown)}, and a patient is known by source and id; "
        "if these are its patients, give the source its name there "
        "(source=NAME or source_name=NAME in --data, or the source column of a manifest)"
    )


def _first_splits(names: Sequence[str], splits: Sequence[str]) -> dict[str, str]:
    """Give each name the split, of those it has, that comes first in schemas.features.SPLITS."""
    first: dict[str, str] = {}
    for name, split in zip(names, splits, strict=True):
        first[name] = min(first.get(name, split), split, key=features.SPLITS.index)
    return first
