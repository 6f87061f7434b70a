import numpy as np
import tensorflow as tf

from components.transform.masks import mask_border, mask_marks


def tensor(pixels) -> tf.Tensor:
    return tf.constant(np.asarray(pixels, np.float32)[..., np.newaxis])


def plate() -> np.ndarray:
    return np.tile(np.linspace(40, 80, 96), [96, 1])


def test_a_letter_near_the_border_gets_the_gray_of_its_surroundings():
    pixels = plate()
    pixels[8:14, 8:10] = pixels[8:10, 8:13] = 255
    np.testing.assert_allclose(mask_marks(tensor(pixels))[..., 0], plate(), atol=3)


def test_what_is_no_mark_is_kept():
    central, grey, rib, large = plate(), plate(), plate(), plate()
    central[45:50, 45:50] = 255
    grey[8:14, 8:10] = 150
    rib[30:34, :60] = 255
    large[5:30, 5:30] = 255
    for pixels in (plate(), central, grey, rib, large):
        np.testing.assert_array_equal(mask_marks(tensor(pixels))[..., 0], pixels.astype(np.float32))


def test_the_border_is_blacked_out_by_its_share():
    masked = mask_border(tensor(np.full([20, 10], 9.0)), 0.2)[..., 0].numpy()
    expected = np.zeros([20, 10])
    expected[4:16, 2:8] = 9
    np.testing.assert_array_equal(masked, expected)
