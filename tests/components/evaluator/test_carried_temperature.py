"""The assessment of a model that carries its temperature: never scaled twice, and compared with what it was without it."""

from dataclasses import replace

import numpy as np
import pytest

from components.base.temperature import ModelTemperature, fit_temperature, scale
from components.evaluator.assess import assess, measure
from components.evaluator.assessment import Assessment
from components.evaluator.choices import choices_of
from components.evaluator.config import EvaluatorConfig
from components.predictions.table import Predictions

CONFIG = EvaluatorConfig(draws=100, slices=(("source",),), operating_points=({"label": "covid19", "sensitivity": 0.9},))
KEPT_BY_A_TEMPERATURE = ("accuracy", "macro_recall", "macro_f1", "recall/", "precision/", "specificity/", "f1/")


@pytest.fixture(scope="module")
def carried(table: Predictions) -> ModelTemperature:
    on_eval = table.subset(table.split == "eval")
    value, note = fit_temperature(on_eval.label_index, on_eval.probabilities)
    return ModelTemperature(value=value, note=note, applied=True, eval_images=len(on_eval))


@pytest.fixture(scope="module")
def exported(table: Predictions, carried: ModelTemperature) -> Predictions:
    """What the same model answers with its temperature in its weights."""
    assert carried.value is not None
    return replace(table, probabilities=scale(table.probabilities, carried.value).astype(np.float32))


@pytest.fixture(scope="module")
def plain(table: Predictions) -> Assessment:
    return assess(table, CONFIG, seed=3)


@pytest.fixture(scope="module")
def found(exported: Predictions, carried: ModelTemperature) -> Assessment:
    return assess(exported, CONFIG, 3, carried)


def test_it_is_the_same_comparison_from_the_other_side(plain: Assessment, found: Assessment) -> None:
    assert (plain.temperature.exported, found.temperature.exported) == (False, True)
    assert found.temperature.value == plain.temperature.value
    assert found.temperature.eval_log_loss == pytest.approx(plain.temperature.eval_log_loss, abs=1e-6)
    assert (plain.temperature.without, found.temperature.after) == ([], [])
    sides = ((found.calibration, plain.temperature.after), (found.temperature.without, plain.calibration))
    for ours, theirs in sides:
        assert [part.slice for part in ours] == [part.slice for part in theirs]
        assert [part.log_loss.value for part in ours] == pytest.approx([part.log_loss.value for part in theirs], abs=1e-6)
        assert [part.brier.value for part in ours] == pytest.approx([part.brier.value for part in theirs], abs=1e-6)
    assert found.calibration[0].log_loss.value != pytest.approx(plain.calibration[0].log_loss.value, abs=1e-3)


def test_the_exported_probabilities_need_no_further_temperature(exported: Predictions) -> None:
    on_eval = exported.subset(exported.split == "eval")
    assert fit_temperature(on_eval.label_index, on_eval.probabilities)[0] == pytest.approx(1.0, abs=1e-4)


def test_words_name_the_probabilities_of_the_model_first(plain: Assessment, found: Assessment) -> None:
    assert list(plain.calibrations) == ["as they are", "after the temperature"]
    assert plain.calibrations["after the temperature"] is plain.temperature.after
    assert list(found.calibrations) == ["as exported, with the temperature", "without it"]
    assert list(found.calibrations.values()) == [found.calibration, found.temperature.without]


def test_answers_and_pairs_within_sources_stay(plain: Assessment, found: Assessment) -> None:
    for before, after in zip(plain.slices, found.slices, strict=True):
        kept = [name for name in before.metrics if name.startswith(KEPT_BY_A_TEMPERATURE)]
        assert len(kept) == 3 + 4 * 3
        assert [after.metrics[name] for name in kept] == [before.metrics[name] for name in kept]
        assert after.confusion == before.confusion
    pairs = [[pair.pooled.value for pair in each.within_source if pair.pooled.value is not None] for each in (plain, found)]
    assert len(pairs[0]) == 1
    # Two scores that differ in the last digit of float32 may tie once they are scaled.
    assert pairs[1] == pytest.approx(pairs[0], abs=1e-3)


def test_thresholds_are_of_the_probabilities_that_the_model_gives(exported: Predictions, found: Assessment, plain: Assessment) -> None:
    [point], [before] = found.operating_points, plain.operating_points
    on_eval = exported.subset(exported.split == "eval")
    of_class = on_eval.probabilities[on_eval.label == "covid19", 2]
    assert point.threshold in of_class.astype(np.float64)
    assert (of_class >= point.threshold).mean() == point.on_eval["sensitivity"] == before.on_eval["sensitivity"]
    assert point.threshold != before.threshold


def test_earlier_choices_keep_what_the_model_carries(exported: Predictions, found: Assessment) -> None:
    assert measure(exported.subset(exported.split == "test"), CONFIG, 3, choices_of(found, CONFIG)) == found


def test_a_temperature_that_training_could_not_fit_is_not_fitted_here(table: Predictions) -> None:
    found = assess(table, CONFIG, 3, ModelTemperature(value=None, note="all right", applied=False, eval_images=200))
    temperature = found.temperature
    assert (temperature.value, temperature.note, temperature.exported, temperature.eval_log_loss) == (None, "all right", False, None)
    assert list(found.calibrations) == ["as they are"]


def test_without_eval_predictions_the_carried_temperature_is_still_told(exported: Predictions, carried: ModelTemperature) -> None:
    found = assess(exported.subset(exported.split == "test"), CONFIG, 3, carried)
    assert (found.temperature.value, found.temperature.eval_log_loss) == (carried.value, None)
    assert found.temperature.without


def test_an_assessment_of_before_still_loads(plain: Assessment) -> None:
    content = plain.model_dump(mode="json")
    del content["temperature"]["exported"], content["temperature"]["without"]
    assert Assessment.model_validate(content) == plain
