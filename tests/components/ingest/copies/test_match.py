import itertools

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.copies_of import SINGLE, copy_of
from components.ingest.copies.fingerprint import Fingerprint, take_fingerprint
from components.ingest.copies.match import match

Pixels = npt.NDArray[np.uint8]


@pytest.mark.parametrize("kind", SINGLE)
def test_copies_match(kind: str, phantoms: list[Pixels], fingerprints: list[Fingerprint]) -> None:
    matched = 0
    for index in range(6):
        copy = take_fingerprint(copy_of(phantoms[index], kind, np.random.default_rng(index)))
        matched += match(fingerprints[index], copy) is not None
        assert match(fingerprints[index + 6], copy) is None
    assert matched >= 5


def test_the_transform_is_the_one_that_was_made(phantoms: list[Pixels], fingerprints: list[Fingerprint]) -> None:
    found = match(fingerprints[0], take_fingerprint(phantoms[0][20:220, 30:230]))
    assert found is not None
    assert found.kind == "keypoints"
    assert found.inliers >= 8
    assert 0.25 <= found.support <= 1
    assert found.scale == pytest.approx(1.28, abs=0.01)
    assert found.rotation == pytest.approx(0, abs=0.5)
    assert found.shift == pytest.approx((-30 * 1.28, -20 * 1.28), abs=1.5)


def test_a_squashed_copy_is_told_as_such(phantoms: list[Pixels], fingerprints: list[Fingerprint]) -> None:
    found = match(fingerprints[0], take_fingerprint(np.asarray(cv2.resize(phantoms[0], (215, 256)), np.uint8)))
    assert found is not None
    assert found.squared
    assert found.scale == pytest.approx(1, abs=0.01)


def test_the_rotation_is_told_with_its_side(phantoms: list[Pixels], fingerprints: list[Fingerprint]) -> None:
    matrix = cv2.getRotationMatrix2D((127.5, 127.5), 5, 1)
    turned = take_fingerprint(np.asarray(cv2.warpAffine(phantoms[0], matrix, (256, 256)), np.uint8))
    found, back = match(fingerprints[0], turned), match(turned, fingerprints[0])
    assert found is not None
    assert back is not None
    # OpenCV turns against the clock for positive angles, while y points down.
    assert found.rotation == pytest.approx(-5, abs=0.5)
    assert back.rotation == pytest.approx(5, abs=0.5)


def test_different_phantoms_never_match(fingerprints: list[Fingerprint]) -> None:
    assert [pair for pair in itertools.combinations(range(40), 2) if match(fingerprints[pair[0]], fingerprints[pair[1]])] == []


def test_equal_pixels_match_whatever_they_show() -> None:
    flat, noise = np.full((40, 60), 7, np.uint8), np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    for pixels in (flat, noise):
        found = match(take_fingerprint(pixels), take_fingerprint(pixels.copy()))
        assert found is not None
        assert found.support == 1
    assert match(take_fingerprint(flat), take_fingerprint(flat + 1)) is None


def test_noise_matches_no_other_noise() -> None:
    random = np.random.default_rng(0)
    noise = [take_fingerprint(random.integers(0, 256, (side, side), dtype=np.uint8)) for side in (32, 32, 48, 64, 256, 256)]
    assert [pair for pair in itertools.combinations(range(6), 2) if match(noise[pair[0]], noise[pair[1]])] == []


def test_a_mirrored_or_tipped_image_is_no_copy(phantoms: list[Pixels], fingerprints: list[Fingerprint]) -> None:
    for changed in (phantoms[0][:, ::-1], phantoms[0][::-1], phantoms[0].T):
        assert match(fingerprints[0], take_fingerprint(np.ascontiguousarray(changed))) is None


def test_one_marker_in_common_is_no_copy() -> None:
    random = np.random.default_rng(1)
    a, b = (cv2.GaussianBlur(random.integers(0, 256, (256, 256)).astype(np.uint8), (0, 0), 3) for _ in range(2))
    marker = random.integers(0, 256, (12, 24), dtype=np.uint8)
    a[20:32, 20:44] = b[20:32, 20:44] = marker
    assert match(take_fingerprint(a), take_fingerprint(b)) is None
