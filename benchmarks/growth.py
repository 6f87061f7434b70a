"""Measure the search for copies at 1,000 and at 10,000 images."""

import time
import tracemalloc
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.collection import Collection, Original
from components.ingest.copies.candidates import CandidateIndex
from components.ingest.copies.find import find_copies
from components.ingest.copies.fingerprint import Fingerprint, take_fingerprint

_FEW, _MANY = 1_000, 10_000
WANTED_TIME_RATIO = 1.1
WANTED_BYTES_AN_IMAGE = 1536


def print_growth(originals: Sequence[Original]) -> bool:
    """Print time and memory an image at both sizes, with what is wanted; returns whether all is good.

    Ten thousand different radiographs are made of two thousand: to upright descriptors a mirrored or tipped one is another.
    """
    collection = Collection(originals, 0)

    def variants(index: int) -> list[Fingerprint]:
        pixels = collection.pixels(index)
        return [take_fingerprint(np.ascontiguousarray(each)) for each in _tipped(pixels)]

    with ThreadPoolExecutor(2) as pool:
        of_each = list(pool.map(variants, range(len(originals))))
    # One variant of all, then the next: any first thousand is a fair sample.
    every = [variant for same in zip(*of_each, strict=True) for variant in same]
    order = np.random.default_rng(0).permutation(len(every))[:_MANY]
    many = [every[index] for index in order]
    ms = {len(some): _search_ms(some) for some in (many[:_FEW], many)}
    size = {len(some): _index_bytes(some) for some in (many[:_FEW], many)}
    (few, few_ms), (_, many_ms) = ms.items()
    taking_ms = _taking_ms(collection)
    print(f"\ngrowth: {few} and {len(many)} images")
    print(f"search, ms of processor an image: {few_ms:.2f} and {many_ms:.2f}; taking the fingerprint before: {taking_ms:.2f}")
    ratio = (taking_ms + many_ms) / (taking_ms + few_ms)
    grown = (size[len(many)] - size[few]) / (len(many) - few)
    good = grown <= WANTED_BYTES_AN_IMAGE
    print(f"{'time an image, all, over that of few':46s} {ratio:9.3f}  wanted {WANTED_TIME_RATIO:8.2f}")
    print(
        f"{'memory of the index, bytes an image':46s} {grown:9.0f}  wanted {WANTED_BYTES_AN_IMAGE:8d}  {'good' if good else 'FALLS SHORT'}"
    )
    return good


def _tipped(pixels: np.ndarray) -> list[np.ndarray]:  # type: ignore[type-arg]
    return [pixels, pixels[:, ::-1], pixels[::-1], pixels[::-1, ::-1], pixels.T]


def _search_ms(fingerprints: list[Fingerprint]) -> float:
    start = time.process_time()
    find_copies(fingerprints)
    return 1000 * (time.process_time() - start) / len(fingerprints)


def _index_bytes(fingerprints: list[Fingerprint]) -> int:
    tracemalloc.start()
    CandidateIndex(fingerprints).pairs()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _taking_ms(collection: Collection) -> float:
    images = [collection.pixels(index) for index in range(0, len(collection.originals), len(collection.originals) // 50)]
    start = time.process_time()
    for image in images:
        take_fingerprint(image)
    return 1000 * (time.process_time() - start) / len(images)
