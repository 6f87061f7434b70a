import pytest

from pipeline.experiments.choice import CHOSEN, chosen_cells
from pipeline.experiments.findings import find
from pipeline.experiments.statistics import compare
from pipeline.experiments.table import training_rows


@pytest.fixture(scope="module")
def cells(make_cell):
    return [make_cell(seed=seed, variant=variant, skill=0.3) for seed in (1, 2) for variant in ("first", "second")]


def test_each_fold_takes_the_variant_that_is_best_on_its_own_inner_images(cells):
    scores = {("first", 1): 0.7, ("second", 1): 0.8, ("first", 2): 0.9, ("second", 2): 0.8}
    scored = [cell.model_copy(update={"inner_score": scores[cell.variant, cell.seed]}) for cell in cells]
    chosen = chosen_cells(scored)
    assert {cell.variant for cell in chosen} == {CHOSEN}
    by_seed = {cell.seed: cell for cell in chosen}
    wanted = {1: "second", 2: "first"}
    for cell in scored:
        assert (by_seed[cell.seed].predictions == cell.predictions) == (cell.variant == wanted[cell.seed])
    assert not any(cell.reference for cell in chosen)
    assert chosen[0].notes == ("chosen: second 1 times, first 1 times",)


def test_without_a_score_or_a_variant_nothing_is_chosen(cells):
    assert chosen_cells(cells) == []
    scored = [cell.model_copy(update={"inner_score": 0.5}) for cell in cells]
    assert [cell.seed for cell in chosen_cells(scored[1:])] == [2]


def test_each_family_of_folds_says_what_was_chosen_in_its_own(make_cell):
    def scored(variant, kind, fold, score):
        cell = make_cell(variant=variant, division=f"fold {fold} by {kind}", images=100, first_patient=50 * fold)
        return cell.model_copy(update={"inner_score": score})

    cells = [scored("first", "image", fold, 0.9) for fold in range(2)] + [scored("second", "image", fold, 0.8) for fold in range(2)]
    cells += [scored("first", "patient", fold, 0.7) for fold in range(2)] + [
        scored("second", "patient", fold, 0.6 + 0.2 * fold) for fold in range(2)
    ]
    notes = {cell.family: cell.notes for cell in chosen_cells(cells)}
    assert notes == {"folds by image": ("chosen: first 2 times",), "folds by patient": ("chosen: first 1 times, second 1 times",)}


def test_chosen_cells_are_copies_and_not_counted_again(make_cell):
    cells = [
        make_cell(variant=variant, division=f"fold {fold} by {kind}", images=100, first_patient=50 * fold).model_copy(
            update={"inner_score": 0.5}
        )
        for variant in ("balance=class_weight", "second")
        for kind in ("image", "patient")
        for fold in range(2)
    ]
    planned = {"balance=class_weight": 4, "second": 4}
    comparison = compare([*cells, *chosen_cells(cells)], ["accuracy"], {**planned, CHOSEN: 4})
    assert (comparison.cells, comparison.planned) == (8, 8)
    assert find(comparison)[0].text == "8 of 8 cells measured."
    # Times are those of one family of divisions, and so are the cells beside them.
    assert [row[:2] for row in training_rows(comparison)] == [
        ("balance=class_weight (folds by image)", "2"),
        ("balance=class_weight (folds by patient)", "2"),
        ("second (folds by image)", "2"),
        ("second (folds by patient)", "2"),
        (f"{CHOSEN} (folds by image)", "2 chosen"),
        (f"{CHOSEN} (folds by patient)", "2 chosen"),
    ]
