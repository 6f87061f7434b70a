import pytest

from pipeline.experiments.comparison import Published
from pipeline.experiments.findings import find
from pipeline.experiments.statistics import compare

REFERENCE, OTHER = "balance=class_weight", "balance=none"
PAPER = Published(name="Net", metric="accuracy", value=0.999, citation="Doe 2020, table 2", comparable=True)


def said(comparison, kind: str) -> list[str]:
    return [finding.sentence for finding in find(comparison) if finding.kind == kind]


@pytest.fixture(scope="module")
def cells(make_cell):
    variants = ((REFERENCE, 0.3), (OTHER, 0.0), ("as good", 0.3))
    return [make_cell(seed=seed, variant=variant, skill=skill) for seed in (1, 2, 3, 4) for variant, skill in variants]


def test_what_is_real_and_what_is_not(cells) -> None:
    comparison = compare(cells, ["accuracy"])
    change = comparison.rows[1].estimates[0].change
    (real,) = said(comparison, "real")
    found = change.interval
    assert real == (
        f"Accuracy, real differences: balance=none is lower than the reference by {-found.value:.3f} "
        f"({found.low:+.3f} to {found.high:+.3f}, corrected p = {change.corrected_p:.3f})."
    )
    (chance,) = said(comparison, "chance")
    assert chance == "Accuracy, not told from chance: 1 difference, on 300 images of 150 patients."
    (named,) = (finding.details for finding in find(comparison) if finding.kind == "chance")
    assert named.startswith("as good (")
    text = " ".join(finding.sentence for finding in find(comparison))
    assert "better" not in text
    assert "worse" not in text


def test_one_seed_speaks_of_the_trained_model_alone(cells) -> None:
    comparison = compare([cell for cell in cells if cell.seed == 1], ["accuracy"])
    assert not said(comparison, "real")
    assert "than the reference by" in said(comparison, "single")[0]
    assert "They do not cover the training seed: every row has one" in said(comparison, "scope")[1]
    mixed = compare([cell for cell in cells if cell.seed == 1 or cell.variant != "as good"], ["accuracy"])
    assert said(mixed, "scope")[1].endswith("Rows of one seed do not cover the seed: as good.")


def test_the_number_of_comparisons_and_the_draws_are_said(cells) -> None:
    comparison = compare(cells, ["accuracy", "auc"])
    number, covered, _ = said(comparison, "scope")
    assert number.startswith("4 comparisons made.")
    assert "from 2,000 draws of patients" in covered
    assert "each draw adds to the mean over seeds an error from a t distribution" in covered
    assert said(compare(cells[:1], ["accuracy"]), "scope")[0] == "No difference was tested."


def test_eval_is_not_test(make_cell) -> None:
    assert (
        "These are eval images, on which choices are made, and not test images." in said(compare([make_cell()], ["accuracy"]), "scope")[2]
    )
    folds = [make_cell(division=f"fold {n} by patient", images=100, first_patient=50 * n) for n in range(2)]
    assert "share most of their training images" in said(compare(folds, ["accuracy"]), "scope")[2]


def test_an_auc_over_folds_says_what_it_ranks(cells, make_cell) -> None:
    folds = [make_cell(division=f"fold {n} by patient", images=100, first_patient=50 * n) for n in range(2)]
    told = said(compare(folds, ["accuracy", "auc"]), "scope")
    assert told[3].startswith("An AUC over folds ranks images within a fold and weighs folds by their pairs")
    assert len(said(compare(folds, ["accuracy"]), "scope")) == len(said(compare(cells, ["auc"]), "scope")) == 3


def test_missing_cells_are_counted_and_named(cells) -> None:
    cells = [cell for cell in cells if cell.seed < 3]
    plan = {REFERENCE: 2, OTHER: 3, "as good": 2, "never": 2}
    assert said(compare(cells, ["accuracy"], plan), "progress") == [
        "6 of 9 cells measured; incomplete: balance=none (2 of 3) and never (0 of 2)."
    ]
    plan = {REFERENCE: 2, OTHER: 2, "as good": 2}
    assert said(compare(cells, ["accuracy"], plan), "progress") == ["6 of 6 cells measured."]
    assert said(compare(cells, ["accuracy"]), "progress") == ["6 cells measured; how many were planned is not known."]


def test_what_is_not_compared_has_its_reason(make_cell) -> None:
    comparison = compare([make_cell(), make_cell(variant=OTHER, division="without cohen")], ["accuracy"])
    assert said(comparison, "none") == [
        "Accuracy, not compared: balance=none (without cohen) (the reference has no result for without cohen)."
    ]


def test_few_patients_are_not_compared(make_cell) -> None:
    comparison = compare([make_cell(images=16), make_cell(images=16, variant=OTHER)], ["accuracy"])
    assert said(comparison, "none") == ["Accuracy, not compared: balance=none (fewer than 10 patients)."]
    assert comparison.comparisons == 0


def test_random_initialisation_is_not_ranked_against_a_paper(make_cell) -> None:
    cells = [make_cell(), make_cell(variant="pretrained", notes=("ImageNet weights",))]
    (text,) = said(compare(cells, ["accuracy"], published=[PAPER]), "published")
    assert text == (
        "Accuracy of Net is published as 0.999 (Doe 2020, table 2); that is above the interval of pretrained. "
        "Not ranked against it, being of random initialisation: balance=class_weight."
    )
    low = PAPER.model_copy(update={"value": 0.001})
    assert "below the interval of pretrained" in said(compare(cells, ["accuracy"], published=[low]), "published")[0]
    other = PAPER.model_copy(update={"comparable": False, "why": "other images"})
    assert said(compare(cells, ["accuracy"], published=[other]), "published") == [
        "Accuracy of Net is published as 0.999 (Doe 2020, table 2); it is not comparable: other images."
    ]


def test_seeds_that_answer_alike_are_no_evidence_of_a_setting(make_cell) -> None:
    solved = make_cell(variant=OTHER, skill=0.0)
    cells = [make_cell(seed=seed) for seed in (1, 2, 3, 4)]
    cells += [solved.model_copy(update={"seed": seed}) for seed in (1, 2)]
    comparison = compare(cells, ["accuracy"])
    change = comparison.rows[1].estimates[0].change
    assert (change.beyond_patients, change.real) == (True, False)
    assert not said(comparison, "real")
    assert "balance=none is lower than the reference" in said(comparison, "single")[0]
    number, covered, *_ = said(comparison, "scope")
    assert "two seeds or more that do not answer alike" in number
    assert covered.endswith("Rows of one seed, or of seeds that answer alike, do not cover the seed: balance=none.")
    alone = compare(cells[4:], ["accuracy"])
    assert "every row has one, or several that answer alike, and another seed" in said(alone, "scope")[1]


def test_an_exact_bound_is_said_to_be_one(make_cell) -> None:
    perfect = "Where errors or patients are few, the interval of a figure, not of a difference, reaches to an exact bound: Accuracy."
    assert perfect in said(compare([make_cell(skill=9.0)], ["accuracy", "called[covid19]"]), "scope")
    assert perfect not in said(compare([make_cell()], ["accuracy"]), "scope")
