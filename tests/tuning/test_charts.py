import dataclasses
import re

import pytest

from tests.tuning.searches import made_search
from tuning.charts import curve_charts, history_chart, importance_chart, range_of
from tuning.importance import Importance
from tuning.trials import Search, Trial


def search_of(*scores, direction="max"):
    trials = [Trial(str(place), "failed" if score is None else "completed", score) for place, score in enumerate(scores)]
    return Search(tuple(trials), direction=direction)


def steps(path):
    return [letter for letter, _ in re.findall(r"([MHV])([^MHV]*)", path)]


def test_the_history_steps_up_at_each_new_best():
    chart = history_chart(search_of(0.5, 0.4, None, 0.7, 0.6))
    assert [dot.kind for dot in chart.dots] == ["s0", "s0", "failed", "best", "s0"]
    assert steps(chart.lines[0].path) == ["M", "H", "V", "H"]
    # The step lies where the fourth trial has its dot, and the line ends with the chart.
    assert f"H{chart.dots[3].x:g}V{chart.dots[3].y:g}H{chart.right:g}" in chart.lines[0].path
    assert chart.dots[3].y < chart.dots[4].y < chart.dots[0].y < chart.dots[1].y < chart.dots[2].y == chart.bottom
    assert chart.description.endswith("5 trials, 1 without a score. The first score is 0.5000, the best is 0.7000 of trial 3.")
    assert dict(chart.legend) == {"score": "s0 round", "best so far": "best", "no score": "failed round"}


def test_least_is_best_where_the_direction_says_so():
    chart = history_chart(search_of(0.5, 0.7, 0.4, direction="min"))
    assert [dot.kind for dot in chart.dots] == ["s0", "s0", "best"]
    assert chart.lines[0].path.count("V") == 1


@pytest.mark.parametrize("scores", [(0.5,), (0.5, 0.5), (0.0,), (None, None)])
def test_a_history_without_a_range_still_has_an_axis(scores):
    chart = history_chart(search_of(*scores))
    assert len({tick.position for tick in chart.y_ticks}) > 1
    assert all(chart.top <= dot.y <= chart.bottom for dot in chart.dots)
    assert bool(chart.lines) == (scores[0] is not None)


def test_no_trial_has_no_history():
    assert history_chart(Search(())) is None
    assert curve_charts(Search(())) == ()


def test_curves_show_both_splits_of_the_objective_and_the_loss_with_the_best_trial_on_top():
    search = made_search(10, objective="val_auc")
    charts = curve_charts(search)
    assert [chart.title for chart in charts] == ["AUC, train", "AUC, eval", "Loss, train", "Loss, eval"]
    best = max(search.trials, key=lambda trial: trial.score or 0)
    for chart in charts:
        # One of the ten failed before its first epoch ended.
        assert [line.kind for line in chart.lines] == ["other"] * 8 + ["best"]
        assert chart.lines[-1].name == f"trial {best.trial_id}"
    assert f"The best, trial {best.trial_id}, goes from {best.score - 0.1:.4g} to {best.score:.4g}." in charts[1].description
    # Both splits of a metric can be compared by eye.
    assert [tick.text for tick in charts[2].y_ticks] == [tick.text for tick in charts[3].y_ticks]


def test_one_wild_epoch_does_not_flatten_the_other_curves():
    search = made_search(12)
    wild = dataclasses.replace(search.trials[0], curves={**search.trials[0].curves, "val_loss": [4000.0, 0.9, 0.7]})
    chart = curve_charts(dataclasses.replace(search, trials=(wild, *search.trials[1:])))[-1]
    assert chart.title == "Loss, eval (1 value above 1.5 not drawn)"
    assert float(chart.y_ticks[-1].text) == 1.5
    assert curve_charts(search)[-1].title == "Loss, eval"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([0.2, 0.5, 0.9], (0.0, 1.0)),
        ([0.2, 0.5, 1.7], (0.0, 1.7)),
        ([-2.0, -0.5], (-2.0, -0.5)),
        ([0.5] * 19 + [50.0], (0.0, 1.0)),
        ([2.0] * 19 + [50.0], (0.0, 2.0)),
        ([0.0, 0.0], (0.0, 1.0)),
    ],
)
def test_ranges(known, expected):
    assert range_of(known) == expected


def test_without_a_best_trial_no_curve_stands_out():
    torn = Trial("0", "interrupted", curves={"loss": [1.0, 0.5]})
    (chart,) = curve_charts(Search((torn,)))
    assert [line.kind for line in chart.lines] == ["other"]
    assert chart.legend == ()


def test_bars_are_as_long_as_their_shares():
    chart = importance_chart(Importance({"block": 0.5, "learning_rate": 0.25}, 0.25, 0.9, 20))
    assert [tick.text for tick in chart.y_ticks] == ["block: 50.0 %", "learning rate: 25.0 %", "combinations: 25.0 %"]
    full = chart.right - chart.left
    assert [bar.width for bar in chart.bars] == pytest.approx([full / 2, full / 4, full / 4])
    assert [bar.kind for bar in chart.bars] == ["s0", "s0", "rest"]
