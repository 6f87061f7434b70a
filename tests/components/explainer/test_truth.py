import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import UsageError
from components.explainer.truth import Window, box_mask, seen_window, shrunk_mask
from components.ingest.records import Box
from components.transform.config import HarmoniseConfig
from components.transform.harmonise import harmonise


@pytest.mark.parametrize("crop", ["none", "centre"])
def test_boxes_follow_their_pixels_to_the_network(crop) -> None:
    # 200 x 120 px become a square of 40: every edge of the box lies on an edge of its cells, and the rest is in the ground.
    image = np.full((200, 120, 1), 40, np.uint8)
    top, bottom, left, right = (60, 120, 36, 72) if crop == "centre" else (25, 125, 12, 60)
    image[top:bottom, left:right] = 220
    box = Box("", left / 120, top / 200, (right - left) / 120, (bottom - top) / 200)
    seen = harmonise(tf.constant(image), 40, HarmoniseConfig(crop=crop)).numpy()[..., 0] > 127
    window = seen_window(HarmoniseConfig(crop=crop))
    assert seen.any()
    assert (box_mask([box], 40, window) == seen).all()
    assert (shrunk_mask(image[..., 0] > 127, 40, window) == seen).all()


def test_refuses_crops_that_depend_on_the_pixels() -> None:
    for crop in ("body", "lungs"):
        with pytest.raises(UsageError, match=r"set transform\.harmonise\.crop to none or centre"):
            seen_window(HarmoniseConfig(crop=crop))


def test_a_pixel_belongs_to_a_box_that_covers_half_of_it() -> None:
    # In pixels of the square: 0.5 to 2.4 across, 1 to 2 down.
    mask = box_mask([Box("", 0.5 / 4, 0.25, 1.9 / 4, 0.25)], 4)
    assert np.argwhere(mask).tolist() == [[1, 0], [1, 1]]


def test_no_box_is_lost_and_none_appears_outside_the_window() -> None:
    small = Box("", 0.3, 0.6, 0.01, 0.01)
    assert np.argwhere(box_mask([small], 8)).tolist() == [[4, 2]]
    assert not box_mask([Box("", 0, 0, 0.1, 0.1)], 8, Window(0.1, 0.1, 0.9, 0.9)).any()
    assert not box_mask([], 8).any()
    both = box_mask([small, Box("", 0.5, 0, 0.5, 0.5)], 8)
    assert both.sum() == 1 + 16


def test_a_small_lesion_is_kept_beside_a_large_one() -> None:
    mask = np.zeros((64, 64), bool)
    mask[:32, :32] = True
    mask[50, 50] = True
    shrunk = shrunk_mask(mask, 8)
    assert shrunk[:4, :4].all()
    assert np.argwhere(shrunk[4:]).tolist() == [[2, 6]]
    assert shrunk_mask(np.zeros((64, 64)), 8).sum() == 0


def test_a_mask_may_grow_too() -> None:
    assert shrunk_mask([[True, False], [False, False]], 4).astype(int).tolist() == [[1, 1, 0, 0]] * 2 + [[0] * 4] * 2


@given(
    x=st.floats(0, 0.9),
    y=st.floats(0, 0.9),
    width=st.floats(0.01, 1),
    height=st.floats(0.01, 1),
    image_px=st.integers(2, 40),
)
def test_area_and_place_of_any_box(x, y, width, height, image_px) -> None:
    box = Box("", x, y, min(width, 1 - x), min(height, 1 - y))
    mask = box_mask([box], image_px)
    rows, columns = np.nonzero(mask)
    assert mask.any()
    for places, start, extent in ((rows, box.y, box.height), (columns, box.x, box.width)):
        # No edge is off by more than a pixel.
        assert places.min() >= start * image_px - 1
        assert places.max() + 1 <= (start + extent) * image_px + 1
