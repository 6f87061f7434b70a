"""Measure how well copies of radiographs are found, and at what cost.

    .venv/bin/python -m benchmarks.copies            # about 3 minutes
    .venv/bin/python -m benchmarks.copies --quick    # a third of the copies, phantoms and every fourth real radiograph
    .venv/bin/python -m benchmarks.copies --growth   # cost at 1,000 and at 10,000 images as well, 4 minutes more

A collection is made of originals and of copies (benchmarks/copies_of.py), each of another original, so that no copy is
found by way of another. The whole collection is searched. A pair is right if it is an original with its copy, or if the pixels
of the originals say so: registered by the transform that was found, both with even local contrast, they correlate above 0.86 over
what both show (benchmarks/pixel_check.py). Originals are never taken to be different: real collections copy from each other.

Exits 1 where a figure falls short.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.collection import Collection, phantom_originals, real_originals
from benchmarks.copies_of import COMBINED, CROP_SIDES, SINGLE, combined_name
from benchmarks.growth import print_growth
from benchmarks.pixel_check import MIN_CORRELATION, correlation
from components.ingest.copies.candidates import NEAR_BITS
from components.ingest.copies.find import CopyPair, find_copies
from components.ingest.copies.fingerprint import Fingerprint, take_fingerprint
from components.ingest.copies.match import match
from components.ingest.copies.perceptual_hash import distance

WANTED_RECALL = 0.95
WANTED_PRECISION = 0.99
WANTED_MS = 8.0
WANTED_BYTES = 6 * 1024
_REAL = Path(__file__).resolve().parents[2] / "shared" / "data"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.copies", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer images")
    parser.add_argument("--growth", action="store_true", help="cost at 1,000 and at 10,000 images as well")
    options = parser.parse_args(arguments)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        phantoms = Collection(phantom_originals(Path(folder), 240 if options.quick else 540), 2 if options.quick else 8)
        good &= _measure("phantoms", phantoms)
    if (_REAL / "cxr_dev" / "metadata.csv").is_file():
        originals = real_originals(_REAL)[:: 4 if options.quick else 1]
        good &= _measure("real radiographs", Collection(originals, 8 if options.quick else 30))
        if options.growth:
            good &= print_growth(originals)
    else:
        print("\nreal radiographs: skipped, there is no ../shared/data/cxr_dev beside the project")
    return 0 if good else 1


def _measure(title: str, collection: Collection) -> bool:
    print(f"\n{title}: {len(collection.originals)} originals, {len(collection.copies)} copies of as many originals")
    fingerprints = _fingerprints(collection)
    start = time.perf_counter()
    pairs = find_copies(fingerprints)
    search_s = time.perf_counter() - start
    found = {(pair.i, pair.j) for pair in pairs}
    recall, recall_sides = _print_recall(collection, fingerprints, found)
    right = _print_other_pairs(collection, fingerprints, pairs)
    precision = right / max(1, len(pairs))
    ms = _fingerprint_ms(collection)
    size = max(len(fingerprint.to_bytes()) for fingerprint in fingerprints)
    print(f"search {search_s:.1f} s, {1000 * search_s / len(fingerprints):.2f} ms an image")
    rows = (
        ("recall, all copies", recall, WANTED_RECALL, recall >= WANTED_RECALL),
        (f"recall, {CROP_SIDES} alone", recall_sides, WANTED_RECALL, recall_sides >= WANTED_RECALL),
        ("precision", precision, WANTED_PRECISION, precision >= WANTED_PRECISION),
        ("fingerprint, ms an image", ms, WANTED_MS, None),
        ("fingerprint, bytes at most", size, WANTED_BYTES, size <= WANTED_BYTES),
    )
    for name, value, wanted, good in rows:
        print(f"{name:46s} {value:9.3f}  wanted {wanted:8.2f}  {'' if good is None else 'good' if good else 'FALLS SHORT'}")
    return all(good is not False for *_, good in rows)


def _fingerprints(collection: Collection) -> list[Fingerprint]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda index: take_fingerprint(collection.pixels(index)), range(len(collection))))


def _fingerprint_ms(collection: Collection) -> float:
    images = [collection.pixels(index) for index in range(0, len(collection.originals), len(collection.originals) // 50)]
    start = time.process_time()
    for image in images:
        take_fingerprint(image)
    return 1000 * (time.process_time() - start) / len(images)


def _print_recall(collection: Collection, fingerprints: list[Fingerprint], found: set[tuple[int, int]]) -> tuple[float, float]:
    made, by_keypoints, by_hash = Counter[str](), Counter[str](), Counter[str]()
    for copy, (original, kind) in enumerate(collection.copies, start=len(collection.originals)):
        made[kind] += 1
        by_keypoints[kind] += (original, copy) in found
        by_hash[kind] += bool(distance(fingerprints[original].look, fingerprints[copy].look) <= NEAR_BITS)
    print(f"{'recall by kind of copy':46s} {'copies':>6s} {'found':>7s} {'by the perceptual hash alone':>30s}")
    for kind in (*SINGLE, *map(combined_name, COMBINED)):
        print(f"{kind:46s} {made[kind]:6d} {by_keypoints[kind] / made[kind]:7.3f} {by_hash[kind] / made[kind]:30.3f}")
    total = made.total()
    print(f"{'all':46s} {total:6d} {by_keypoints.total() / total:7.3f} {by_hash.total() / total:30.3f}")
    looks = np.stack([fingerprint.look for fingerprint in fingerprints])
    near = sum(int((distance(look, looks[:index]) <= NEAR_BITS).sum()) for index, look in enumerate(looks))
    print(f"the perceptual hash alone would name {near} pairs, of which {by_hash.total()} are originals with their copies")
    sides = [kind for kind in SINGLE if kind.startswith(CROP_SIDES)]
    return by_keypoints.total() / total, sum(by_keypoints[kind] for kind in sides) / sum(made[kind] for kind in sides)


def _print_other_pairs(collection: Collection, fingerprints: list[Fingerprint], pairs: list[CopyPair]) -> int:
    """Judge the pairs that nobody made; returns how many pairs are right in all."""
    made = {(original, copy) for copy, (original, _) in enumerate(collection.copies, start=len(collection.originals))}
    right = Counter[str]()
    wrong = Counter[str]()
    correlations = []
    for pair in pairs:
        if (pair.i, pair.j) in made:
            continue
        value = _original_correlation(collection, fingerprints, pair)
        correlations.append(value)
        (right if value > MIN_CORRELATION else wrong)[collection.describe(pair.i, pair.j)] += 1
    for title, counts in (("right", right), ("WRONG", wrong)):
        for name, count in counts.most_common():
            print(f"found beside the copies, {title} by the pixels: {count:4d} {name}")
    if correlations:
        print("correlations of these:", " ".join(f"{value:.2f}" for value in sorted(correlations)[:20]), "...")
    return len(made & {(pair.i, pair.j) for pair in pairs}) + right.total()


def _original_correlation(collection: Collection, fingerprints: list[Fingerprint], pair: CopyPair) -> float:
    i, j = collection.original(pair.i), collection.original(pair.j)
    same = match(fingerprints[i], fingerprints[j])
    return correlation(collection.pixels(i), collection.pixels(j), same) if same else 0.0


if __name__ == "__main__":
    sys.exit(main())
