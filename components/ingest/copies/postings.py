"""Count, for pairs of images, how many words both have, without looking at all pairs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.ingest.copies.words import Words

NO_WORD = np.uint32(0xFFFFFFFF)
# A word of more images than this says little: it votes only for neighbours in its list, which still ties together the
# many copies of one image, since they neighbour each other in list after list.
_COMMON = 40
_ENTRIES_A_PART = 1 << 18
_IMAGES_A_BLOCK = 512


@dataclass(frozen=True)
class Votes:
    """Pairs of a block of images.

    Attributes:
      first: int64 [n], the smaller index of the pair, ascending.
      second: int64 [n], the larger index.
      count: int64 [n], words that both have, range [1, inf).
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Part:
    """Lists of some words, one after the other: images uint32 [n], ascending in each list; sizes uint32 [words]."""

    images: npt.NDArray[np.uint32]
    sizes: npt.NDArray[np.uint32]


class Postings:
    """Lists of the images that have a word.

    Work grows with images times _COMMON, not with pairs. The memory is 4 bytes for each word that two images share, and
    a constant.
    """

    def __init__(self, tables: Iterable[Words], boundary: int = 0):
        """Sort the words into lists.

        Args:
          tables: uint32 [images, words an image], NO_WORD where an image has fewer words; asked for one by one.
          boundary: where not 0, only pairs of an image before it and one from it on are counted.
        """
        self._boundary = boundary
        self._images = 0
        self._parts: list[_Part] = []
        for table in tables:
            self._images = len(table)
            self._parts += _sort(table)

    def votes(self) -> Iterator[Votes]:
        """Count shared words, for one block of smaller indices after the other."""
        for start in range(0, self._boundary or self._images, _IMAGES_A_BLOCK):
            keys = [self._pairs(part, start, start + _IMAGES_A_BLOCK) for part in self._parts]
            key, count = np.unique(np.concatenate([np.zeros(0, np.int64), *keys]), return_counts=True)
            yield Votes(key >> 32, key & 0xFFFFFFFF, count)

    def _pairs(self, part: _Part, start: int, stop: int) -> npt.NDArray[np.int64]:
        entries = np.flatnonzero((part.images >= start) & (part.images < min(stop, self._boundary or stop)))
        ends = np.cumsum(part.sizes, dtype=np.int64)
        lists = np.searchsorted(ends, entries, side="right")
        partners = ends[lists] - entries - 1
        partners[part.sizes[lists] > _COMMON] = np.minimum(partners[part.sizes[lists] > _COMMON], 1)
        owner = np.repeat(np.arange(len(entries)), partners)
        step = np.arange(len(owner)) - np.repeat(np.cumsum(partners) - partners, partners) + 1
        second = part.images[entries[owner] + step].astype(np.int64)
        first = part.images[entries[owner]].astype(np.int64)
        if self._boundary:
            first, second = (side[second >= self._boundary] for side in (first, second))
        return np.asarray(first << 32 | second, np.int64)


def _sort(table: Words) -> Iterator[_Part]:
    """Sort a table in parts, so that the keys, twice as wide as the words, never lie there all at once."""
    width = table.shape[1]
    flat = table.ravel()
    parts = -(-flat.size // _ENTRIES_A_PART)
    for index in range(parts):
        entries = np.flatnonzero((flat % np.uint32(parts) == index) & (flat != NO_WORD))
        keys = np.unique(flat[entries].astype(np.uint64) << np.uint64(32) | (entries // width).astype(np.uint64))
        words = keys >> np.uint64(32)
        starts = np.flatnonzero(np.concatenate([[True], words[1:] != words[:-1]])) if len(keys) else np.zeros(0, np.int64)
        sizes = np.diff(np.append(starts, len(keys)))
        shared = np.repeat(sizes > 1, sizes)
        yield _Part((keys[shared] & np.uint64(0xFFFFFFFF)).astype(np.uint32), sizes[sizes > 1].astype(np.uint32))
