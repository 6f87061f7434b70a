import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.ingest.copies import descriptors
from components.ingest.copies.contrast import even_out, shrink
from components.ingest.copies.fingerprint import MAX_KEYPOINTS, Fingerprint, take_fingerprint
from components.ingest.copies.keypoints import find_keypoints
from components.ingest.copies.perceptual_hash import distance, perceptual_hash

Pixels = npt.NDArray[np.uint8]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 256]))
def test_any_image_has_a_fingerprint_that_survives_writing(height: int, width: int, seed: int, grays: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, grays, (height, width), dtype=np.uint8)
    fingerprint = take_fingerprint(pixels)
    assert max(fingerprint.height, fingerprint.width) == 256
    assert len(fingerprint.places) <= MAX_KEYPOINTS
    data = fingerprint.to_bytes()
    assert len(data) <= 6 * 1024
    again = Fingerprint.from_bytes(data)
    assert again == fingerprint
    np.testing.assert_array_equal(again.descriptors, fingerprint.descriptors)
    np.testing.assert_array_equal(again.positions, fingerprint.positions)


@pytest.mark.parametrize("shape", [(1, 512), (512, 1), (512, 9), (32, 32), (512, 512)])
def test_odd_shapes_and_flat_images(shape: tuple[int, int]) -> None:
    for gray in (0, 255):
        assert len(take_fingerprint(np.full(shape, gray, np.uint8)).places) == 0
    take_fingerprint(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))


def test_the_same_on_every_thread(phantoms: list[Pixels]) -> None:
    once = [take_fingerprint(pixels).to_bytes() for pixels in phantoms]
    with ThreadPoolExecutor(4) as pool:
        again = [fingerprint.to_bytes() for fingerprint in pool.map(take_fingerprint, phantoms)]
    assert again == once
    assert take_fingerprint(np.asfortranarray(phantoms[0])).to_bytes() == once[0]


@pytest.mark.parametrize("pixels", [np.zeros((4, 4), np.float32), np.zeros((4, 4, 3), np.uint8), np.zeros((0, 4), np.uint8)])
def test_what_is_no_gray_image_is_refused(pixels: npt.NDArray[np.generic]) -> None:
    with pytest.raises(ValueError, match="a fingerprint is taken of uint8"):
        take_fingerprint(pixels)  # type: ignore[arg-type]


def test_damaged_bytes_are_named(fingerprints: list[Fingerprint]) -> None:
    data = fingerprints[0].to_bytes()
    flipped = data[:100] + bytes([data[100] ^ 1]) + data[101:]
    other_version = data[:4] + b"\x63" + data[5:]
    for damaged, message in (
        (b"", "at least"),
        (data[:50], "bytes, not 50"),
        (data[:-1], "bytes, not"),
        (data + b"\0", "bytes, not"),
        (flipped, "checksum"),
        (b"X" + data[1:], "not a fingerprint"),
        (other_version, "version 99"),
    ):
        with pytest.raises(ValueError, match=message):
            Fingerprint.from_bytes(damaged)


def test_no_single_flipped_bit_goes_unseen(fingerprints: list[Fingerprint]) -> None:
    data = fingerprints[0].to_bytes()
    for place in range(0, len(data), 37):
        with pytest.raises(ValueError, match=r"fingerprint|bytes"):
            Fingerprint.from_bytes(data[:place] + bytes([data[place] ^ 16]) + data[place + 1 :])


def test_a_blot_is_found_where_it_is() -> None:
    y, x = np.mgrid[:256, :256]
    blot = 128 + 100 * np.exp(-((x - 100.5) ** 2 + (y - 60.25) ** 2) / (2 * 4.0**2))
    keypoints = find_keypoints(np.rint(blot).astype(np.uint8), 5)
    np.testing.assert_allclose(keypoints[0, :2], [100.5, 60.25], atol=0.2)


def test_an_edge_is_no_keypoint() -> None:
    edge = np.full((256, 256), 50, np.uint8)
    edge[:, 128:] = 200
    assert len(find_keypoints(edge, 80)) == 0


def test_contrast_undoes_an_affine_change_of_gray(phantoms: list[Pixels]) -> None:
    small = shrink(phantoms[0])
    darker = np.rint(small * 0.6 + 40).astype(np.uint8)
    assert np.abs(even_out(small).astype(int) - even_out(darker)).mean() < 6


def test_packing_keeps_every_number() -> None:
    numbers = np.random.default_rng(0).integers(0, 16, (5, descriptors.LENGTH), dtype=np.uint8)
    np.testing.assert_array_equal(descriptors.unpack(descriptors.pack(numbers)), numbers)


def test_distance_counts_bits() -> None:
    a = np.zeros(16, np.uint8)
    b = a.copy()
    b[0], b[15] = 0b101, 0xFF
    assert distance(a, b) == 10
    np.testing.assert_array_equal(distance(a, np.stack([a, b])), [0, 10])


def test_the_hash_bears_what_keeps_the_look(phantoms: list[Pixels]) -> None:
    half = phantoms[0][::2, ::2]
    assert distance(perceptual_hash(phantoms[0]), perceptual_hash(half)) <= 8
    assert distance(perceptual_hash(phantoms[0]), perceptual_hash(phantoms[0][:, ::-1])) > 30


def test_the_bytes_are_laid_out_as_said(fingerprints: list[Fingerprint]) -> None:
    data = fingerprints[0].to_bytes()
    count = len(fingerprints[0].places)
    assert len(data) == 34 + 68 * count + 4
    assert struct.unpack("<I", data[-4:])[0] == zlib.crc32(data[:-4])
