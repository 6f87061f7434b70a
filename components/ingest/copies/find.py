"""Find the copies in a collection of fingerprints."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Protocol

import numpy as np

from components.ingest.copies.candidates import CandidateIndex, Pairs
from components.ingest.copies.fingerprint import Fingerprint
from components.ingest.copies.match import match

_CACHED = 512
_TILE = 128

OnProgress = Callable[[int, int], None]


class Fingerprints(Protocol):
    """Fingerprints that may lie on disk."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Fingerprint]:
        """Read all, in order."""
        ...

    def __getitem__(self, index: int) -> Fingerprint:
        """Read one."""
        ...


@dataclass(frozen=True, order=True)
class CopyPair:
    """Two images that show one radiograph.

    Attributes:
      i: index of the first image.
      j: index of the second; in one collection i < j.
      kind: "near", where the images look alike as a whole, or "keypoints", where one shows a part of the other.
      score: Match.support, range [0.25, 1].
    """

    i: int
    j: int
    kind: str
    score: float


def find_copies(fingerprints: Fingerprints, on_progress: OnProgress | None = None) -> list[CopyPair]:
    """Find the pairs of copies in a collection.

    Of many copies of one radiograph not every pair is named, but enough to tie them into one group.

    Args:
      fingerprints: read once in sequence, then one by one, near ones together.
      on_progress: called with units done and units in all: one to read an image, one to compare it.
    Returns:
      In ascending order; the same for the same fingerprints.
    """
    return _find(fingerprints, len(fingerprints), iter(fingerprints), 0, on_progress)


def find_copies_between(a: Fingerprints, b: Fingerprints, on_progress: OnProgress | None = None) -> list[CopyPair]:
    """Find the pairs of copies of which one is in `a` and the other in `b`.

    Args:
      a: one collection, such as what a model was trained on.
      b: the other, such as the images of another hospital.
      on_progress: as for find_copies.
    Returns:
      In ascending order; i is an index of `a`, j one of `b`.
    """
    if len(a) == 0 or len(b) == 0:
        return []
    found = _find(_Both(a, b), len(a) + len(b), chain(a, b), len(a), on_progress)
    return [CopyPair(pair.i, pair.j - len(a), pair.kind, pair.score) for pair in found]


class _Both:
    def __init__(self, a: Fingerprints, b: Fingerprints):
        self._a, self._b = a, b

    def __getitem__(self, index: int) -> Fingerprint:
        return self._a[index] if index < len(self._a) else self._b[index - len(self._a)]


class _Readable(Protocol):
    def __getitem__(self, index: int) -> Fingerprint: ...


def _find(access: _Readable, total: int, reading: Iterator[Fingerprint], boundary: int, on_progress: OnProgress | None) -> list[CopyPair]:
    def report(done: int) -> None:
        if on_progress:
            on_progress(done, 2 * total)

    index = CandidateIndex(reading, report)
    candidates = index.pairs(boundary)
    del index
    cache = _Cache(access)
    found = []
    for start, stop in _tiles(candidates):
        for i, j in candidates[start:stop].tolist():
            same = match(cache[i], cache[j])
            if same:
                found.append(CopyPair(i, j, same.kind, same.support))
        report(total + total * stop // len(candidates))
    if not len(candidates):
        report(2 * total)
    return sorted(found)


def _tiles(candidates: Pairs) -> list[tuple[int, int]]:
    """Order pairs by tiles of both indices, in place, so that the cache holds what comes next; give the tiles' bounds."""
    tile = candidates // _TILE
    order = np.lexsort((candidates[:, 1], candidates[:, 0], tile[:, 1], tile[:, 0]))
    candidates[:] = candidates[order]
    tile = candidates // _TILE
    bounds = [0, *(np.flatnonzero((tile[1:] != tile[:-1]).any(axis=1)) + 1).tolist(), len(candidates)]
    return [(start, stop) for start, stop in pairwise(bounds) if stop > start]


class _Cache:
    """The fingerprints used last."""

    def __init__(self, fingerprints: _Readable):
        self._fingerprints = fingerprints
        self._kept: OrderedDict[int, Fingerprint] = OrderedDict()

    def __getitem__(self, index: int) -> Fingerprint:
        if index in self._kept:
            self._kept.move_to_end(index)
        else:
            self._kept[index] = self._fingerprints[index]
            if len(self._kept) > _CACHED:
                self._kept.popitem(last=False)
        return self._kept[index]
