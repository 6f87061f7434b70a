from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.copies_of import copy_of
from components.ingest.copies.candidates import CandidateIndex
from components.ingest.copies.find import CopyPair, find_copies, find_copies_between
from components.ingest.copies.fingerprint import Fingerprint, take_fingerprint

Pixels = npt.NDArray[np.uint8]


class OnDisk:
    """Counts how fingerprints are read."""

    def __init__(self, fingerprints: list[Fingerprint]):
        self._data = [fingerprint.to_bytes() for fingerprint in fingerprints]
        self.read_through = 0
        self.read_singly: list[int] = []

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Fingerprint]:
        self.read_through += 1
        return map(Fingerprint.from_bytes, self._data)

    def __getitem__(self, index: int) -> Fingerprint:
        self.read_singly.append(index)
        return Fingerprint.from_bytes(self._data[index])


def a_copy(pixels: Pixels, kind: str) -> Fingerprint:
    return take_fingerprint(copy_of(pixels, kind, np.random.default_rng(3)))


def places(pairs: list[CopyPair]) -> list[tuple[int, int]]:
    return [(pair.i, pair.j) for pair in pairs]


def test_copies_are_found_among_others(phantoms: list[Pixels], fingerprints: list[Fingerprint]) -> None:
    kinds = ["JPEG quality 50", "gamma 1.6", "turn by 5 degrees", "white border", "crop 70 % of the area, off centre"]
    collection = OnDisk(fingerprints + [a_copy(phantoms[index], kind) for index, kind in enumerate(kinds)])
    pairs = find_copies(collection)
    assert places(pairs) == [(index, 40 + index) for index in range(len(kinds))]
    assert [pair.kind for pair in pairs] == ["near", "near", "keypoints", "keypoints", "keypoints"]
    assert all(0.25 <= pair.score <= 1 for pair in pairs)
    assert collection.read_through == 1
    assert len(collection.read_singly) == len(set(collection.read_singly))
    assert find_copies(collection) == pairs


def test_no_copies_no_pairs(fingerprints: list[Fingerprint]) -> None:
    assert find_copies(fingerprints) == []


def test_tiny_and_empty_collections(fingerprints: list[Fingerprint]) -> None:
    assert find_copies([]) == []
    assert find_copies(fingerprints[:1]) == []
    assert places(find_copies([fingerprints[0], fingerprints[0]])) == [(0, 1)]
    assert find_copies_between([], fingerprints[:2]) == []
    flat = take_fingerprint(np.zeros((64, 64), np.uint8))
    assert places(find_copies([flat, fingerprints[0], flat])) == [(0, 2)]


def test_many_copies_of_one_are_tied_together(fingerprints: list[Fingerprint]) -> None:
    collection = fingerprints[:20] + [fingerprints[0]] * 120
    reached = {0}
    for pair in find_copies(collection):
        if pair.i in reached or pair.j in reached:
            reached |= {pair.i, pair.j}
    assert reached == {0, *range(20, 140)}


def test_between_collections_only(phantoms: list[Pixels], fingerprints: list[Fingerprint]) -> None:
    here = [*fingerprints[:10], fingerprints[0]]
    there = [fingerprints[20], a_copy(phantoms[3], "gamma 0.6"), fingerprints[20]]
    pairs = find_copies_between(here, there)
    assert places(pairs) == [(3, 1)]
    assert places(find_copies_between(there, here)) == [(1, 3)]


def test_progress_rises_to_its_total(fingerprints: list[Fingerprint]) -> None:
    for collection in (fingerprints, fingerprints[:1], [*fingerprints, fingerprints[0]]):
        reports: list[tuple[int, int]] = []
        find_copies(collection, lambda done, total, reports=reports: reports.append((done, total)))  # type: ignore[misc]
        done = [report[0] for report in reports]
        assert done == sorted(done)
        assert reports[-1] == (2 * len(collection), 2 * len(collection))


def of_noise(count: int) -> list[Fingerprint]:
    """Random fingerprints, with the look of one place in common for all: the worst that unrelated images share."""
    random = np.random.default_rng(5)
    made = []
    for index in range(count):
        # Sparse, as descriptors are.
        numbers = random.integers(0, 256, (80, 64), dtype=np.uint8) * random.integers(0, 2, (80, 64), dtype=np.uint8)
        numbers[:10] = np.arange(64)
        places = random.integers(0, 64 * 256, (80, 2)).astype(np.uint16)
        made.append(Fingerprint(256, 256, index.to_bytes(8, "little"), random.integers(0, 256, 16, dtype=np.uint8), places, numbers))
    return made


@pytest.mark.parametrize("count", [500, 2000])
def test_candidates_an_image_stay_few(count: int) -> None:
    pairs = CandidateIndex(iter(of_noise(count))).pairs()
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len(pairs) <= 2 * count


def test_candidates_stay_few_where_all_images_are_alike(fingerprints: list[Fingerprint]) -> None:
    pairs = CandidateIndex([fingerprints[0]] * 38).pairs()
    assert np.bincount(pairs[:, 0]).max() <= 20
    assert set(pairs.ravel().tolist()) == set(range(38))


def test_near_hashes_are_candidates_without_keypoints() -> None:
    random = np.random.default_rng(0)
    looks = random.integers(0, 256, (50, 16), dtype=np.uint8)
    looks[40] = looks[7]
    looks[40, [0, 5, 9]] ^= np.array([1, 3, 64], np.uint8)
    nothing = np.zeros((0, 2), np.uint16), np.zeros((0, 64), np.uint8)
    made = [Fingerprint(256, 256, bytes([index] * 8), look, *nothing) for index, look in enumerate(looks)]
    assert CandidateIndex(made).pairs().tolist() == [[7, 40]]
