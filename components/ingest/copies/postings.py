"""List the images that have a word, and pair those that share one, without looking at all pairs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.ingest.copies.words import Words

NO_WORD = np.uint32(0xFFFFFFFF)
# A word of more images than this says little: it pairs only neighbours in its list, which still ties together the many
# copies of one image, since they neighbour each other in list after list.
_COMMON = 40
_ENTRIES_A_PART = 1 << 18

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Part:
    """Lists of some words, one after the other: entries uint32 [n], ascending in each list; sizes uint32 [words]."""

    entries: npt.NDArray[np.uint32]
    sizes: npt.NDArray[np.uint32]


class Postings:
    """Lists of the images that have a word.

    An entry is the place of a word in its table: image times words an image, plus the place in the image. Work grows with
    entries times _COMMON, not with pairs. The memory is 4 bytes for each word that two images share, and a constant.
    """

    def __init__(self, tables: Iterable[Words]):
        """Sort the words into lists.

        Args:
          tables: uint32 [images, words an image], NO_WORD where an image has fewer words; asked for one by one.
        """
        self.images = self.width = 0
        self._parts: list[_Part] = []
        for table in tables:
            self.images, self.width = table.shape
            self._parts += _sort(table)

    def pairs(self, start: int, stop: int, boundary: int = 0) -> tuple[Indices, Indices]:
        """Pair entries of one word.

        Args:
          start: first of the images whose pairs with later ones are wanted.
          stop: behind the last of them.
          boundary: where not 0, only pairs of an image before it and one from it on.
        Returns:
          int64 [n] each, entries of smaller and of larger images; a pair once for each table in which both share a word.
        """
        found = [self._pairs(part, start, stop, boundary) for part in self._parts]
        first, second = (np.concatenate([np.zeros(0, np.int64), *side]) for side in zip(*found, strict=True)) if found else _NONE
        return first, second

    def _pairs(self, part: _Part, start: int, stop: int, boundary: int) -> tuple[Indices, Indices]:
        stop = min(stop, boundary or stop)
        places = np.flatnonzero((part.entries >= start * self.width) & (part.entries < stop * self.width))
        ends = np.cumsum(part.sizes, dtype=np.int64)
        lists = np.searchsorted(ends, places, side="right")
        common = part.sizes[lists] > _COMMON
        partners = np.where(common, 1, ends[lists] - places - 1).clip(0, ends[lists] - places - 1)
        owner = np.repeat(np.arange(len(places)), partners)
        step = np.arange(len(owner)) - np.repeat(np.cumsum(partners) - partners, partners) + 1
        first = part.entries[places[owner]].astype(np.int64)
        second = part.entries[places[owner] + step].astype(np.int64)
        apart = (first // self.width != second // self.width) & (second >= boundary * self.width)
        return first[apart], second[apart]


_NONE = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def _sort(table: Words) -> Iterator[_Part]:
    """Sort a table in parts, so that the keys, twice as wide as the words, never lie there all at once."""
    flat = table.ravel()
    parts = -(-flat.size // _ENTRIES_A_PART)
    for index in range(parts):
        entries = np.flatnonzero((flat % np.uint32(parts) == index) & (flat != NO_WORD))
        keys = flat[entries].astype(np.uint64) << np.uint64(32) | entries.astype(np.uint64)
        keys.sort()
        words = keys >> np.uint64(32)
        starts = np.flatnonzero(np.concatenate([[True], words[1:] != words[:-1]])) if len(keys) else np.zeros(0, np.int64)
        sizes = np.diff(np.append(starts, len(keys)))
        shared = np.repeat(sizes > 1, sizes)
        yield _Part((keys[shared] & np.uint64(0xFFFFFFFF)).astype(np.uint32), sizes[sizes > 1].astype(np.uint32))
