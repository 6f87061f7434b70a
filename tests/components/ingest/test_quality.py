from dataclasses import replace

import numpy as np
import pytest

from components.ingest.decode import DecodedImage
from components.ingest.quality import flags
from schemas import features


@pytest.fixture
def chest():
    """Dark lungs on both sides of a bright middle, on a brighter belly."""
    y, x = np.mgrid[0:128, 0:128] / 127.0
    lungs = np.exp(-((np.abs(x - 0.5) - 0.22) ** 2) / 0.01 - (y - 0.4) ** 2 / 0.08)
    outside = np.clip((np.abs(x - 0.5) - 0.4) * 10, 0, 1) + np.clip((0.12 - y) * 8, 0, 1)
    return (240 * np.clip(0.5 + 0.4 * y - 0.45 * lungs - 0.6 * outside, 0, 1)).astype(np.uint8)


def judged(pixels, **fields):
    image = DecodedImage(pixels, "L", "png", *pixels.shape)
    return flags(replace(image, **fields), pixels)


def test_a_plain_chest_bears_no_flag(chest):
    assert judged(chest) == frozenset()
    assert judged(chest, view="PA") == frozenset()


def test_an_inverted_chest_is_flagged_mirrored_or_not(chest):
    assert judged(255 - chest) == {"inverted"}
    assert judged(np.ascontiguousarray(255 - chest[:, ::-1])) == {"inverted"}


@pytest.mark.parametrize(("divisor", "expected"), [(2, set()), (8, {"flat"})])
def test_little_contrast_is_flagged(chest, divisor, expected):
    assert judged(100 + chest // divisor) == expected


def test_outliers_make_no_contrast(chest):
    flat = 100 + chest // 8
    flat[:1, :64] = 255
    assert judged(flat) == {"flat"}


def test_what_the_header_says_is_flagged(chest):
    assert judged(chest, view="lateral", burnt_in=True) == {"lateral", "burnt_in"}


@pytest.mark.parametrize(("share", "expected"), [(0.00005, set()), (0.001, {"colour_overlay"})])
def test_colour_is_flagged_from_one_pixel_in_ten_thousand(chest, share, expected):
    assert judged(chest, colourfulness=share) == expected


def test_every_flag_is_declared(chest):
    assert judged(100 + (255 - chest) // 8, view="lateral", burnt_in=True, colourfulness=0.5) == set(features.QUALITY_FLAGS)
