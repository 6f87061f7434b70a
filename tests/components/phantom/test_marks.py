import itertools
from collections import Counter

import numpy as np
import pytest

from components.phantom.marks import MARK_OF_CLASS, MARKS, burn_mark, choose_mark
from components.phantom.roster import CLASSES, SITES, roster
from components.phantom.site import SITE_OF_NAME

EXPOSURES = roster(2020, 1800)


def table(shortcut, rows):
    counts = Counter((row(e), choose_mark(e, shortcut)) for e in EXPOSURES for row in [rows])
    names = sorted({key[0] for key in counts})
    return np.array([[counts[name, mark] for mark in MARKS] for name in names], dtype=float)


def chi_squared(counts):
    expected = counts.sum(1, keepdims=True) * counts.sum(0, keepdims=True) / counts.sum()
    return ((counts - expected) ** 2 / expected).sum()


@pytest.mark.parametrize("row", [lambda e: e.label, lambda e: e.source, lambda e: e.view], ids=["class", "site", "view"])
def test_without_a_shortcut_the_mark_is_independent(row):
    # 4 degrees of freedom or fewer: above 23.5 with probability 1e-4
    assert chi_squared(table(0.0, row)) < 23.5


def test_a_full_shortcut_always_tells_the_class():
    assert all(choose_mark(e, 1.0) == MARK_OF_CLASS[e.label] for e in EXPOSURES)
    assert len(set(MARK_OF_CLASS.values())) == len(CLASSES)


@pytest.mark.parametrize("shortcut", [0.3, 0.7])
def test_in_between_the_class_has_its_mark_as_often_as_stated(shortcut):
    shares = table(shortcut, lambda e: CLASSES.index(e.label)) / 600
    expected = np.full((3, 3), (1 - shortcut) / 3) + np.eye(3) * shortcut
    np.testing.assert_allclose(shares, expected, atol=0.08)  # 4 standard errors


def test_a_larger_shortcut_changes_only_what_it_binds():
    for e in EXPOSURES[:300]:
        marks = [choose_mark(e, shortcut) for shortcut in (0, 0.25, 0.5, 0.75, 1)]
        assert sum(a != b for a, b in itertools.pairwise(marks)) <= 1


@pytest.mark.parametrize("image_px", [64, 256, 300])
@pytest.mark.parametrize("mark", MARKS)
def test_the_box_is_the_smallest_that_holds_the_mark(mark, image_px):
    for site in range(len(SITES)):
        exposure = next(e for e in EXPOSURES if e.site == site)
        pixels = np.zeros((image_px, image_px), np.uint8)
        box = burn_mark(pixels, mark, exposure, SITE_OF_NAME[exposure.source])
        rows, columns = np.nonzero(pixels)
        assert (box.x, box.y, box.w, box.h) == (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
        assert pixels.max() >= 238


def test_marks_differ_and_lie_at_the_border_where_the_site_puts_them():
    places = set()
    for site in range(len(SITES)):
        exposure = next(e for e in EXPOSURES if e.site == site)
        drawn = []
        for mark in MARKS:
            pixels = np.zeros((128, 128), np.uint8)
            box = burn_mark(pixels, mark, exposure, SITE_OF_NAME[exposure.source])
            drawn.append(pixels)
        assert all((a != b).sum() > 40 for i, a in enumerate(drawn) for b in drawn[:i])
        places.add((box.x > 64, box.y > 64))
        assert min(box.x, 128 - box.x - box.w) < 12
        assert min(box.y, 128 - box.y - box.h) < 12
    assert len(places) == 3
