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


def trunk() -> tf.Tensor:
    """A body with two dark lungs before a black plate, and a bright letter near the border."""
    plate = np.zeros([200, 200, 1], np.uint8)
    plate[20:180, 30:170] = 180
    plate[50:130, 45:90] = plate[50:130, 110:155] = 60
    plate[6:14, 6:14] = 255
    return tf.constant(plate)


def test_each_crop_and_the_filling_of_marks_give_an_image_of_their_own():
    switches = [{}, *({"crop": crop} for crop in ("centre", "body", "lungs")), {"mask_marks": True}]
    found = [harmonise(trunk(), 48, HarmoniseConfig(**switch)).numpy() for switch in switches]
    assert len({image.tobytes() for image in found}) == 5
    plain, *_, filled = found
    # The corner alone differs, and its mark is gone.
    assert plain[:5, :5].max() > 200
    assert filled[:5, :5].max() < 50
    np.testing.assert_array_equal(filled[8:], plain[8:])


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
