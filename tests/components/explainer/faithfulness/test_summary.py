import json

import numpy as np
import pytest

from components.evaluator.intervals import NO_SPREAD, interval_of_share, measure, resample
from components.explainer.faithfulness.summary import drawn_mean, summarise


def test_the_mean_of_hits_is_the_houses_accuracy() -> None:
    rng = np.random.default_rng(6)
    right, patients = rng.random(60) < 0.6, rng.integers(0, 25, 60)
    resampling = resample(patients, draws=500, seed=2)
    scores = np.where(right[:, None], [[0.9, 0.1]], [[0.1, 0.9]])
    expected = measure(np.zeros(60, int), scores, ("a", "b"), resampling)["accuracy"]
    found = drawn_mean(right.astype(float), resampling)
    assert found.values == pytest.approx(expected.values, abs=1e-6)
    assert found.groups == expected.groups
    row = summarise("gradcam", "pointing_game", right.astype(float), resampling, 0)
    of_house = interval_of_share(expected)
    assert (row.value, row.low, row.high) == pytest.approx((of_house.value, of_house.low, of_house.high), abs=1e-6)


def test_images_of_one_patient_are_drawn_together() -> None:
    # Twelve patients of ten equal images each: the interval is that of twelve values, not of 120.
    values = np.repeat(np.arange(12) / 11, 10)
    together = summarise("m", "v", values, resample(np.repeat(np.arange(12), 10), 2000), 0)
    apart = summarise("m", "v", values, resample(np.arange(120), 2000), 0)
    assert together.high - together.low > 2.5 * (apart.high - apart.low)
    assert (together.images, together.patients, apart.patients) == (120, 12, 120)


def test_what_could_not_be_judged_is_left_out_and_counted() -> None:
    values = np.array([0.2, np.nan, 0.4, np.nan])
    row = summarise("ace", "average_drop", values, resample(["a", "b", "c", "b"], 200), without_map=2)
    assert row.value == pytest.approx(0.3)
    assert (row.images, row.patients, row.without_map) == (2, 2, 2)
    assert row.low is None
    assert row.why_none == "fewer than 10 patients"


def test_nothing_judged_turns_into_json() -> None:
    row = summarise("ace", "relevance_mass", np.full(3, np.nan), resample([1, 2, 3], 200), 0, "lesions", 3)
    assert row.value is None
    assert json.loads(json.dumps(row.to_json(), allow_nan=False))["without_truth"] == 3


def test_a_draw_without_any_judged_image_is_undefined() -> None:
    values = np.array([0.5] + [np.nan] * 11)
    sampled = drawn_mean(values, resample(np.arange(12), 300, seed=1))
    assert np.isnan(sampled.values).any()
    assert set(sampled.values[~np.isnan(sampled.values)]) == {0.5}


@pytest.mark.parametrize(("value", "low", "high"), [(0.0, 0, 0.2646), (1.0, 0.7354, 1)])
@pytest.mark.parametrize("measure", ["pointing_game", "relevance_mass", "increase"])
def test_a_share_without_spread_has_the_exact_bound(measure, value, low, high) -> None:
    # Clopper and Pearson for twelve patients: 1 - 0.025 ** (1 / 12) = 0.2646.
    row = summarise("m", measure, np.full(12, value), resample(np.arange(12), 200), 0)
    assert (row.value, row.low, row.high) == (value, pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
    assert row.note == NO_SPREAD


def test_a_rank_correlation_is_no_share() -> None:
    row = summarise("a, b", "rank_correlation", np.ones(12), resample(np.arange(12), 200), 0)
    assert (row.low, row.high, row.note) == (1, 1, "")
