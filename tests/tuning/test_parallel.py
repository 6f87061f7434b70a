import itertools
import re

import pytest

from tests.tuning.searches import made_search
from tuning.parallel import parallel_coordinates
from tuning.trials import Search, Trial


def search_of(*trials, direction="max"):
    made = [Trial(str(place), "failed" if score is None else "completed", score, values) for place, (values, score) in enumerate(trials)]
    return Search(tuple(made), direction=direction)


def points(line):
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", line.path)]


def ticks(figure, name):
    (axis,) = [axis for axis in figure.axes if axis.name == name]
    return {tick.text: tick.position for tick in axis.ticks}


def line_of(figure, trial_id):
    (line,) = [line for line in figure.lines if line.name.startswith(f"trial {trial_id},")]
    return line


def test_one_axis_a_hyperparameter_and_the_score_last():
    figure = parallel_coordinates(made_search(16))
    assert [axis.name for axis in figure.axes] == ["stages", "width", "block", "learning rate", "score"]
    assert len(figure.lines) == 16
    assert all(0 <= x <= figure.width and figure.top <= y <= figure.bottom for line in figure.lines for x, y in points(line))
    assert figure.lines[-1].kind == "best"
    assert "16 trials as lines across stages, width, block, learning rate and score" in figure.description


def test_lines_pass_where_their_values_are():
    figure = parallel_coordinates(search_of(({"stages": 3, "block": "plain"}, 0.5), ({"stages": 5, "block": "residual"}, 0.9)))
    low, high = ticks(figure, "stages")["3"], ticks(figure, "stages")["5"]
    assert low > high
    assert points(line_of(figure, 0))[0][1] == pytest.approx(low)
    assert points(line_of(figure, 1))[0][1] == pytest.approx(high)
    assert points(line_of(figure, 1))[1][1] == pytest.approx(ticks(figure, "block")["residual"])
    assert points(line_of(figure, 1))[2][1] == pytest.approx(ticks(figure, "score")["0.9"])


def test_lines_of_one_value_lie_side_by_side_the_better_above():
    figure = parallel_coordinates(search_of(*(({"stages": 3}, score) for score in (0.7, 0.9, 0.8))))
    heights = [points(line_of(figure, number))[0][1] for number in (1, 2, 0)]
    assert heights == sorted(heights)
    assert len(set(heights)) == 3


@pytest.mark.parametrize(("direction", "kinds"), [("max", ["q0", "q2", "best"]), ("min", ["best", "q2", "q0"])])
def test_the_colour_is_the_score(direction, kinds):
    figure = parallel_coordinates(search_of(({"a": 1}, 0.1), ({"a": 2}, 0.5), ({"a": 3}, 0.9), direction=direction))
    assert [line_of(figure, number).kind for number in range(3)] == kinds


def test_a_trial_without_a_score_ends_before_the_last_axis():
    figure = parallel_coordinates(search_of(({"a": 1, "b": 2}, 0.5), ({"a": 2, "b": 1}, None)))
    assert line_of(figure, 1).kind == "fallen"
    assert [x for x, _ in points(line_of(figure, 1))] == [axis.x for axis in figure.axes[:2]]
    assert ("no score", "fallen") in figure.legend


def test_many_numbers_are_a_scale_and_those_of_many_magnitudes_a_logarithmic_one():
    numbers = [10.0**-place for place in range(10)]
    figure = parallel_coordinates(search_of(*(({"rate": number, "share": place}, 0.5) for place, number in enumerate(numbers))))
    heights = [points(line_of(figure, place))[0] for place in range(10)]
    gaps = [after[1] - before[1] for before, after in itertools.pairwise(heights)]
    assert gaps == pytest.approx([gaps[0]] * 9, abs=0.02)
    assert list(ticks(figure, "rate")) == ["1e-09", "3.2e-05", "1"]
    assert list(ticks(figure, "share")) == ["0", "4.5", "9"]


def test_a_value_that_a_trial_lacks_and_truth_values_have_their_place():
    figure = parallel_coordinates(search_of(({"a": True}, 0.5), ({"a": False, "b": "x" * 40}, 0.6)))
    assert set(ticks(figure, "a")) == {"False", "True"}
    assert set(ticks(figure, "b")) == {"x" * 12 + "...", "n/a"}


@pytest.mark.parametrize("search", [search_of(), search_of(({"a": 1}, None)), search_of(({}, 0.5))])
def test_nothing_to_lay_out(search):
    assert parallel_coordinates(search) is None
