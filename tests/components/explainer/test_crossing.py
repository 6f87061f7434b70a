"""Concepts crossed with what is known of images drawn by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.base.errors import UsageError
from components.explainer.concepts import Concept, Rule
from components.explainer.crossing import cross
from components.explainer.superpixels import Segments

PX = 10
IMAGES = 20
SOURCES = ["here"] * 10 + ["there"] * 10


def concept(members, image):
    members = np.asarray(members, np.int64)
    zeros = np.zeros(len(members), np.float32)
    return Concept(0, Rule.HIGH_FREQUENCY, np.unique(image[members]), members, zeros, members[:40], zeros)


def quarters():
    """Every image in four squares of 5 px: top left, top right, bottom left, bottom right."""
    boxes = [(top, left, top + 5, left + 5) for top in (0, 5) for left in (0, 5)]
    image = np.arange(IMAGES).repeat(4).astype(np.int32)
    masks = tuple(np.ones((5, 5), bool) for _ in image)
    return Segments(image, np.full(len(image), 4, np.int32), np.array(boxes * IMAGES, np.int32), masks, IMAGES, (PX, PX), 0)


def crossing_of(members, groups=range(IMAGES), truth=None, columns=None, **options):
    segments = quarters()
    columns = {"source": SOURCES} if columns is None else columns
    return cross([concept(members, segments.image)], segments, columns, list(groups), truth, **options)[0]


def test_shares_and_lift_by_hand():
    # Eight top left quarters of the first source, two of the other: 80 % beside 50 % of all segments.
    found = crossing_of([4 * image for image in (*range(8), 10, 11)])
    here, there = found.values
    assert (here.column, here.value, here.members, here.share, here.base) == ("source", "here", 8, 0.8, 0.5)
    assert here.lift.value == pytest.approx(1.6)
    assert (there.value, there.members, there.share) == ("there", 2, 0.2)
    assert there.lift.value == pytest.approx(0.4)
    assert here.lift.low < 1.6 < here.lift.high
    assert (found.segments, found.images, found.image_count) == (10, 10, IMAGES)


def test_the_interval_is_of_patients_and_not_of_images():
    # Two images a patient, of one source each: half as many draws of luck, so a wider interval around the same value.
    columns = {"source": ["here", "here", "there", "there"] * 5}
    members = [4 * image + part for image in range(IMAGES) for part in range(3 if image % 4 < 2 else 1)]
    alone, by_patient, few = (
        crossing_of(members, groups=[image // size for image in range(IMAGES)], columns=columns).values[0].lift for size in (1, 2, 4)
    )
    assert alone.value == by_patient.value == few.value == pytest.approx(1.5)
    assert (alone.groups, by_patient.groups, few.groups) == (20, 10, 5)
    assert by_patient.high - by_patient.low > 1.2 * (alone.high - alone.low)
    assert few.low is None
    assert few.why_none == "fewer than 10 patients"


def test_every_column_is_crossed_and_the_largest_share_comes_first():
    columns = {"source": SOURCES, "view": ["pa", "ap"] * 10}
    found = crossing_of([0, 4, 8, 12, 48, 56], columns=columns)
    assert [(share.column, share.value, round(share.share, 3)) for share in found.values] == [
        ("source", "here", 0.667),
        ("source", "there", 0.333),
        ("view", "pa", 0.667),
        ("view", "ap", 0.333),
    ]


def test_a_value_that_the_concept_lacks_is_not_listed():
    assert [share.value for share in crossing_of([0, 4, 8]).values] == ["here"]


def test_border_by_hand():
    # Two pixels on each side: of a quarter's 25 pixels, all but an inner square of nine.
    border = crossing_of([0, 4], border=0.2).regions[0]
    assert (border.region, border.inside, border.base) == ("border", 16 / 25, 16 / 25)
    assert border.base_covered == 2 * 25 / (IMAGES * 100)
    assert border.covered == pytest.approx(2 * 16 / (IMAGES * 64))


def test_truth_by_hand():
    mark = np.zeros((IMAGES, PX, PX), bool)
    mark[:4, 0, :2] = True
    nothing = np.zeros_like(mark)
    found = crossing_of([0, 4, 8, 13], truth={"mark": mark, "lesion": nothing})
    _, marked, lesion = found.regions
    # Three quarters hold two pixels of a mark each, the fourth none; one mark of four is not covered.
    assert (marked.region, marked.inside, marked.covered) == ("mark", 6 / 100, 0.75)
    assert marked.base == 8 / (IMAGES * 100)
    assert (lesion.inside, lesion.base) == (0, 0)
    assert np.isnan(lesion.covered)


def test_segments_that_overlap_cover_a_place_once():
    segments = quarters()
    twice = Segments(
        segments.image[[0, 0]], segments.resolution[:2], segments.box[[0, 0]], segments.masks[:2], IMAGES, segments.image_shape, 0
    )
    truth = {"all": np.ones((IMAGES, PX, PX), bool)}
    found = cross([concept([0, 1], twice.image)], twice, {}, range(IMAGES), truth)[0]
    assert found.regions[1].covered == found.regions[1].base_covered == 25 / (IMAGES * 100)


def test_only_pixels_of_the_mask_count():
    mask = np.eye(2, dtype=bool)
    segments = Segments(np.zeros(1, np.int32), np.ones(1, np.int32), np.array([[4, 6, 6, 8]], np.int32), (mask,), 1, (PX, PX), 0)
    truth = np.zeros((1, PX, PX), bool)
    truth[0, 4, 6:8] = True
    found = cross([concept([0], segments.image)], segments, {}, [0], {"lung": truth})[0]
    assert found.regions[1].inside == found.regions[1].covered == 0.5
    assert found.regions[1].base_covered == 2 / 100
    assert found.centre == pytest.approx((0.5, 0.7))
    assert found.spread == 0


def test_centre_and_spread_by_hand():
    found = crossing_of([0, 5, 8, 13])
    assert found.centre == pytest.approx((0.25, 0.5))
    assert found.spread == pytest.approx(0.25)


@given(st.sets(st.integers(0, 4 * IMAGES - 1), min_size=1), st.integers(0, 9))
@settings(max_examples=25)
def test_shares_add_up(members, seed):
    generator = np.random.default_rng(seed)
    columns = {"source": generator.choice(["a", "b", "c"], IMAGES).tolist()}
    truth = {"lung": generator.random((IMAGES, PX, PX)) < 0.3}
    found = crossing_of(sorted(members), groups=generator.integers(0, 12, IMAGES), truth=truth, columns=columns, draws=20)
    assert sum(share.share for share in found.values) == pytest.approx(1)
    assert sum(share.members for share in found.values) == len(members)
    assert all(share.lift.value == pytest.approx(share.share / share.base) for share in found.values)
    assert all(0 <= value <= 1 for region in found.regions for value in (region.inside, region.base, region.covered))
    everything = crossing_of(range(4 * IMAGES), truth=truth, columns=columns, draws=20)
    assert all(share.lift.value == pytest.approx(1) for share in everything.values)
    assert all(region.inside == pytest.approx(region.base) and region.covered == 1 for region in everything.regions)


def test_seeds_decide_the_interval():
    members = [4 * image for image in (*range(8), 10, 11, 14)]
    runs = [crossing_of(members, seed=seed).values[0].lift for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert (runs[0].low, runs[0].high) != (runs[2].low, runs[2].high)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": range(3)}, "groups must be"),
        ({"columns": {"source": ["a"]}}, "column source"),
        ({"truth": {"lung": np.zeros((IMAGES, 3, 3), bool)}}, "truth lung"),
        ({"truth": {"lung": np.zeros((IMAGES, PX, PX))}}, "truth lung"),
        ({"truth": {"border": np.zeros((IMAGES, PX, PX), bool)}}, "another name"),
        ({"border": 0.5}, "border must be in"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        crossing_of([0], **options)
