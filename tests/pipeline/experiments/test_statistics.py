import subprocess
import sys

import numpy as np
import pytest

from components.base.errors import UsageError
from components.evaluator.intervals import Interval, bootstrap, interval
from components.evaluator.paired import holm
from pipeline.experiments.comparison import Change, Published
from pipeline.experiments.findings import find
from pipeline.experiments.statistics import compare
from pipeline.experiments.wording import spread

OTHER = "balance=none"
SEEDS = (1, 2, 3, 4)


def test_one_variant_has_the_interval_of_its_images(make_cell) -> None:
    cell = make_cell()
    (row,) = compare([cell], ["accuracy"]).rows
    answers = cell.predictions
    scores = np.array(answers.probabilities) / 10_000
    wanted = interval(bootstrap(answers.label, scores, answers.group, draws=2000, seed=2020)["accuracy"])
    assert row.estimates[0].interval == wanted
    assert (row.images, row.patients, row.seeds, row.reference) == (300, 150, (1,), True)
    assert row.estimates[0].change is None


def test_a_real_difference_is_found_and_a_small_one_is_not(make_cell) -> None:
    cells = [make_cell(seed=seed) for seed in SEEDS]
    cells += [make_cell(seed=seed, variant=variant, skill=skill) for seed in SEEDS for variant, skill in ((OTHER, 0.0), ("same", 0.3))]
    comparison = compare(cells, ["accuracy", "auc"])
    by_name = {row.variant: row for row in comparison.rows}
    assert [estimate.change.real for estimate in by_name[OTHER].estimates] == [True, True]
    assert [estimate.change.real for estimate in by_name["same"].estimates] == [False, False]
    assert by_name[OTHER].estimates[0].change.interval.high < 0
    assert comparison.comparisons == 4


@pytest.mark.parametrize(
    ("low", "high", "p", "real"),
    [
        (0.01, 0.05, 0.049, True),
        (0.01, 0.05, 0.05, False),
        (-0.01, 0.05, 0.01, False),
        (0.0, 0.05, 0.01, False),
        (-0.05, -0.01, 0.01, True),
    ],
)
def test_real_needs_the_corrected_p_and_the_interval(low: float, high: float, p: float, real: bool) -> None:
    assert Change(Interval((low + high) / 2, low, high, 50, 0.0), 0.001, p).real is real
    assert not Change(Interval(0.1, None, None, 5, 0.0, "fewer than 10 patients"), None, None).real


def test_values_and_differences_are_means_over_seeds(make_cell) -> None:
    cells = [make_cell(seed=seed, variant=variant) for seed in (1, 2, 3) for variant in ("balance=class_weight", OTHER)]
    reference, other = compare(cells, ["accuracy"]).rows

    def accuracy(cell) -> float:
        return float(np.mean(np.argmax(cell.predictions.probabilities, axis=1) == np.array(cell.predictions.label)))

    figures = {cell.seed: accuracy(cell) for cell in cells if cell.variant == OTHER}
    assert other.estimates[0].by_seed == pytest.approx(figures)
    assert other.estimates[0].interval.value == pytest.approx(np.mean(list(figures.values())))
    assert other.estimates[0].spread == pytest.approx(np.std(list(figures.values()), ddof=1))
    difference = other.estimates[0].change.interval.value
    assert difference == pytest.approx(other.estimates[0].interval.value - reference.estimates[0].interval.value)


def test_two_seeds_far_apart_leave_an_interval_that_says_little(make_cell) -> None:
    skills = {1: 0.5, 2: 0.0}
    cells = [make_cell(seed=seed, variant=variant, skill=skills[seed]) for seed in skills for variant in ("balance=class_weight", OTHER)]
    estimate = compare(cells, ["accuracy"]).rows[1].estimates[0]
    # Student's t of one degree of freedom reaches past every accuracy; no figure is beyond what an accuracy can be.
    assert (estimate.interval.low, estimate.interval.high) == (0, 1)
    assert estimate.change.interval.low == -1
    assert estimate.change.interval.high == 1
    one = compare([cell for cell in cells if cell.seed == 1], ["accuracy"]).rows[1].estimates[0]
    assert one.interval.high - one.interval.low < 0.15


def test_p_values_are_corrected_over_all_variants_and_metrics(make_cell) -> None:
    cells = [make_cell(), *(make_cell(variant=f"v{n}", skill=0.1 * n) for n in range(3))]
    comparison = compare(cells, ["accuracy", "macro_recall"])
    changes = [estimate.change for row in comparison.rows[1:] for estimate in row.estimates]
    assert comparison.comparisons == len(changes) == 6
    assert [change.corrected_p for change in changes] == holm([change.p for change in changes])
    assert any(change.corrected_p > change.p for change in changes)


def test_draws_grow_with_the_comparisons(make_cell) -> None:
    cells = [make_cell(), *(make_cell(variant=f"v{n}", skill=0, images=40) for n in range(13))]
    comparison = compare(cells, ["accuracy", "macro_recall"])
    assert comparison.draws == 80 * 14 * 2
    assert compare(cells[:2], ["accuracy"]).draws == 2000


def test_the_plan_orders_rows_and_names_what_is_missing(make_cell) -> None:
    cells = [make_cell(variant="z"), make_cell(variant="a"), make_cell()]
    comparison = compare(cells, ["accuracy"], planned={"z": 2, "balance=class_weight": 1, "a": 1, "never": 2})
    assert [row.variant for row in comparison.rows] == ["balance=class_weight", "z", "a", "never"]
    assert (comparison.cells, comparison.planned) == (3, 6)
    assert comparison.progress["z"] == (1, 2)
    assert comparison.rows[-1].estimates[0].why_none == "not measured yet"
    assert compare(cells, ["accuracy"]).planned is None


def test_unlike_images_are_not_compared(make_cell) -> None:
    row = compare([make_cell(), make_cell(variant=OTHER, images=302)], ["accuracy"]).rows[1]
    assert row.estimates[0].change.why_none == "not comparable with the reference: other images, or in another order"
    assert row.estimates[0].interval.low is not None
    missing = compare([make_cell(), make_cell(variant=OTHER, division="without cohen")], ["accuracy"]).rows[1]
    assert missing.estimates[0].change.why_none == "the reference has no result for without cohen"


def test_folds_by_image_are_paired_with_folds_by_patient(make_cell) -> None:
    def cells(kind: str, variant: str) -> list:
        return [make_cell(variant=variant, division=f"fold {n} by {kind}", images=100, first_patient=50 * n) for n in range(3)]

    comparison = compare([*cells("patient", "balance=class_weight"), *cells("image", OTHER)], ["accuracy"])
    assert comparison.several_divisions
    assert comparison.rows[0].images == 300
    assert comparison.rows[1].estimates[0].change.interval.low is not None


def test_what_cannot_be_identified_says_so(make_cell) -> None:
    comparison = compare([make_cell(), make_cell(variant=OTHER)], ["within_source_auc[covid19,normal]", "accuracy"])
    for row in comparison.rows:
        assert row.estimates[0].why_none == "not identifiable from this data"
        assert row.estimates[0].interval is None
    assert comparison.comparisons == 1


def test_a_missing_reference_and_mixed_code_are_said(make_cell) -> None:
    comparison = compare([make_cell(variant=OTHER), make_cell(variant=OTHER, seed=2, code="other")], ["accuracy"])
    assert comparison.warnings == (
        "the cells were measured with different versions of the code",
        "the reference is not measured yet, so there are no differences",
    )
    assert comparison.rows[0].estimates[0].change is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"experiment": "folds"}, r"of 2 experiments \(ablation; folds\)"),
        ({"reference": True}, "of 2 references"),
        ({"classes": ("normal", "pneumonia", "covid")}, "of 2 lists of classes"),
    ],
)
def test_what_does_not_belong_together_is_refused(make_cell, change: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        compare([make_cell(), make_cell(**{"variant": OTHER} | change)], ["accuracy"])


def test_empty_requests_are_refused(make_cell) -> None:
    with pytest.raises(UsageError, match="no cell is measured yet"):
        compare([], ["accuracy"])
    with pytest.raises(UsageError, match="at least one metric"):
        compare([make_cell()], [])
    figure = Published(name="Paper", metric="auc", value=0.9, citation="Doe 2020", comparable=True)
    with pytest.raises(UsageError, match="published figure of Paper: 'auc' is none of"):
        compare([make_cell()], ["accuracy"], published=[figure])


def test_findings_are_compared_one_by_one(make_cell) -> None:
    generator = np.random.default_rng(3)
    label = generator.integers(-1, 2, (200, 2))

    def predictions(skill: int) -> dict:
        scores = generator.integers(0, 5000, (200, 2)) + skill * (label == 1)
        return {
            "order": "o",
            "group": (np.arange(200) // 2).tolist(),
            "source": {"names": ["chest14"], "index": [0] * 200},
            "label": label.tolist(),
            "probabilities": scores.tolist(),
        }

    findings = {"task": "multilabel", "classes": ("effusion", "mass")}
    cells = [make_cell(predictions=predictions(4000), **findings), make_cell(variant=OTHER, predictions=predictions(0), **findings)]
    reference, other = compare(cells, ["auc", "auc[effusion]", "auc[mass]"]).rows
    values = [estimate.interval.value for estimate in reference.estimates]
    assert values[0] == pytest.approx((values[1] + values[2]) / 2)
    assert other.estimates[1].change.interval.high < 0
    assert other.estimates[1].images == int((label[:, 0] >= 0).sum())
    averaged = "Macro AUC averages 2 of 2 findings: effusion and mass."
    assert averaged in [finding.text for finding in find(compare(cells, ["auc", "auc[mass]"]))]
    with pytest.raises(UsageError, match="a multilabel task has auc"):
        compare(cells, ["accuracy"])


def test_a_comparison_opens_without_tensorflow() -> None:
    code = (
        "import sys, pipeline.experiments.page, pipeline.experiments.table, pipeline.experiments.statistics; "
        "sys.exit(bool({'tensorflow', 'tfx', 'apache_beam', 'keras'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_row_of_seeds_that_answer_alike_says_so(make_cell) -> None:
    solved = make_cell(variant=OTHER)
    cells = [make_cell(), make_cell(seed=2), solved, solved.model_copy(update={"seed": 2})]
    reference, other = compare(cells, ["accuracy"]).rows
    assert spread(other, other.estimates[0]) == ("seeds alike", "")
    assert (other.seeds, other.alike, other.cells) == ((1,), ((1, 2),), 2)
    assert "seeds 1 and 2 answer alike and count as one, as of a solved head: the seed changes nothing" in other.notes
    assert other.estimates[0].change.seeds == 1
    assert spread(reference, reference.estimates[0])[0].startswith("0.0")
    alone = compare([make_cell()], ["accuracy"]).rows[0]
    assert spread(alone, alone.estimates[0]) == ("one seed", "")


@pytest.mark.parametrize("metric", ["accuracy", "macro_recall", "macro_f1", "auc", "auc[covid19,normal]", "called[covid19]@guangzhou"])
def test_a_flawless_figure_has_an_interval_with_a_width(make_cell, metric: str) -> None:
    cells = [make_cell(skill=9.0, seed=seed, variant=variant, images=150) for seed in (1, 2) for variant in ("balance=class_weight", OTHER)]
    for row in compare(cells, [metric]).rows:
        found = row.estimates[0].interval
        assert found.value in (0.0, 1.0)
        assert 0 < (found.high if found.value == 0 else 1 - found.low) < 0.5
        assert (found.low, found.high)[int(found.value)] == found.value
    change = compare(cells, [metric]).rows[1].estimates[0].change.interval
    assert (change.low, change.high) == (0, 0)
