import re

import pytest

from pipeline.experiments.comparison import Published
from pipeline.experiments.forest import forests
from pipeline.experiments.page import render_page, time_chart
from pipeline.experiments.statistics import compare
from pipeline.experiments.table import render
from tests.components.reporter.outline import Outline

REFERENCE, OTHER = "balance=class_weight", "balance=none"


@pytest.fixture
def comparison(make_cell):
    cells = [
        make_cell(seed=seed, variant=variant, skill=skill, seconds=seconds)
        for seed in (1, 2, 3, 4)
        for variant, skill, seconds in ((REFERENCE, 0.3, 60.0), (OTHER, 0.0, 30.0), ("same", 0.3, 90.0))
    ]
    paper = Published(name="Net", metric="accuracy", value=0.933, citation="Doe 2020", comparable=False, why="other images")
    return compare(cells, ["accuracy", "within_source_auc[covid19,normal]"], {REFERENCE: 4, OTHER: 4, "same": 4, "never": 1}, [paper])


def test_the_page_nests_and_loads_nothing(comparison) -> None:
    page = Outline(render_page(comparison))
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert [address for address in page.addresses if not address.startswith(("#", "data:"))] == []
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)


def test_the_page_shows_every_figure(comparison) -> None:
    page = render_page(comparison)
    for row in comparison.rows[:3]:
        interval = row.estimates[0].interval
        assert f"<b>{interval.value:.3f}</b><span>{interval.low:.3f} to {interval.high:.3f}</span>" in page
    change = comparison.rows[1].estimates[0].change
    assert f"<b>{change.interval.value:+.3f}</b><span>{change.interval.low:+.3f} to {change.interval.high:+.3f}</span>" in page
    for text in ("12 of 13 cells measured", "n/a (not identifiable from this data)", "n/a (not measured yet)", "Doe 2020; other images"):
        assert text in page


def test_names_cannot_become_markup(make_cell) -> None:
    name = "<script>alert(1)</script>"
    page = render_page(compare([make_cell(notes=(name,)), make_cell(variant=name)], ["accuracy"]))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_forest_puts_differences_where_they_belong(comparison) -> None:
    accuracy = forests(comparison)[0]
    assert accuracy.reference == REFERENCE
    real, chance = accuracy.rows
    assert (real.name, real.kind, chance.name, chance.kind) == (OTHER, "real", "same", "chance")
    assert 0 < real.low < real.point < real.high < accuracy.zero == 50
    assert chance.low < 50 < chance.high
    # A difference lies between the ticks as its value between theirs.
    ticks = {float(tick.text): tick.position for tick in accuracy.ticks}
    low, high = min(ticks), max(ticks)
    value = comparison.rows[1].estimates[0].change.interval.value
    assert real.point == pytest.approx(ticks[low] + (value - low) / (high - low) * (ticks[high] - ticks[low]), abs=0.01)


def test_what_has_no_difference_says_why_in_the_forest(comparison, make_cell) -> None:
    unknown = forests(comparison)[1]
    assert [(row.kind, row.text, row.point) for row in unknown.rows] == [("none", "not identifiable from this data", None)] * 2
    few = forests(compare([make_cell(images=16), make_cell(images=16, variant=OTHER)], ["accuracy"]))[0].rows[0]
    assert re.fullmatch(r"[+-]0\.\d{3}, no interval: fewer than 10 patients", few.text)
    assert few.point is not None
    assert few.low is None


def test_without_differences_there_is_no_forest(make_cell) -> None:
    comparison = compare([make_cell()], ["accuracy"])
    assert forests(comparison) == ()
    page = render_page(comparison)
    assert 'id="differences"' not in page
    assert "No difference was tested." in page


def test_the_time_chart_has_a_dot_a_measured_row(comparison, make_cell) -> None:
    chart = time_chart(comparison)
    assert [dot.kind for dot in chart.dots] == ["s1", "s0", "s0"]
    assert chart.dots[1].x < chart.dots[0].x < chart.dots[2].x
    assert chart.dots[1].y > chart.dots[0].y
    assert f"balance=none: {comparison.rows[1].estimates[0].interval.value:.3f} after 30 s" in chart.description
    assert time_chart(compare([make_cell()], ["accuracy"])) is None


def test_the_page_is_headed_by_the_title(make_cell) -> None:
    page = render_page(compare([make_cell()], ["accuracy"], title="what helps"))
    assert "<h1>What helps</h1>" in page
    assert "<title>what helps: comparison of experiments</title>" in page


def test_what_is_not_told_from_chance_is_counted_and_folded(comparison) -> None:
    page = render_page(comparison)
    assert re.search(
        r"1 difference, on 300 images of 150 patients\.<details><summary>Which</summary>same \([+-]0\.\d{3}\)\.</details>", page
    )
    text = render(comparison, "markdown")
    assert "Accuracy, not told from chance: 1 difference, on 300 images of 150 patients." in text
    assert not re.search(r"same \([+-]", text)


def test_a_note_stands_once_for_all_numbers_of_epochs(make_cell) -> None:
    def note(epochs: int) -> tuple[str]:
        return (f"random initialisation, {epochs} epochs: not the published model",)

    cells = [make_cell(seed=seed, notes=note(epochs)) for seed, epochs in ((1, 12), (2, 8))]
    comparison = compare([*cells, make_cell(variant=OTHER, notes=(*note(16), "by hand"))], ["accuracy"])
    assert [row.notes[0] for row in comparison.rows] == [
        "random initialisation, 8 to 12 epochs: not the published model",
        "random initialisation, 16 epochs: not the published model",
    ]
    page = render_page(comparison)
    assert f"Random initialisation, 8 to 16 epochs: not the published model: {REFERENCE} and {OTHER}." in page
    assert page.lower().count("random initialisation") == 1
    assert f"By hand: {OTHER}." in page
