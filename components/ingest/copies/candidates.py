"""Propose pairs of images that may be copies, from fingerprints that are read once."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from components.ingest.copies.fingerprint import Fingerprint
from components.ingest.copies.perceptual_hash import HASH_BYTES, distance
from components.ingest.copies.postings import NO_WORD, Postings, Votes
from components.ingest.copies.words import TABLES, Vocabulary, Words

NEAR_BITS = 12
_KEYPOINTS = 64
_LEARN_FROM = 512
_MIN_SHARED = 2
_MOST_BY_KEYPOINTS = 16
_MOST_BY_HASH = 8
_BANDS = 8
_GROW_BY = 1024

Pairs = npt.NDArray[np.int64]


class CandidateIndex:
    """Proposes pairs by shared words of keypoints and by near perceptual hashes.

    Bands of the hash are words as well (multi-index hashing: Norouzi et al. 2012, doi:10.1109/CVPR.2012.6248043): of two
    hashes that differ in fewer than 8 bits at least one of 8 bands is the same; beyond, up to NEAR_BITS, most pairs share one.
    An image takes 1,040 bytes: 4 words for each of its 64 strongest keypoints and the hash. While the pairs are counted,
    words give way to lists that take no more.
    """

    def __init__(self, fingerprints: Iterable[Fingerprint], on_read: Callable[[int], None] | None = None):
        """Read the fingerprints, once and in sequence.

        Args:
          fingerprints: of the images 0, 1, 2, ...
          on_read: called with the number of fingerprints read so far.
        """
        reading = iter(fingerprints)
        head = list(islice(reading, _LEARN_FROM))
        sample = [fingerprint.descriptors for fingerprint in head]
        self._vocabulary = Vocabulary(np.concatenate(sample) if sample else np.zeros((0, 128), np.uint8))
        tables: list[list[Words]] = [[] for _ in range(TABLES)]
        looks: list[npt.NDArray[np.uint8]] = []
        self.images = 0
        for block in _blocks(chain(head, reading)):
            words = np.full((TABLES, len(block), _KEYPOINTS), NO_WORD)
            for row, fingerprint in enumerate(block):
                found = self._vocabulary.words(fingerprint.descriptors[:_KEYPOINTS])
                words[:, row, : len(found)] = found.T
            for table, new in zip(tables, words, strict=True):
                table.append(new)
            looks.append(np.stack([fingerprint.look for fingerprint in block]))
            self.images += len(block)
            if on_read:
                on_read(self.images)
        self._looks = np.concatenate([np.zeros((0, HASH_BYTES), np.uint8), *looks])
        self._tables = tables

    def pairs(self, boundary: int = 0) -> Pairs:
        """Propose pairs; the index is used up.

        Args:
          boundary: where not 0, only pairs of an image before it and one from it on.
        Returns:
          int64 [n, 2], each row ascending, rows in ascending order; at most 24 rows for each smaller index.
        """
        tables, self._tables = self._tables, []
        postings = Postings(_joined(tables), boundary)
        proposals = [np.zeros((0, 2), np.int64)]
        for votes in postings.votes():
            enough = votes.count >= _MIN_SHARED
            proposals.append(_best(votes.first[enough], votes.second[enough], -votes.count[enough], _MOST_BY_KEYPOINTS))
        del postings
        for votes in Postings(list(_bands(self._looks)), boundary).votes():
            proposals.append(self._near(votes))
        return np.asarray(np.unique(np.concatenate(proposals), axis=0), np.int64)

    def _near(self, votes: Votes) -> Pairs:
        bits = np.concatenate(
            [np.zeros(0, np.int64)]
            + [
                distance(self._looks[votes.first[start : start + 65536]], self._looks[votes.second[start : start + 65536]])
                for start in range(0, len(votes.first), 65536)
            ]
        )
        near = bits <= NEAR_BITS
        return _best(votes.first[near], votes.second[near], bits[near], _MOST_BY_HASH)


def _blocks(fingerprints: Iterable[Fingerprint]) -> Iterator[list[Fingerprint]]:
    reading = iter(fingerprints)
    while block := list(islice(reading, _GROW_BY)):
        yield block


def _joined(tables: list[list[Words]]) -> Iterator[Words]:
    while tables:
        blocks = tables.pop()
        if blocks:
            yield np.concatenate(blocks)


def _bands(looks: npt.NDArray[np.uint8]) -> Iterator[Words]:
    for band in np.ascontiguousarray(looks).view("<u2").T:
        yield band.astype(np.uint32)[:, None]


def _best(first: Pairs, second: Pairs, worse: Pairs, limit: int) -> Pairs:
    """Keep, for each smaller index, the best pairs, so that a likeness of all images to each other costs no more."""
    order = np.lexsort((second, worse, first))
    first, second = first[order], second[order]
    rank = np.arange(len(first)) - np.searchsorted(first, first, side="left")
    return np.stack([first, second], axis=1)[rank < limit]
