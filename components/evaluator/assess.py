"""Assess a model by its predictions: all measures of the test split, with choices made on eval."""

import numpy as np

from components.base.errors import UserError
from components.evaluator.assessment import Assessment, Calibration, Temperature
from components.evaluator.calibration import Probabilities, calibrate
from components.evaluator.config import EvaluatorConfig, validate_labels
from components.evaluator.intervals import LEVEL, resample
from components.evaluator.operating_points import Judged, apply_operating_point
from components.evaluator.slice_figures import measure_slices
from components.evaluator.slicing import make_slices
from components.evaluator.temperature import fit_temperature, log_losses, scale
from components.evaluator.within_source import compare_within
from components.predictions.table import Predictions
from schemas.features import SOURCE


def assess(table: Predictions, config: EvaluatorConfig, seed: int) -> Assessment:
    """Assess.

    Args:
      table: predictions of eval and test. Of eval only thresholds and the temperature are taken.
      config: the evaluator's section.
      seed: decides all that is drawn.
    Raises:
      UserError: there is no test image, a column that slices need is missing, or the probabilities are no numbers.
    """
    classes = [str(name) for name in table.classes]
    validate_labels(config, classes)
    if not np.isfinite(table.probabilities).all():
        raise UserError("The predictions hold probabilities that are no numbers: the model is damaged. Train again.")
    chosen_on, test = table.subset(table.split == "eval"), table.subset(table.split == "test")
    slices = make_slices(test, config.slices)
    resampling = resample(test.group, config.draws, seed)
    probabilities = test.probabilities.astype(np.float64)
    by_source = make_slices(test, [(SOURCE,)])

    value, note = fit_temperature(chosen_on.label_index, chosen_on.probabilities)
    after: list[Calibration] = []
    eval_log_loss: tuple[float, float] | None = None
    if value is not None:
        scaled = scale(probabilities, value)
        after = calibrate(Probabilities(test.label_index, scaled, resampling), by_source, config.calibration_bins, seed)
        before = log_losses(chosen_on.label_index, chosen_on.probabilities)
        eval_log_loss = float(before.mean()), float(log_losses(chosen_on.label_index, scale(chosen_on.probabilities, value)).mean())
    return Assessment(
        classes=tuple(classes),
        draws=config.draws,
        seed=seed,
        level=LEVEL,
        splits={
            split: {"images": len(part), "patients": len(np.unique(part.group))} for split, part in (("eval", chosen_on), ("test", test))
        },
        within_source=compare_within(test.label_index, probabilities, classes, test.source, resampling, config.least_in_pair),
        slices=measure_slices(test.label_index, probabilities, classes, test.source, resampling, slices, config.least_in_pair),
        operating_points=[
            apply_operating_point(
                point,
                classes,
                config.prevalence.get(point.label),
                Judged(chosen_on.label_index, chosen_on.probabilities),
                Judged(test.label_index, test.probabilities),
                resampling,
            )
            for point in config.operating_points
        ],
        calibration=calibrate(Probabilities(test.label_index, probabilities, resampling), by_source, config.calibration_bins, seed),
        temperature=Temperature(value=value, note=note, eval_log_loss=eval_log_loss, after=after),
    )
