import csv
import io

import numpy as np
import pytest

from components.evaluator.intervals import resample
from components.evaluator.paired import holm
from pipeline.experiments.metric import parse_metric
from pipeline.experiments.page import render_page
from pipeline.experiments.pooling import pool
from pipeline.experiments.sampling import Sampler
from pipeline.experiments.statistics import compare
from pipeline.experiments.table import between_tables, render

REFERENCE, OTHER = "balance=class_weight", "balance=none"
TITLE = "Folds by image less folds by patient"


@pytest.fixture(scope="module")
def cells(make_cell):
    """`OTHER` is better by image than by patient."""
    return [
        make_cell(variant=variant, division=f"fold {fold} by {kind}", images=100, first_patient=50 * fold, seed=seed, skill=skill)
        for seed in (1, 2, 3, 4)
        for variant, kind, skill in ((REFERENCE, "patient", 0.3), (OTHER, "patient", 0.0), (OTHER, "image", 0.4))
        for fold in range(3)
    ]


def test_by_image_less_by_patient_is_paired_by_patient(cells) -> None:
    one = [cell for cell in cells if cell.seed == 1]
    comparison = compare(one, ["accuracy"])
    (between,) = comparison.between
    assert (between.variant, between.first, between.second) == (OTHER, "folds by image", "folds by patient")
    drawn = {}
    for series in pool([cell for cell in one if cell.variant == OTHER]):
        answers = series.answers[1]
        resampling = resample(answers.group, comparison.draws, comparison.seed)
        drawn[series.family] = Sampler(answers, comparison.classes, resampling).sample(parse_metric("accuracy")).values
    differences = drawn["folds by image"] - drawn["folds by patient"]
    found = between.change.interval
    assert found.value == pytest.approx(differences[0])
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(differences[1:], [0.025, 0.975])))
    # One seed: the draw of patients does not explain it, the luck of the training still may.
    assert (between.change.beyond_patients, between.change.real) == (True, False)


def test_its_p_is_corrected_with_all_others(cells) -> None:
    comparison = compare(cells, ["accuracy", "auc"])
    changes = [estimate.change for row in comparison.rows for estimate in row.estimates if estimate.change]
    changes += [between.change for between in comparison.between]
    assert comparison.comparisons == len(changes) == 6
    assert [change.corrected_p for change in changes] == holm([change.p for change in changes])
    assert comparison.between[0].change.real
    # A variant of one division has none.
    assert {between.variant for between in comparison.between} == {OTHER}


def test_each_has_a_line(cells) -> None:
    comparison = compare(cells, ["accuracy", "auc"])
    rows = between_tables(comparison)[TITLE]
    assert [row[:2] for row in rows] == [(OTHER, "Accuracy"), (OTHER, "Macro AUC")]
    value = comparison.between[0].change.interval.value
    assert (rows[0][2], rows[0][-1]) == (f"{value:+.3f}", "real")
    assert f"**{TITLE}**" in render(comparison, "markdown")
    line = next(line for line in csv.DictReader(io.StringIO(render(comparison, "csv"))) if line["division"] == TITLE.lower())
    assert (line["variant"], float(line["difference"])) == (OTHER, pytest.approx(value, abs=1e-5))
    page = render_page(comparison)
    assert f"<h3>{TITLE}</h3>" in page
    assert f"<b>{value:+.3f}</b>" in page
    assert "less folds by patient" not in render(compare([cell for cell in cells if "patient" in cell.division], ["auc"]), "table")


def test_folds_of_other_images_are_not_compared(cells) -> None:
    fewer = [cell for cell in cells if cell.division != "fold 2 by image"]
    change = compare(fewer, ["accuracy"]).between[0].change
    assert (change.interval, change.why_none) == (None, "the folds do not hold the same images")
    assert between_tables(compare(fewer, ["accuracy"]))[TITLE][0][-1] == "none: the folds do not hold the same images"
