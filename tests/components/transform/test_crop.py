import numpy as np
import pytest
import tensorflow as tf

from components.transform.crop import body_box, crop, lung_box


def trunk(noise: float = 0.0) -> np.ndarray:
    """A body of 160 x 140 px with two dark lungs, 20 px below and 30 px beside the border of a black plate."""
    plate = np.zeros([200, 200])
    plate[20:180, 30:170] = 180
    plate[50:130, 45:90] = 60
    plate[50:130, 110:155] = 60
    return np.clip(plate + np.random.default_rng(1).normal(scale=noise, size=plate.shape), 0, 255)


def tensor(pixels) -> tf.Tensor:
    return tf.constant(np.asarray(pixels, np.float32)[..., np.newaxis])


def test_the_centre_is_the_middle_four_fifths():
    pixels = np.arange(2000.0).reshape(40, 50)
    np.testing.assert_array_equal(crop(tensor(pixels), "centre")[..., 0], pixels[4:36, 5:45])


@pytest.mark.parametrize("plate", [0, 255])
def test_the_body_is_cut_out_of_its_plate(plate):
    pixels = trunk()
    pixels[pixels == 0] = plate
    np.testing.assert_allclose(body_box(tensor(pixels)), [0.1, 0.15, 0.9, 0.85], atol=0.03)


def test_a_letter_on_the_plate_is_no_body():
    pixels = trunk()
    pixels[5:15, 5:15] = 200
    np.testing.assert_allclose(body_box(tensor(pixels)), [0.1, 0.15, 0.9, 0.85], atol=0.03)


@pytest.mark.parametrize("pixels", [np.zeros([50, 60]), np.pad(np.full([10, 10], 90.0), 45)])
def test_a_body_that_is_implausibly_small_is_the_whole_image(pixels):
    np.testing.assert_array_equal(body_box(tensor(pixels)), [0, 0, 1, 1])
    np.testing.assert_array_equal(crop(tensor(pixels), "body")[..., 0], pixels)


@pytest.mark.parametrize("noise", [0.0, 15.0])
def test_the_lungs_are_boxed_with_a_margin(noise):
    gray = tensor(trunk(noise))
    box, found = lung_box(gray, body_box(gray))
    assert bool(found)
    # The lungs reach from 0.25 to 0.65 and from 0.225 to 0.775; the margin is 5 % of the body.
    np.testing.assert_allclose(box, [0.25 - 0.04, 0.225 - 0.035, 0.65 + 0.04, 0.775 + 0.035], atol=0.05)


def test_without_lungs_it_is_the_body():
    pixels = trunk()
    pixels[20:180, 30:170] = 120 + np.arange(140) * 0.5
    gray = tensor(pixels)
    box, found = lung_box(gray, body_box(gray))
    assert not bool(found)
    np.testing.assert_array_equal(box, body_box(gray))
