"""Divide groups into splits or folds, in proportion within every label and source.

Multi-label stratification serves the rarest stratum first (Sechidis et al. 2011); a group is placed whole. Within a
stratum the larger groups go first, and each goes where most images are lacking, so that every split gets its share of
large groups too.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

# Label and source of an image.
Cell = tuple[str, str]

_ANYWHERE: Mapping[str, Sequence[str]] = {}


def assign_splits(
    groups: Mapping[str, Mapping[Cell, int]],
    fractions: Mapping[str, float],
    seed: int,
    fixed: Mapping[str, str],
    allowed: Mapping[str, Sequence[str]] = _ANYWHERE,
) -> dict[str, str]:
    """Assign each group one split.

    A cell of as many groups as there are splits, or more, has at least one in every split, as far as whole groups,
    `fixed` and `allowed` let it; the same goes for a label as a whole. Cells of fewer groups are divided by what their
    label lacks, else all would land in train.

    Args:
      groups: number of images of each group in each cell.
      fractions: share of each split (or fold), summing to 1.
      seed: of the order among groups of equal size.
      fixed: splits that groups have already; they count towards the shares and stay as they are.
      allowed: where a group may go, if not anywhere.
    Returns:
      The split of every group; a function of the arguments alone, not of their order.
    """
    balance = _Balance(groups, fractions)
    splits = {group: fixed[group] for group in sorted(groups) if group in fixed}
    for group, split in splits.items():
        balance.place(groups[group], split)
    members: defaultdict[Cell, list[str]] = defaultdict(list)
    for group, cells in groups.items():
        for cell in cells:
            members[cell].append(group)
    for cell in sorted(members, key=lambda cell: (len(members[cell]), cell)):
        waiting = sorted(set(members[cell]) - set(splits), key=lambda group: (-groups[group][cell], _shuffle(seed, group)))
        for group in waiting:
            candidates = allowed.get(group, tuple(fractions))
            splits[group] = balance.choose(cell, groups[group], candidates, few=len(members[cell]) < len(fractions))
            balance.place(groups[group], splits[group])
    return splits


class _Balance:
    """How many images of each stratum each split holds, and how many groups are still to come."""

    def __init__(self, groups: Mapping[str, Mapping[Cell, int]], fractions: Mapping[str, float]):
        self._fractions = fractions
        self._images: defaultdict[object, Counter[str]] = defaultdict(Counter)
        self._waiting: Counter[object] = Counter()
        for cells in groups.values():
            self._waiting.update(_strata(cells).keys())

    def place(self, cells: Mapping[Cell, int], split: str) -> None:
        for stratum, images in _strata(cells).items():
            self._images[stratum][split] += images
            self._waiting[stratum] -= 1

    def choose(self, cell: Cell, cells: Mapping[Cell, int], allowed: Sequence[str], few: bool) -> str:
        sizes = _strata(cells)
        strata: list[object] = [cell[0], cell, None] if few else [cell, cell[0], None]
        candidates = self._empty_first(cell, self._empty_first(cell[0], list(allowed)))
        return max(candidates, key=lambda split: [self._lack(stratum, sizes[stratum], split) for stratum in strata])

    def _empty_first(self, stratum: object, candidates: list[str]) -> list[str]:
        # The last groups of a stratum, which are its smallest, go where it has none yet.
        empty = [split for split in self._fractions if not self._images[stratum][split]]
        wanted = [split for split in candidates if split in empty]
        return wanted if wanted and self._waiting[stratum] <= len(empty) else candidates

    def _lack(self, stratum: object, size: int, split: str) -> float:
        held = self._images[stratum]
        return round(self._fractions[split] * (held.total() + size) - held[split], 6)


def _strata(cells: Mapping[Cell, int]) -> Counter[object]:
    """Count a group's images by cell, by label and (None) in all; a label is a str, a cell a pair."""
    strata: Counter[object] = Counter()
    for cell, images in cells.items():
        strata[cell] += images
        strata[cell[0]] += images
        strata[None] += images
    return strata


def _shuffle(seed: int, group: str) -> bytes:
    return hashlib.sha256(f"{seed}/{group}".encode()).digest()


def count_cells(rows: Iterable[tuple[str, Cell]]) -> dict[str, Counter[Cell]]:
    """Count the images of each group in each cell, from (group, cell) of every image."""
    groups: defaultdict[str, Counter[Cell]] = defaultdict(Counter)
    for group, cell in rows:
        groups[group][cell] += 1
    return dict(groups)
