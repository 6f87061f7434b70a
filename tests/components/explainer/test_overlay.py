"""Overlays: what is drawn, and that it is always drawn alike."""

import io

import numpy as np
import pytest
from PIL import Image

from components.explainer.overlay import colours, image_png, overlay_png


def opened(content):
    return np.asarray(Image.open(io.BytesIO(content)))


def relative_luminance(rgb):
    """By WCAG 2.1, from sRGB."""
    part = rgb / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_stronger_is_lighter_for_every_eye():
    ramp = colours(np.linspace(0, 1, 64)).astype(float)
    lightness = np.cbrt(relative_luminance(ramp))
    steps = np.diff(lightness)
    assert (steps > 0).all()
    assert steps.max() < 0.06
    # Without the red or the green receptor the sum of both still rises.
    assert (np.diff(ramp[:, 0] + ramp[:, 1]) > 0).all()


def test_ends_of_the_ramp_and_clipping():
    np.testing.assert_array_equal(colours([-1, 0, 1, 2]), [[0, 0, 4], [0, 0, 4], [249, 201, 50], [249, 201, 50]])


def test_no_evidence_leaves_the_image():
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    drawn = opened(overlay_png(image, np.zeros((8, 8), np.float32)))
    assert drawn.shape == (256, 256, 3)
    for channel in range(3):
        np.testing.assert_array_equal(drawn[..., channel], opened(image_png(image)))


def test_evidence_is_drawn_where_it_lies():
    strength = np.zeros((8, 8), np.float32)
    strength[6, 1] = 1
    image = np.full((8, 8), 100, np.uint8)
    drawn = opened(overlay_png(image, strength)).astype(int)
    changed = np.abs(drawn - 100).sum(axis=2)
    rows, columns = np.nonzero(changed > 0.9 * changed.max())
    assert 192 <= rows.min() <= rows.max() < 224
    assert 32 <= columns.min() <= columns.max() < 64
    # 65 % of the lightest colour, 35 % of the image; the peak itself lies between two pixels of the enlargement.
    np.testing.assert_allclose(drawn[208, 48], 0.65 * np.array([249, 201, 50]) + 35, atol=12)


@pytest.mark.parametrize(("side", "drawn"), [(16, 256), (96, 288), (128, 256), (255, 510), (256, 256), (300, 300)])
def test_enlarged_to_view(side, drawn):
    image = np.zeros((side, side), np.uint8)
    assert opened(image_png(image)).shape == (drawn, drawn)
    assert opened(overlay_png(image, image.astype(np.float32))).shape == (drawn, drawn, 3)


def test_same_arrays_same_bytes():
    generator = np.random.default_rng(3)
    image = generator.integers(0, 256, (32, 32), np.uint8)
    strength = generator.random((32, 32), np.float32)
    assert overlay_png(image, strength) == overlay_png(image.copy(), strength.copy())


def test_a_thin_line_goes_around_what_is_known_and_covers_nothing_of_it():
    image = np.random.default_rng(4).integers(0, 256, (96, 96), np.uint8)
    strength = np.random.default_rng(5).random((96, 96), np.float32)
    mask = np.zeros((96, 96), np.bool_)
    mask[20:40, 50:80] = True
    plain, drawn = opened(overlay_png(image, strength)), opened(overlay_png(image, strength, mask))
    cyan = (drawn == (0, 229, 255)).all(axis=2)
    assert not (plain == (0, 229, 255)).all(axis=2).any()
    large = np.kron(mask, np.ones((3, 3), np.bool_))
    assert not cyan[~large].any()
    # A frame of two pixels about 60 x 90, and a rim of one around it; all within and without is as it was.
    assert cyan.sum() == 60 * 90 - 56 * 86
    assert (drawn != plain).any(axis=2).sum() == cyan.sum() + 2 * (60 + 90)
    assert overlay_png(image, strength, np.zeros_like(mask)) == overlay_png(image, strength)


def test_the_line_is_closed_at_the_edge_of_the_picture():
    mask = np.ones((300, 300), np.bool_)
    drawn = opened(overlay_png(np.zeros((300, 300), np.uint8), np.zeros((300, 300), np.float32), mask))
    cyan = (drawn == (0, 229, 255)).all(axis=2)
    assert cyan[:2].all()
    assert cyan[:, -2:].all()
    assert not cyan[2:-2, 2:-2].any()
