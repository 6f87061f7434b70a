import pytest

from pipeline.experiments.choice import CHOSEN, chosen_cells


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
