"""Give every image its group, its place in the ledger and its split."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components.ingest.config import SplitConfig
from components.ingest.duplicates import Grouping
from components.ingest.ledger import Ledger, shares_of, split_of_place
from components.ingest.listing import ListedImage
from components.ingest.split import assign_splits, count_cells
from schemas import features


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """An image in its place.

    Attributes:
      names_patient: as of the listed image.
      place: its split, or its fold in decimal digits, as the ledger keeps it for ever.
      split: one of schemas.features.SPLITS.
    """

    id: str
    patient_group: str
    names_patient: bool
    group: str
    source: str
    label: str
    place: str
    split: str

    @property
    def fold(self) -> int:
        """Number of the fold, or schemas.features.NOT_STATED."""
        return int(self.place) if self.place.isdecimal() else features.NOT_STATED


@dataclass(frozen=True)
class Placement:
    """All images in their places.

    Attributes:
      images: in the order they came in.
      straddling: groups that the authors of a data set had put on both sides; they are kept on the side of train.
      overruled: groups whose official split came too late: the ledger had given them another.
    """

    images: list[PlacedImage]
    straddling: int
    overruled: int


def place(images: Sequence[ListedImage], grouping: Grouping, config: SplitConfig, book: Ledger) -> Placement:
    """Place images: groups that the ledger knows where it says, then official splits, the others to balance the cells.

    With folds the official splits are not used: folds divide everything. Neither are they where everything is test.

    Args:
      images: what is to be written.
      grouping: how their patient groups are joined.
      config: fractions or folds, and the seed.
      book: the ledger; it is not changed.
    """
    cells = count_cells((grouping.group_of[image.patient_group], (image.label, image.record.source)) for image in images)
    fixed = {grouping.group_of[group]: place for group, place in book.groups.items() if group in grouping.group_of}
    allowed: dict[str, tuple[str, ...]] = {}
    straddling = 0
    if config.official and not config.folds and not config.only_test:
        allowed, straddling = _official(images, grouping)
    places = assign_splits(cells, shares_of(config), config.seed, fixed, allowed)
    placed = [
        PlacedImage(
            id=image.id,
            patient_group=image.patient_group,
            names_patient=image.names_patient,
            group=group,
            source=image.record.source,
            label=image.label,
            place=places[group],
            split=split_of_place(places[group], config),
        )
        for image in images
        for group in [grouping.group_of[image.patient_group]]
    ]
    overruled = sum(fixed.get(group, splits[0]) not in splits for group, splits in allowed.items())
    return Placement(placed, straddling, overruled)


def describe_official(placement: Placement) -> Iterator[str]:
    """Say where the splits of the data sets' authors were not kept."""
    if placement.straddling:
        yield f"{placement.straddling} groups stand on both sides of an official split; they stay in train"
    if placement.overruled:
        yield f"{placement.overruled} groups have another split in the ledger than the official one; another --output keeps that"


def describe_unnamed(placement: Placement) -> Iterator[str]:
    """Say how many images name no patient."""
    unnamed = sum(not image.names_patient for image in placement.images)
    if unnamed:
        yield f"no patient is named for {unnamed} of {len(placement.images)} images; each is a group of its own, copies aside"


def _official(images: Sequence[ListedImage], grouping: Grouping) -> tuple[dict[str, tuple[str, ...]], int]:
    # Where the authors gave train and test alone, eval is taken from their train. An image that stands in both, by its
    # patient or as a copy in another collection, stays in train: what is tested on must not have been trained on.
    with_eval = {image.record.source for image in images if image.record.split == "eval"}
    named: defaultdict[str, set[str]] = defaultdict(set)
    for image in images:
        if image.record.split:
            splits = named[grouping.group_of[image.patient_group]]
            splits.add(image.record.split)
            if image.record.split == "train" and image.record.source not in with_eval:
                splits.add("train or eval")
    allowed: dict[str, tuple[str, ...]] = {}
    for group, splits in named.items():
        if "train" in splits:
            allowed[group] = ("train", "eval") if splits == {"train", "train or eval"} else ("train",)
        else:
            allowed[group] = ("eval",) if "eval" in splits else ("test",)
    return allowed, sum(len(splits - {"train or eval"}) > 1 for splits in named.values())
