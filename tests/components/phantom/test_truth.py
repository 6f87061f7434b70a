import numpy as np

from components.phantom.marks import Box
from components.phantom.truth import bounding_box, csv_text


def test_bounding_box_by_hand():
    mask = np.zeros((5, 6), bool)
    mask[1, 2] = mask[3, 4] = True
    assert bounding_box(mask) == Box(x=2, y=1, w=3, h=3)


def test_nothing_has_no_box():
    assert bounding_box(np.zeros((3, 3), bool)) is None


def test_csv_quotes_what_needs_it():
    assert csv_text(("a", "b"), [(1, "x,y"), (2, "")]) == 'a,b\n1,"x,y"\n2,\n'
