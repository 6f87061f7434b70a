"""Propose pairs of images that may be copies, from fingerprints that are read once."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from components.ingest.copies.fingerprint import Fingerprint
from components.ingest.copies.perceptual_hash import HASH_BYTES, distance
from components.ingest.copies.postings import NO_WORD, Indices, Postings
from components.ingest.copies.words import TABLES, Vocabulary, Words

NEAR_BITS = 12
_KEYPOINTS = 64
_LEARN_FROM = 512
_MIN_SCORE = 4
_MOST_BY_KEYPOINTS = 16
_MOST_BY_HASH = 8
_IMAGES_A_BLOCK = 512
_MAX_LEVELS_APART = 4
_LEVELS_AN_OCTAVE = 3
_PLACE_BIN_PX = 40.0
_PLACE_BINS = 32
_CENTRE_PX = 128.0

Pairs = npt.NDArray[np.int64]
_Bytes = npt.NDArray[np.uint8]


class CandidateIndex:
    """Proposes pairs by shared words of keypoints and by near perceptual hashes.

    A shared word votes for a pair and for where the one image lies on the other, by the sizes and places of its two keypoints
    (Lowe 2004, section 7.3): votes of copies fall together, votes by chance do not, and a pair scores the sum of squares.

    Bands of the hash are words as well (multi-index hashing: Norouzi et al. 2012, doi:10.1109/CVPR.2012.6248043): of two
    hashes that differ in fewer than 8 bits at least one of 8 bands is the same; beyond, up to NEAR_BITS, most pairs share one.

    An image takes 1,232 bytes: 4 words, a place and a size for each of its 64 strongest keypoints, and the hash. While the
    pairs are counted, words give way to lists that take no more.
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
        vocabulary = Vocabulary(np.concatenate(sample) if sample else np.zeros((0, 128), np.uint8))
        tables: list[list[Words]] = [[] for _ in range(TABLES)]
        points = [np.zeros((0, _KEYPOINTS, 3), np.uint8)]
        looks = [np.zeros((0, HASH_BYTES), np.uint8)]
        read = 0
        for block in _blocks(chain(head, reading)):
            words = np.full((TABLES, len(block), _KEYPOINTS), NO_WORD)
            points.append(np.zeros((len(block), _KEYPOINTS, 3), np.uint8))
            for row, fingerprint in enumerate(block):
                found = vocabulary.words(fingerprint.descriptors[:_KEYPOINTS])
                words[:, row, : len(found)] = found.T
                points[-1][row, : len(found), :2] = fingerprint.positions[:_KEYPOINTS].clip(0, 255)
                points[-1][row, : len(found), 2] = fingerprint.levels[:_KEYPOINTS]
            for table, new in zip(tables, words, strict=True):
                table.append(new)
            looks.append(np.stack([fingerprint.look for fingerprint in block]))
            read += len(block)
            if on_read:
                on_read(read)
        self._looks = np.concatenate(looks)
        self._points = np.concatenate(points).reshape(-1, 3)
        self._tables = tables

    def pairs(self, boundary: int = 0) -> Pairs:
        """Propose pairs; the index is used up.

        Args:
          boundary: where not 0, only pairs of an image before it and one from it on.
        Returns:
          int64 [n, 2], each row ascending, rows in ascending order; at most 24 rows for each smaller index.
        """
        tables, self._tables = self._tables, []
        postings = Postings(_joined(tables))
        proposals = [np.zeros((0, 2), np.int64)]
        for start in range(0, postings.images, _IMAGES_A_BLOCK):
            proposals.append(self._by_keypoints(*postings.pairs(start, start + _IMAGES_A_BLOCK, boundary), start))
        postings = Postings(_bands(self._looks))
        for start in range(0, postings.images, _IMAGES_A_BLOCK):
            proposals.append(self._by_hash(*postings.pairs(start, start + _IMAGES_A_BLOCK, boundary)))
        return np.asarray(np.unique(np.concatenate(proposals), axis=0), np.int64)

    def _by_keypoints(self, first: Indices, second: Indices, start: int) -> Pairs:
        a, b = (self._points[side].astype(np.float32) for side in (first, second))
        levels = b[:, 2] - a[:, 2]
        scale = np.exp2(levels / _LEVELS_AN_OCTAVE)[:, None]
        shift = (b[:, :2] - _CENTRE_PX) - scale * (a[:, :2] - _CENTRE_PX)
        places = np.floor(shift / _PLACE_BIN_PX).astype(np.int64) + _PLACE_BINS // 2
        near = (np.abs(levels) <= _MAX_LEVELS_APART) & (places >= 0).all(axis=1) & (places < _PLACE_BINS).all(axis=1)
        key = ((first // _KEYPOINTS - start) << 32 | second // _KEYPOINTS) * _PLACE_BINS**2 + places[:, 0] * _PLACE_BINS + places[:, 1]
        key, votes = np.unique(key[near], return_counts=True)
        pair, begin = np.unique(key // _PLACE_BINS**2, return_index=True)
        if len(pair) == 0:
            return np.zeros((0, 2), np.int64)
        score = np.add.reduceat(votes**2, begin)
        pair, score = pair[score >= _MIN_SCORE], score[score >= _MIN_SCORE]
        return _best((pair >> 32) + start, pair & 0xFFFFFFFF, -score, _MOST_BY_KEYPOINTS)

    def _by_hash(self, first: Indices, second: Indices) -> Pairs:
        key = np.unique(first << 32 | second)
        first, second = key >> 32, key & 0xFFFFFFFF
        bits = distance(self._looks[first], self._looks[second])
        near = bits <= NEAR_BITS
        return _best(first[near], second[near], bits[near], _MOST_BY_HASH)


def _blocks(fingerprints: Iterable[Fingerprint]) -> Iterator[list[Fingerprint]]:
    reading = iter(fingerprints)
    while block := list(islice(reading, _IMAGES_A_BLOCK)):
        yield block


def _joined(tables: list[list[Words]]) -> Iterator[Words]:
    while tables:
        blocks = tables.pop()
        if blocks:
            yield np.concatenate(blocks)


def _bands(looks: _Bytes) -> Iterator[Words]:
    for band in np.ascontiguousarray(looks).view("<u2").T:
        yield band.astype(np.uint32)[:, None]


def _best(first: Pairs, second: Pairs, worse: Pairs, limit: int) -> Pairs:
    """Keep, for each smaller index, the best pairs, so that a likeness of all images to each other costs no more."""
    order = np.lexsort((second, worse, first))
    first, second = first[order], second[order]
    rank = np.arange(len(first)) - np.searchsorted(first, first, side="left")
    return np.stack([first, second], axis=1)[rank < limit]
