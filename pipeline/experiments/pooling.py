"""The answers of one variant, seed by seed, over all divisions that belong together; and which may be paired."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from components.base.errors import UsageError
from pipeline.experiments.result import SCALE, Cell

_T = TypeVar("_T")


@dataclass(frozen=True)
class Answers:
    """What one seed answered on every image of its divisions.

    Attributes:
      divisions: in order.
      orders: digest of the images of each division.
      part: int64 [n], the place in `divisions` of each image: which network answered it.
      group: int64 [n].
      label: int64 [n], or [n, findings] for a multilabel task.
      source: str [n].
      probabilities: float64 [n, classes], [0, 1].
    """

    divisions: tuple[str, ...]
    orders: tuple[str, ...]
    part: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    label: npt.NDArray[np.int64]
    source: npt.NDArray[np.str_]
    probabilities: npt.NDArray[np.float64]

    def why_unpaired(self, other: "Answers") -> str:
        """Say why two sets of answers cannot be compared image by image; empty where they can.

        Divisions of one name must hold the same images in one order. Folds cut by patient and folds cut by image are cut apart
        differently, but together hold the same images: the draws are of patients, so that it is enough that every patient has
        the same images there.
        """
        if self.divisions == other.divisions:
            if self.orders != other.orders:
                return "other images, or in another order"
            same = np.array_equal(self.group, other.group) and np.array_equal(self.label, other.label)
            return "" if same else "other patients or labels for the same images"
        if not all(name.startswith("fold ") for name in (*self.divisions, *other.divisions)):
            return f"divided as {_listed(self.divisions)} and {_listed(other.divisions)}"
        return "" if self._inventory() == other._inventory() else "the folds do not hold the same images"

    def _inventory(self) -> list[tuple[int, str, str]]:
        return sorted(zip(self.group.tolist(), self.source.tolist(), map(str, self.label.tolist()), strict=True))


@dataclass(frozen=True)
class Series:
    """One variant on one family of divisions.

    Attributes:
      variant: its name.
      family: "eval", "folds by patient", "without SOURCE".
      cells: all of them.
      answers: seed to its answers, for the seeds that answered the same images; of seeds that answer all alike the first.
      left_out: seeds that did not, each with the reason.
      alike: seeds that answer exactly alike, those of one answer together: they are no more evidence than one.
    """

    variant: str
    family: str
    cells: tuple[Cell, ...]
    answers: dict[int, Answers]
    left_out: tuple[str, ...] = ()
    alike: tuple[tuple[int, ...], ...] = ()

    @property
    def reference(self) -> bool:
        """Whether others are compared with it."""
        return self.cells[0].reference


def pool(cells: Sequence[Cell]) -> list[Series]:
    """Gather cells by variant and family of divisions, in the order of their first cells.

    Raises:
      UsageError: a cell is there twice, or the folds of a seed overlap.
    """
    gathered: dict[tuple[str, str], dict[int, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        seeds = gathered[cell.variant, cell.family]
        if any(other.division == cell.division for other in seeds[cell.seed]):
            raise UsageError(f"{cell.variant}, seed {cell.seed}, {cell.division}: two results; remove one of the files")
        seeds[cell.seed].append(cell)
    return [_series(variant, family, seeds) for (variant, family), seeds in gathered.items()]


def any_of(by_seed: Mapping[int, _T]) -> _T:
    """Take what one seed has, for what all seeds share."""
    return next(iter(by_seed.values()))


def _series(variant: str, family: str, seeds: dict[int, list[Cell]]) -> Series:
    pooled = {seed: _concatenate(sorted(parts, key=lambda cell: _fold(cell.division))) for seed, parts in sorted(seeds.items())}
    # Seeds are averaged over the same images: those of the seed with most divisions stand, and a seed that lacks some is named.
    fullest = max(pooled.values(), key=lambda answers: len(answers.divisions))
    kept: dict[int, Answers] = {}
    left_out: list[str] = []
    same: dict[int, tuple[int, ...]] = {}
    for seed, answers in pooled.items():
        missing = [name for name in fullest.divisions if name not in answers.divisions]
        why = f"{_listed(missing)} missing" if missing else fullest.why_unpaired(answers)
        if why:
            left_out.append(f"seed {seed} of {variant}, {family}, is left out: {why}")
            continue
        first = next((number for number, known in kept.items() if np.array_equal(known.probabilities, answers.probabilities)), seed)
        kept.setdefault(first, answers)
        same[first] = (*same.get(first, ()), seed)
    alike = tuple(numbers for numbers in same.values() if len(numbers) > 1)
    return Series(variant, family, tuple(cell for parts in seeds.values() for cell in parts), kept, tuple(left_out), alike)


def _concatenate(cells: Sequence[Cell]) -> Answers:
    parts = [cell.predictions for cell in cells]
    groups = [np.array(part.group, np.int64) for part in parts]
    where = f"{cells[0].variant}, seed {cells[0].seed}, {cells[0].family}"
    if sum(len(group) for group in groups) > cells[0].data.images:
        raise UsageError(f"{where}: the folds have more images than the collection; an image may be in one fold only")
    if cells[0].family == "folds by patient" and sum(len(set(part.group)) for part in parts) > len(
        {n for part in parts for n in part.group}
    ):
        raise UsageError(f"{where}: a patient is in two folds; groups must be numbered over the whole collection, not by fold")
    return Answers(
        divisions=tuple(cell.division for cell in cells),
        orders=tuple(part.order for part in parts),
        part=np.repeat(np.arange(len(parts)), [len(group) for group in groups]),
        group=np.concatenate(groups),
        label=np.concatenate([np.array(part.label, np.int64) for part in parts]),
        source=np.concatenate([np.array(part.source.names)[list(part.source.index)] for part in parts]),
        probabilities=np.concatenate([np.array(part.probabilities, np.float64) for part in parts]) / SCALE,
    )


def _fold(division: str) -> tuple[int, str]:
    return (int(division.split()[1]) if division.startswith("fold ") else 0, division)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
