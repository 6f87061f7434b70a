"""Assess a model by its predictions: all measures of the test split, with choices made on eval."""

import numpy as np

from components.base.errors import UserError
from components.base.temperature import ModelTemperature, scale
from components.evaluator.assessment import Assessment, Calibration, Temperature
from components.evaluator.calibration import Probabilities, calibrate
from components.evaluator.choices import Choices, choose
from components.evaluator.config import EvaluatorConfig, validate_labels
from components.evaluator.intervals import LEVEL, resample
from components.evaluator.operating_points import Judged, apply_operating_point
from components.evaluator.slice_figures import measure_slices
from components.evaluator.slicing import make_slices
from components.evaluator.within_source import compare_within
from components.predictions.table import Predictions
from schemas.features import SOURCE


def assess(table: Predictions, config: EvaluatorConfig, seed: int, carried: ModelTemperature | None = None) -> Assessment:
    """Assess.

    Args:
      table: predictions of eval and test. Of eval only thresholds and the temperature are taken.
      config: the evaluator's section.
      seed: decides all that is drawn.
      carried: the temperature that the model was exported with; None where its training was not to fit one, and one is fitted here.
    Raises:
      UserError: there is no test image, a column that slices need is missing, or the probabilities are no numbers.
    """
    _check(table, config)
    return measure(table.subset(table.split == "test"), config, seed, choose(table.subset(table.split == "eval"), config, carried))


def measure(test: Predictions, config: EvaluatorConfig, seed: int, choices: Choices) -> Assessment:
    """Measure a model with choices that were made elsewhere.

    Args:
      test: predictions of images that chose nothing.
      config: the evaluator's section; its operating points are not read.
      seed: decides all that is drawn.
      choices: thresholds and temperature.
    Raises:
      UserError: as `assess`.
    """
    _check(test, config)
    classes = [str(name) for name in test.classes]
    slices = make_slices(test, config.slices)
    resampling = resample(test.group, config.draws, seed)
    probabilities = test.probabilities.astype(np.float64)
    by_source = make_slices(test, [(SOURCE,)])
    other: list[Calibration] = []
    if choices.temperature is not None:
        # The probabilities of a model that carries its temperature are never scaled again: it is taken off them.
        scaled = scale(probabilities, 1 / choices.temperature if choices.exported else choices.temperature)
        other = calibrate(Probabilities(test.label_index, scaled, resampling), by_source, config.calibration_bins, seed)
    return Assessment(
        classes=tuple(classes),
        draws=config.draws,
        seed=seed,
        level=LEVEL,
        splits={**choices.made_on, "test": {"images": len(test), "patients": len(np.unique(test.group))}},
        within_source=compare_within(test.label_index, probabilities, classes, test.source, resampling, config.least_in_pair),
        slices=measure_slices(test.label_index, probabilities, classes, test.source, resampling, slices, config.least_in_pair),
        operating_points=[
            apply_operating_point(
                point, classes, config.prevalence.get(point.label), Judged(test.label_index, test.probabilities), resampling
            )
            for point in choices.points
        ],
        calibration=calibrate(Probabilities(test.label_index, probabilities, resampling), by_source, config.calibration_bins, seed),
        temperature=Temperature(
            value=choices.temperature,
            note=choices.note,
            exported=choices.exported,
            eval_log_loss=choices.eval_log_loss,
            after=[] if choices.exported else other,
            without=other if choices.exported else [],
        ),
    )


def _check(table: Predictions, config: EvaluatorConfig) -> None:
    validate_labels(config, [str(name) for name in table.classes])
    if not np.isfinite(table.probabilities).all():
        raise UserError("The predictions hold probabilities that are no numbers: the model is damaged. Train again.")
