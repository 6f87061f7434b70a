"""Propose pairs of images that may be copies, from fingerprints that are read once."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from components.ingest.copies.fingerprint import MAX_KEYPOINTS, Fingerprint
from components.ingest.copies.perceptual_hash import HASH_BYTES, distance
from components.ingest.copies.postings import NO_WORD, Indices, Postings
from components.ingest.copies.words import TABLES, Vocabulary, Words

NEAR_BITS = 12
_LEARN_FROM_IMAGES = 512
_MIN_SHARED = 2
_MOST_BY_KEYPOINTS = 12
# A word that few images have tells more; measured, this power keeps apart both phantoms, which share much, and radiographs.
_RARITY_POWER = -0.75
_MOST_BY_HASH = 8
_READ_AT_ONCE = 512
# Few, since each of them may share a word with thousands.
_PAIRED_AT_ONCE = 32

Pairs = npt.NDArray[np.int64]
_Bytes = npt.NDArray[np.uint8]


class CandidateIndex:
    """Proposes pairs by shared words of keypoints and by near perceptual hashes.

    A shared word votes for a pair, the more the fewer images have it (inverted files: Sivic and Zisserman 2003,
    doi:10.1109/ICCV.2003.1238663). Where the keypoints lie is left to the match: anatomy lies alike in all radiographs, and
    votes that had to agree on a place found no more copies, measured on the benchmark.

    Bands of the hash are words as well (multi-index hashing: Norouzi et al. 2012, doi:10.1109/CVPR.2012.6248043): of two
    hashes that differ in fewer than 8 bits at least one of 8 bands is the same; beyond, up to NEAR_BITS, most pairs share one.

    An image takes 1,296 bytes: 4 words for each of 80 keypoints, and the hash. While the
    pairs are counted, words give way to lists that take no more.
    """

    def __init__(self, fingerprints: Iterable[Fingerprint], on_read: Callable[[int], None] | None = None):
        """Read the fingerprints, once and in sequence.

        Args:
          fingerprints: of the images 0, 1, 2, ...
          on_read: called with the number of fingerprints read so far.
        """
        reading = iter(fingerprints)
        head = list(islice(reading, _LEARN_FROM_IMAGES))
        sample = [fingerprint.descriptors for fingerprint in head]
        vocabulary = Vocabulary(np.concatenate(sample) if sample else np.zeros((0, 128), np.uint8))
        tables: list[list[Words]] = [[] for _ in range(TABLES)]
        del sample
        looks = [np.zeros((0, HASH_BYTES), np.uint8)]
        read = 0
        for block in _blocks(chain(_emptied(head), reading)):
            words = np.full((TABLES, len(block), MAX_KEYPOINTS), NO_WORD)
            for row, fingerprint in enumerate(block):
                found = vocabulary.words(fingerprint.descriptors)
                words[:, row, : len(found)] = found.T
            for table, new in zip(tables, words, strict=True):
                table.append(new)
            looks.append(np.stack([fingerprint.look for fingerprint in block]))
            read += len(block)
            if on_read:
                on_read(read)
        self._looks = np.concatenate(looks)
        self._tables = tables

    def pairs(self, boundary: int = 0) -> Pairs:
        """Propose pairs; the index is used up.

        Args:
          boundary: where not 0, only pairs of an image before it and one from it on.
        Returns:
          int64 [n, 2], each row ascending, rows in ascending order; at most 20 rows for each smaller index.
        """
        tables, self._tables = self._tables, []
        postings = Postings(_emptying(tables))
        proposals = [np.zeros((0, 2), np.int64)]
        for start in range(0, postings.images, _PAIRED_AT_ONCE):
            proposals.append(_by_keypoints(*postings.pairs(start, start + _PAIRED_AT_ONCE, boundary)))
        postings = Postings(_bands(self._looks))
        for start in range(0, postings.images, _PAIRED_AT_ONCE):
            proposals.append(self._by_hash(*postings.pairs(start, start + _PAIRED_AT_ONCE, boundary)[:2]))
        return np.asarray(np.unique(np.concatenate(proposals), axis=0), np.int64)

    def _by_hash(self, first: Indices, second: Indices) -> Pairs:
        key = np.unique(first << 32 | second)
        first, second = key >> 32, key & 0xFFFFFFFF
        bits = distance(self._looks[first], self._looks[second])
        near = bits <= NEAR_BITS
        return _best(first[near], second[near], bits[near], _MOST_BY_HASH)


def _blocks(fingerprints: Iterable[Fingerprint]) -> Iterator[list[Fingerprint]]:
    reading = iter(fingerprints)
    while block := list(islice(reading, _READ_AT_ONCE)):
        yield block


def _emptied(head: list[Fingerprint]) -> Iterator[Fingerprint]:
    head.reverse()
    while head:
        yield head.pop()


def _emptying(tables: list[list[Words]]) -> Iterator[list[Words]]:
    while tables:
        yield tables.pop()


def _bands(looks: _Bytes) -> Iterator[list[Words]]:
    for band in np.ascontiguousarray(looks).view("<u2").T:
        yield [band.astype(np.uint32)[:, None]]


def _by_keypoints(first: Indices, second: Indices, sizes: Indices) -> Pairs:
    key, place, shared = np.unique(first << 32 | second, return_inverse=True, return_counts=True)
    score = np.bincount(place, (sizes - 1.0) ** _RARITY_POWER, len(key))
    enough = shared >= _MIN_SHARED
    key = key[enough]
    return _best(key >> 32, key & 0xFFFFFFFF, -score[enough], _MOST_BY_KEYPOINTS)


def _best(first: Indices, second: Indices, worse: npt.NDArray[np.float64] | Indices, limit: int) -> Pairs:
    """Keep, for each smaller index, the best pairs, so that a likeness of all images to each other costs no more."""
    order = np.lexsort((second, worse, first))
    first, second = first[order], second[order]
    rank = np.arange(len(first)) - np.searchsorted(first, first, side="left")
    return np.stack([first, second], axis=1)[rank < limit]
