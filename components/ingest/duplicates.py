"""Join the groups of images that are copies of each other, so that no image is trained on and tested on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CopyCandidate:
    """One decoded image: its pseudonym, the pseudonym of its patient, and its class."""

    id: str
    patient_group: str
    label: str


@dataclass(frozen=True)
class Grouping:
    """The groups after joining.

    Attributes:
      group_of: joined group of each patient group; named after its first patient group in order of pseudonyms.
      ties: images left out, because joining their groups would tie two splits together.
      conflicts: images left out, because a copy of theirs has another class; each with the first such copy.
      copies: images beyond the first of each set of copies.
      sets: sets of copies.
      largest_set: number of images of the largest set.
    """

    group_of: dict[str, str]
    ties: list[str] = field(default_factory=list)
    conflicts: dict[str, str] = field(default_factory=dict)
    copies: int = 0
    sets: int = 0
    largest_set: int = 0

    @classmethod
    def without_copies(cls, patient_groups: Iterable[str]) -> "Grouping":
        """Leave every patient group by itself."""
        return cls({group: group for group in patient_groups})


def join_copies(
    images: Sequence[CopyCandidate], pairs: Iterable[tuple[int, int]], places: Mapping[str, str], known: Collection[str]
) -> Grouping:
    """Join the patient groups that share an image.

    Groups that the ledger holds keep their places for ever. Where copies lie in groups of two places, the side of an
    image that was there before stands, and the images of the other side are left out; of a patient who is new, all
    images, since one of them is in another place already. Where copies have several classes, nobody knows which one is
    right, and all of them are left out; their patients are one all the same.

    Args:
      images: every decoded image; the class "" is that of an image of an earlier run, which contradicts none.
      pairs: positions of two images that are copies of each other; copies of copies are copies.
      places: split or fold of each patient group that has one already.
      known: images that were divided before.
    Returns:
      The same for every order of `images` and `pairs`.
    """
    sets = _sets(images, pairs)
    torn: set[str] = set()
    while True:
        forest, tied = _join(images, sets, places, known, torn)
        new = {image.patient_group for image in tied if image.patient_group not in places} - torn
        if not new:
            break
        torn |= new
    ties = {image.id for image in tied} | {image.id for image in images if image.patient_group in torn}
    conflicts: dict[str, str] = {}
    for same in sets:
        if _contradict(same):
            for image in same:
                conflicts[image.id] = min(other.id for other in same if other.label not in ("", image.label))
    return Grouping(
        group_of={group: forest.root(group) for group in forest.parents},
        ties=sorted(ties - set(conflicts)),
        conflicts=conflicts,
        copies=sum(len(same) - 1 for same in sets),
        sets=len(sets),
        largest_set=max((len(same) for same in sets), default=0),
    )


def _join(
    images: Sequence[CopyCandidate],
    sets: Sequence[Sequence[CopyCandidate]],
    places: Mapping[str, str],
    known: Collection[str],
    torn: Collection[str],
) -> tuple["_Forest", list[CopyCandidate]]:
    """Join groups by the sets of copies, but for those that are torn; and the images that would tie two places."""
    forest = _Forest(places)
    for image in images:
        forest.add(image.patient_group)
    tied: list[CopyCandidate] = []
    for whole in sets:
        same = sorted((image for image in whole if image.patient_group not in torn), key=lambda image: (image.id not in known, image.id))
        side = next((place for image in same if (place := forest.place_of(image.patient_group))), "")
        fitting = [image for image in same if forest.place_of(image.patient_group) in ("", side)]
        if not _contradict(whole):
            tied += [image for image in same if forest.place_of(image.patient_group) not in ("", side)]
        for image in fitting[1:]:
            forest.join(fitting[0].patient_group, image.patient_group)
    return forest, tied


def _contradict(same: Sequence[CopyCandidate]) -> bool:
    return len({image.label for image in same} - {""}) > 1


def _sets(images: Sequence[CopyCandidate], pairs: Iterable[tuple[int, int]]) -> list[list[CopyCandidate]]:
    # In an order that the images alone decide.
    forest = _Forest({})
    by_id = {}
    for pair in pairs:
        one, other = (images[index] for index in pair)
        for image in (one, other):
            by_id[image.id] = image
            forest.add(image.id)
        forest.join(one.id, other.id)
    sets: defaultdict[str, list[CopyCandidate]] = defaultdict(list)
    for image_id in sorted(by_id):
        sets[forest.root(image_id)].append(by_id[image_id])
    return [sets[root] for root in sorted(sets)]


class _Forest:
    """Disjoint sets of names (Tarjan 1975), each with at most one place; the root is the smallest name."""

    def __init__(self, places: Mapping[str, str]):
        self.parents: dict[str, str] = {}
        self._places = places
        self._place_of_root: dict[str, str] = {}

    def add(self, name: str) -> None:
        if name not in self.parents:
            self.parents[name] = name
            self._place_of_root[name] = self._places.get(name, "")

    def root(self, name: str) -> str:
        while self.parents[name] != name:
            self.parents[name] = self.parents[self.parents[name]]
            name = self.parents[name]
        return name

    def place_of(self, name: str) -> str:
        return self._place_of_root[self.root(name)]

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        if first != second:
            self.parents[second] = first
            self._place_of_root[first] = self._place_of_root[first] or self._place_of_root[second]
