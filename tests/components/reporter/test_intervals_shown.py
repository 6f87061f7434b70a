import pytest

from components.evaluator.assessment import Figure
from components.evaluator.intervals import Interval
from components.reporter.intervals_shown import Remarks, interval_plot, interval_text, remark, shown

SURE = Figure(value=0.9, low=0.8, high=0.95)
EXACT = Figure(value=1.0, low=0.8, high=1.0, note="the same in every draw; exact bound")
BARE = Interval(0.9, None, None, 8, 0.0, "fewer than 10 patients")
NONE = Figure(value=None, low=None, high=None, note="n/a (one class)")


@pytest.mark.parametrize(
    ("figure", "text"), [(SURE, "0.900 (0.800 to 0.950)"), (EXACT, "1.000 (0.800 to 1.000)"), (BARE, "0.900"), (NONE, "n/a (one class)")]
)
def test_figures_in_sentences(figure, text: str) -> None:
    assert shown(figure) == text


def test_an_excess_bears_its_sign() -> None:
    assert shown(SURE, signed=True) == "+0.900 (0.800 to 0.950)"


def test_remarks_are_told_once_by_their_letters() -> None:
    remarks = Remarks()
    assert [remarks.letter(figure) for figure in (BARE, SURE, EXACT, NONE, BARE)] == ["a", "", "b", "", "a"]
    assert remarks.told == (("a", "no interval: fewer than 10 patients"), ("b", "the same in every draw; exact bound"))


def test_letters_do_not_run_out() -> None:
    remarks = Remarks()
    letters = [remarks.letter(Figure(value=0.5, low=None, high=None, note=f"reason {index}")) for index in range(30)]
    assert letters[25:28] == ["z", "aa", "ab"]
    assert len(set(letters)) == 30


def test_both_kinds_of_figures_say_why() -> None:
    assert (remark(BARE), remark(NONE)) == ("fewer than 10 patients", "n/a (one class)")
    assert interval_text(BARE) == ""


def test_a_plot_lies_between_its_edges() -> None:
    plot = interval_plot(Figure(value=0.5, low=0.0, high=1.0), mark=0.5)
    assert plot is not None
    assert (plot.low, plot.dot, plot.high, plot.mark) == (6, 60, 114, 60)
    assert plot.text == "0.500, 95 % interval 0.000 to 1.000, drawn from 0 to 1"


def test_without_interval_there_is_a_dot_alone_and_without_value_nothing() -> None:
    plot = interval_plot(BARE, -1, 1)
    assert plot is not None
    assert (plot.low, plot.high, plot.mark) == (None, None, None)
    assert plot.dot == pytest.approx(6 + 108 * 0.95)
    assert interval_plot(NONE) is None
