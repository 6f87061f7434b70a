import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.reporter.axes import Scale, nice_ticks, whole_ticks
from components.reporter.figures import HEIGHT, WIDTH, line_chart, score_chart, shares, stacked_bars


def test_a_scale_maps_its_ends() -> None:
    scale = Scale(2, 4, 100, 0)
    assert (scale(2), scale(3), scale(4)) == (100, 50, 0)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0, 1.08, [0, 0.5, 1, 1.5]),
        (0, 0.001, [0, 0.00025, 0.0005, 0.00075, 0.001]),
        (0, 43, [0, 20, 40, 60]),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high) == ticks


@settings(deadline=None)
@given(st.floats(1e-9, 1e9))
def test_ticks_cover_the_range_and_are_few(high: float) -> None:
    ticks = nice_ticks(0, high)
    assert ticks[0] == 0
    assert high * 0.999 <= ticks[-1] <= high * 2
    assert 3 <= len(ticks) <= 6


def test_whole_ticks_begin_at_one_and_do_not_crowd_it() -> None:
    assert whole_ticks(5) == [1, 2, 3, 4, 5]
    assert whole_ticks(12) == [1, 4, 6, 8, 10, 12]
    assert whole_ticks(0) == [1]


def test_a_missing_value_leaves_a_gap() -> None:
    chart = line_chart("Loss", {"train": [1.0, None, 0.5, math.nan, 0.0]}, (0, 1))
    across, down = (chart.left + chart.right) / 2, (chart.top + chart.bottom) / 2
    assert chart.lines[0].path == f"M{chart.left:g} {chart.top:g}M{across:g} {down:g}M{chart.right:g} {chart.bottom:g}"
    assert chart.description == "Loss over 5 epochs: train from 1 to 0."


def test_a_band_lies_between_its_ends() -> None:
    chart = line_chart("P", {"one": [0.5], "two": [0.5, 0.5]}, (0, 1), first=0, bands={"two": ([0.0, 0.25], [1.0, 0.75])})
    (band,) = chart.bands
    height = chart.bottom - chart.top
    low, high = f"{chart.bottom - height / 4:g}", f"{chart.top + height / 4:g}"
    left, right = f"{chart.left:g}", f"{chart.right:g}"
    assert band.path == f"M{left} {chart.bottom:g}L{right} {low}L{right} {high}L{left} {chart.top:g}Z"
    assert band.kind == "s1"
    assert chart.description.endswith("Band, two: at its widest from 0 to 1.")
    assert line_chart("P", {"one": [0.5]}).bands == ()


def test_the_kept_epoch_is_marked_at_its_place() -> None:
    chart = line_chart("Loss", {"train": [3.0, 2.0, 1.0]}, mark=3)
    assert chart.mark is not None
    assert (chart.mark.position, chart.mark.text) == (chart.right, "best: 3")
    assert line_chart("Loss", {"train": [3.0]}, mark=None).mark is None


def test_one_epoch_is_a_dot() -> None:
    assert [dot.text for dot in line_chart("Loss", {"train": [0.5]}).dots] == ["train: 0.5"]


def test_no_epoch_is_an_empty_chart() -> None:
    assert line_chart("Loss", {"train": []}).lines[0].path == ""


def test_the_emphasised_curve_lies_on_top() -> None:
    chart = line_chart("Recall", {"trial 1": [0.5, 0.9], "trial 2": [0.4, 0.6]}, (0, 1), emphasis="trial 1")
    assert [(line.name, line.kind) for line in chart.lines] == [("trial 2", "other"), ("trial 1", "best")]


def test_scores_keep_the_order_of_the_search() -> None:
    chart = score_chart("Score", {1: 0.5, 2: None, 3: 1.0}, best=3)
    assert [dot.kind for dot in chart.dots] == ["s0", "failed", "best"]
    assert chart.dots[2].y == chart.top
    assert "3 trials, 1 without a score. The best is trial 3 with 1.000." in chart.description


def test_bars_stack_to_their_sums() -> None:
    chart = stacked_bars("Answers", [0.0, 0.5, 1.0], {"right": [4, 0], "wrong": [4, 2]}, "probability")
    assert [(bar.kind, bar.text) for bar in chart.bars] == [
        ("right", "0.00 to 0.50: 4 right"),
        ("wrong", "0.00 to 0.50: 4 wrong"),
        ("wrong", "0.50 to 1.00: 2 wrong"),
    ]
    right, wrong, _ = chart.bars
    assert right.y + right.height == pytest.approx(chart.bottom)
    assert wrong.y + wrong.height == pytest.approx(right.y)
    assert right.height == pytest.approx(wrong.height, abs=0.02)


@settings(deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6))
def test_shares_fill_the_bar(counts: list[int]) -> None:
    segments = shares(counts)
    if sum(counts):
        assert sum(width for _, width in segments) == pytest.approx(100, abs=0.01)
        assert all(start + width == pytest.approx(following, abs=0.01) for (start, width), (following, _) in itertools.pairwise(segments))
    else:
        assert segments == ()


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=30))
def test_curves_stay_inside_the_picture(values: list[float | None]) -> None:
    path = line_chart("Loss", {"train": values}).lines[0].path
    points = [tuple(map(float, point.split())) for point in path.replace("M", "|").replace("L", "|").split("|") if point]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert len(points) == sum(value is not None for value in values)
