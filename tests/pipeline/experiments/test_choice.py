from pipeline.experiments.choice import CHOSEN, chosen_cells


def test_each_fold_takes_the_variant_that_is_best_on_its_own_inner_images(cells):
    scores = {"reference": 0.7, "as good": 0.8}
    scored = [
        cell.model_copy(update={"inner_score": scores.get(cell.variant, 0.1) + 0.2 * (cell.seed == 2) * cell.reference}) for cell in cells
    ]
    chosen = chosen_cells(scored)
    assert {cell.variant for cell in chosen} == {CHOSEN}
    for cell in chosen:
        rivals = [other for other in scored if (other.seed, other.division) == (cell.seed, cell.division)]
        best = max(rivals, key=lambda other: other.inner_score)
        assert cell.predictions == best.predictions
        assert not cell.reference
    assert chosen[0].notes[0].startswith("chosen: ")


def test_without_a_score_or_a_variant_nothing_is_chosen(cells):
    assert chosen_cells(cells) == []
    scored = [cell.model_copy(update={"inner_score": 0.5}) for cell in cells]
    first = scored[0]
    rest = [cell for cell in scored if (cell.seed, cell.division) == (first.seed, first.division) and cell is not first]
    assert chosen_cells([*rest, *(cell for cell in scored if cell.seed != first.seed)]) != []
    assert all(cell.seed != first.seed for cell in chosen_cells([*rest, *(cell for cell in scored if cell.seed != first.seed)]))
