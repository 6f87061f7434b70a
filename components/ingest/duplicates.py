"""Join the groups of images whose pixels are the same, so that no image is trained on and tested on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fingerprint:
    """One decoded image: its pseudonym, the pseudonym of its patient, its class and a digest of its gray pixels."""

    id: str
    patient_group: str
    label: str
    pixels: str


@dataclass(frozen=True)
class Grouping:
    """The groups after joining.

    Attributes:
      group_of: joined group of each patient group; named after its first patient group in order of pseudonyms.
      ties: images left out, because joining their groups would tie two splits together.
      copies: images beyond the first of each set of the same pixels.
      label_conflicts: sets of the same pixels that carry several classes.
    """

    group_of: dict[str, str]
    ties: list[str]
    copies: int
    label_conflicts: int

    @classmethod
    def without_copies(cls, patient_groups: Iterable[str]) -> "Grouping":
        """Leave every patient group by itself."""
        return cls({group: group for group in patient_groups}, [], 0, 0)


def join_copies(images: Sequence[Fingerprint], splits: Mapping[str, str], known: Collection[str]) -> Grouping:
    """Join the patient groups that share an image.

    Groups that the ledger holds keep their splits for ever. Where copies lie in groups of two splits, the side of an
    image that was there before stands, and the images of the other side are left out.

    Args:
      images: every decoded image.
      splits: split of each patient group that has one already.
      known: images that were divided before.
    Returns:
      The same for every order of `images`.
    """
    forest = _Forest(splits)
    for image in images:
        forest.add(image.patient_group)
    sets: defaultdict[str, list[Fingerprint]] = defaultdict(list)
    for image in images:
        sets[image.pixels].append(image)
    ties: list[str] = []
    copies = label_conflicts = 0
    for _, same in sorted(sets.items()):
        if len(same) == 1:
            continue
        copies += len(same) - 1
        label_conflicts += len({image.label for image in same}) > 1
        same.sort(key=lambda image: (image.id not in known, image.id))
        side = next((split for image in same if (split := forest.split_of(image.patient_group))), "")
        fitting = [image for image in same if forest.split_of(image.patient_group) in ("", side)]
        ties += [image.id for image in same if image not in fitting]
        for image in fitting[1:]:
            forest.join(fitting[0].patient_group, image.patient_group)
    return Grouping({group: forest.root(group) for group in forest.parents}, sorted(ties), copies, label_conflicts)


class _Forest:
    """Disjoint sets of groups (Tarjan 1975), each with at most one split; the root is the smallest name."""

    def __init__(self, splits: Mapping[str, str]):
        self.parents: dict[str, str] = {}
        self._splits = splits
        self._split_of_root: dict[str, str] = {}

    def add(self, group: str) -> None:
        if group not in self.parents:
            self.parents[group] = group
            self._split_of_root[group] = self._splits.get(group, "")

    def root(self, group: str) -> str:
        while self.parents[group] != group:
            self.parents[group] = self.parents[self.parents[group]]
            group = self.parents[group]
        return group

    def split_of(self, group: str) -> str:
        return self._split_of_root[self.root(group)]

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        if first != second:
            self.parents[second] = first
            self._split_of_root[first] = self._split_of_root[first] or self._split_of_root[second]
