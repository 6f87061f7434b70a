"""What is chosen on eval before test is looked at: thresholds and the temperature."""

from dataclasses import dataclass

import numpy as np

from components.base.temperature import ModelTemperature, fit_temperature, log_losses, scale
from components.evaluator.assessment import Assessment
from components.evaluator.config import EvaluatorConfig
from components.evaluator.operating_points import ChosenPoint, Judged, choose_operating_point
from components.predictions.table import Predictions

_NONE = "the eval split of the model's run gave no threshold"
_NOT_CHOSEN = "the model's run chose no such threshold"


@dataclass(frozen=True)
class Choices:
    """The choices.

    Attributes:
      points: thresholds.
      temperature: None where there is none.
      note: why there is no temperature, else empty.
      exported: the model carries the temperature: its probabilities are scaled by it.
      eval_log_loss: without and with the temperature; None where there is none, or no eval.
      made_on: "eval" to its images and patients; empty where there was no eval.
    """

    points: tuple[ChosenPoint, ...]
    temperature: float | None
    note: str
    exported: bool
    eval_log_loss: tuple[float, float] | None
    made_on: dict[str, dict[str, int]]


def choose(chosen_on: Predictions, config: EvaluatorConfig, carried: ModelTemperature | None = None) -> Choices:
    """Choose on the predictions of eval.

    Args:
      chosen_on: the eval split, with the probabilities that the model gives.
      config: the evaluator's section.
      carried: what became of the temperature in the training; None where it was to fit none, and one is fitted here.
    """
    classes = [str(name) for name in chosen_on.classes]
    judged = Judged(chosen_on.label_index, chosen_on.probabilities)
    temperature, note, exported = _carried(carried) or (*fit_temperature(judged.label_index, judged.probabilities), False)
    losses: tuple[float, float] | None = None
    if temperature is not None and len(chosen_on):
        here = judged.probabilities.astype(np.float64)
        there = scale(here, 1 / temperature if exported else temperature)
        without, scaled = (float(log_losses(judged.label_index, each).mean()) for each in ((there, here) if exported else (here, there)))
        losses = without, scaled
    return Choices(
        points=tuple(choose_operating_point(point, classes, judged) for point in config.operating_points),
        temperature=temperature,
        note=note,
        exported=exported,
        eval_log_loss=losses,
        made_on={"eval": {"images": len(chosen_on), "patients": len(np.unique(chosen_on.group))}},
    )


def choices_of(earlier: Assessment, config: EvaluatorConfig) -> Choices:
    """Take the choices that an assessment of the same model was made with.

    An operating point that the configuration wants and the assessment lacks has no threshold, and says so.
    """
    points = [
        ChosenPoint(point.label, point.aim, point.wanted, point.threshold, point.on_eval, why="" if point.threshold is not None else _NONE)
        for point in earlier.operating_points
    ]
    there = {(point.label, point.aim, point.wanted) for point in points}
    points += [
        ChosenPoint(point.label, *point.aim, threshold=None, on_eval={}, why=_NOT_CHOSEN)
        for point in config.operating_points
        if (point.label, *point.aim) not in there
    ]
    temperature = earlier.temperature
    made_on = {split: counts for split, counts in earlier.splits.items() if split == "eval"}
    return Choices(tuple(points), temperature.value, temperature.note, temperature.exported, temperature.eval_log_loss, made_on)


def no_choices(config: EvaluatorConfig, why: str, carried: ModelTemperature | None = None) -> Choices:
    """Say of every operating point that is asked for, and of a temperature that the model does not carry itself, why there is none."""
    points = [ChosenPoint(point.label, *point.aim, threshold=None, on_eval={}, why=why) for point in config.operating_points]
    temperature, note, exported = _carried(carried) or (None, why, False)
    return Choices(tuple(points), temperature, note, exported, None, {})


def _carried(carried: ModelTemperature | None) -> tuple[float | None, str, bool] | None:
    return None if carried is None else (carried.value, carried.note, carried.applied)
