"""List the images that have a word, and pair those that share one, without looking at all pairs."""

from collections.abc import Iterable, Iterator, Sequence
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
    """Lists of some words, one after the other.

    Attributes:
      images: uint32 [n], ascending in each list.
      ends: uint32 [words], behind the last of each list.
    """

    images: npt.NDArray[np.uint32]
    ends: npt.NDArray[np.uint32]


class Postings:
    """Lists of the images that have a word.

    Work grows with images times _COMMON, not with pairs. The memory is 4 bytes for each word that two images share, and a
    constant.
    """

    def __init__(self, tables: Iterable[Sequence[Words]]):
        """Sort the words into lists.

        Args:
          tables: each in blocks of uint32 [images, words an image], NO_WORD where an image has fewer; asked for one by one.
        """
        self.images = 0
        self._parts: list[_Part] = []
        for table in tables:
            self.images = sum(map(len, table))
            self._parts += _sort(table)

    def pairs(self, start: int, stop: int, boundary: int = 0) -> tuple[Indices, Indices, Indices]:
        """Pair the images that share a word.

        Args:
          start: first of the images whose pairs with later ones are wanted.
          stop: behind the last of them.
          boundary: where not 0, only pairs of an image before it and one from it on.
        Returns:
          int64 [n] each: smaller index, larger index, and how many images have the word; a pair comes once for each word.
        """
        found = [_pairs(part, start, min(stop, boundary or stop), boundary) for part in self._parts]
        if not found:
            return (np.zeros(0, np.int64),) * 3
        first, second, sizes = (np.concatenate(side) for side in zip(*found, strict=True))
        return first, second, sizes


def _pairs(part: _Part, start: int, stop: int, boundary: int) -> tuple[Indices, Indices, Indices]:
    places = np.flatnonzero((part.images >= start) & (part.images < stop))
    lists = np.searchsorted(part.ends, places.astype(np.uint32), side="right")
    ends = part.ends[lists].astype(np.int64)
    sizes = ends - np.where(lists > 0, part.ends[lists - 1], 0)
    after = ends - places - 1
    partners = np.where(sizes > _COMMON, np.minimum(after, 1), after)
    owner = np.repeat(np.arange(len(places)), partners)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(partners) - partners, partners) + 1
    first = part.images[places[owner]].astype(np.int64)
    second = part.images[places[owner] + step].astype(np.int64)
    wanted = second >= boundary
    return first[wanted], second[wanted], sizes[owner][wanted]


def _sort(table: Sequence[Words]) -> Iterator[_Part]:
    """Sort a table in parts, so that the keys, twice as wide as the words, never lie there all at once."""
    parts = -(-sum(block.size for block in table) // _ENTRIES_A_PART)
    for index in range(parts):
        found = []
        start = 0
        for block in table:
            rows, columns = np.nonzero((block % np.uint32(parts) == index) & (block != NO_WORD))
            found.append(block[rows, columns].astype(np.uint64) << np.uint64(32) | (rows + start).astype(np.uint64))
            start += len(block)
        # A word that one image has twice counts once.
        keys = np.unique(np.concatenate(found))
        words = keys >> np.uint64(32)
        starts = np.flatnonzero(np.concatenate([[True], words[1:] != words[:-1]])) if len(keys) else np.zeros(0, np.int64)
        sizes = np.diff(np.append(starts, len(keys)))
        shared = np.repeat(sizes > 1, sizes)
        yield _Part((keys[shared] & np.uint64(0xFFFFFFFF)).astype(np.uint32), np.cumsum(sizes[sizes > 1]).astype(np.uint32))
