from hashlib import sha256

import numpy as np
import pytest
import tensorflow as tf
from pydantic import ValidationError

from components.base.source_digest import source_files
from components.transform.config import HarmoniseConfig
from components.transform.harmonise import encoded_anew, harmonise


def picture(height: int = 75, width: int = 90) -> tf.Tensor:
    y, x = np.mgrid[:height, :width]
    return tf.constant(((x * 7 + y * 5 + (x * y) % 31 * 4) % 256)[..., np.newaxis], tf.uint8)


def test_the_defaults_give_what_they_always_gave():
    plain = harmonise(picture(), 24, HarmoniseConfig()).numpy()
    # Of the version before there were switches.
    assert sha256(plain.tobytes()).hexdigest()[:16] == "bce691f509e5a6f4"


@pytest.mark.parametrize(
    "switch",
    [
        {"crop": "centre"},
        *({"histogram": histogram} for histogram in ("equalise", "clahe", "match")),
        *({"resolution_px": 12}, {"jpeg_quality": 5}, {"mask_border": 0.2}),
    ],
    ids=str,
)
def test_each_switch_changes_the_image_and_not_its_size(switch):
    changed = harmonise(picture(), 24, HarmoniseConfig(**switch))
    assert (changed.shape, changed.dtype) == ((24, 24, 1), tf.uint8)
    assert np.any(changed != harmonise(picture(), 24, HarmoniseConfig()))


def test_a_low_resolution_leaves_no_more_than_its_pixels():
    even = harmonise(picture(), 24, HarmoniseConfig(resolution_px=1)).numpy()
    assert (even == even[0, 0]).all()


def test_a_jpeg_of_quality_100_keeps_an_even_image():
    np.testing.assert_array_equal(encoded_anew(tf.fill([9, 7, 1], 100.4), 100), np.full([9, 7, 1], 100))


def test_the_digest_of_preprocessing_sees_every_switch():
    names = {path.name for path in source_files("components.transform.preprocess")}
    files = ("crop", "masks", "histogram", "harmonise", "tone", "warp", "some", "degrade", "resolution", "border", "policies", "augment")
    assert {f"{name}.py" for name in files} <= names


def test_an_unknown_switch_is_an_error():
    with pytest.raises(ValidationError):
        HarmoniseConfig(crop="heart")
