import pytest

from components.evaluator.assess import assess, measure
from components.evaluator.choices import choices_of, no_choices
from components.evaluator.config import EvaluatorConfig
from components.predictions.table import Predictions

POINT = {"label": "covid19", "sensitivity": 0.9}
CONFIG = EvaluatorConfig(draws=100, slices=(("source",),), operating_points=(POINT,), prevalence={"covid19": 0.02})


def test_earlier_choices_give_the_same_assessment_of_the_same_images(table: Predictions) -> None:
    earlier = assess(table, CONFIG, seed=3)
    assert measure(table.subset(table.split == "test"), CONFIG, 3, choices_of(earlier, CONFIG)) == earlier


def test_a_point_that_the_run_did_not_choose_has_no_threshold(table: Predictions) -> None:
    wanted = EvaluatorConfig(draws=100, operating_points=(POINT, {"label": "normal", "specificity": 0.8}))
    choices = choices_of(assess(table, CONFIG, seed=3), wanted)
    assert [(point.label, point.threshold is None, point.why) for point in choices.points] == [
        ("covid19", False, ""),
        ("normal", True, "the model's run chose no such threshold"),
    ]


def test_eval_that_gave_nothing_is_not_silent(table: Predictions) -> None:
    earlier = assess(table.subset((table.split == "test") | (table.label != "covid19")), CONFIG, seed=3)
    [point] = choices_of(earlier, CONFIG).points
    assert (point.threshold, point.why) == (None, "the eval split of the model's run gave no threshold")


def test_without_a_run_everything_that_needs_eval_says_why(table: Predictions) -> None:
    found = measure(table.subset(table.split == "test"), CONFIG, 3, no_choices(CONFIG, "no run"))
    assert found.operating_points[0].sensitivity.note == "n/a (no run)"
    assert (found.temperature.value, found.temperature.note, found.temperature.after) == (None, "no run", [])
    assert set(found.splits) == {"test"}
    assert found.slices[0].metrics["accuracy"].value == pytest.approx(
        (table.predicted_index == table.label_index)[table.split == "test"].mean()
    )
