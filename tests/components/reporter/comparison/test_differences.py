from dataclasses import replace

import numpy as np
import pytest

from components.evaluator.config import EvaluatorConfig
from components.evaluator.intervals import interval, measure, resample
from components.reporter.comparison.differences import NO_SPREAD, measure_differences
from components.reporter.comparison.side import Side

CONFIG = EvaluatorConfig(slices=(("source",), ("view",)), draws=200)


def test_the_difference_is_the_second_less_the_first_over_the_same_draws(sides: tuple[Side, Side]) -> None:
    first, second = (side.predictions for side in sides)
    found = measure_differences(first, second, CONFIG, 3)
    assert found.draws == 100 * 7  # the whole, three sources, three views
    drawn = resample(first.group, found.draws, 3)
    ours, theirs = (measure(table.label_index, table.probabilities, first.classes.tolist(), drawn)["accuracy"] for table in (first, second))
    wanted = interval(replace(theirs, values=np.round(theirs.values - ours.values, 12)))
    figure = found.by_slice[(), "accuracy"].figure
    assert (figure.value, figure.low, figure.high) == pytest.approx((wanted.value, wanted.low, wanted.high))
    assert figure.value == pytest.approx(
        (second.predicted_index == second.label_index).mean() - (first.predicted_index == first.label_index).mean()
    )
    assert figure.value > 0


def test_pairs_within_sources_are_among_the_metrics_and_by_source(sides: tuple[Side, Side]) -> None:
    first, second = (side.predictions for side in sides)
    found = measure_differences(first, second, CONFIG, 3)
    # Only one source of the simulated data holds two classes.
    assert set(found.by_source) == {(("normal", "pneumonia"), "nih")}
    pooled = found.by_slice[(), "within_source_auc/normal/pneumonia"]
    assert pooled.figure == found.by_source[("normal", "pneumonia"), "nih"].figure
    assert pooled.corrected_p is not None
    unknown = found.by_slice[(), "within_source_auc/normal/covid19"]
    assert (unknown.figure.value, unknown.corrected_p) == (None, None)


def test_a_model_does_not_differ_from_itself(sides: tuple[Side, Side]) -> None:
    first = sides[0].predictions
    found = measure_differences(first, first, CONFIG, 3)
    assert found.alike
    values = {paired.figure.value for paired in found.by_slice.values()} - {None}
    assert values == {0.0}
    assert all(paired.figure.low is None for paired in found.by_slice.values())
    assert NO_SPREAD in {paired.figure.why_none for paired in found.by_slice.values()}


def test_slices_that_the_runs_see_otherwise_are_left_out(sides: tuple[Side, Side]) -> None:
    first, second = (side.predictions for side in sides)
    found = measure_differences(first, replace(second, view=np.roll(second.view, 1)), CONFIG, 3)
    assert {where for where, _ in found.by_slice} == {(), *((("source", name),) for name in np.unique(first.source))}
