import numpy as np
import pytest

from components.base.errors import UsageError
from pipeline.experiments.pooling import pool


def folds(make_cell, seed: int = 1, which=range(3), kind: str = "patient", **other: object) -> list:
    return [make_cell(division=f"fold {n} by {kind}", seed=seed, images=100, first_patient=50 * n, **other) for n in which]


def test_folds_are_laid_end_to_end_in_their_order(make_cell) -> None:
    (series,) = pool(folds(make_cell, which=(2, 0, 1)))
    assert series.family == "folds by patient"
    answers = series.answers[1]
    assert answers.divisions == ("fold 0 by patient", "fold 1 by patient", "fold 2 by patient")
    np.testing.assert_array_equal(answers.group, np.arange(300) // 2)
    np.testing.assert_array_equal(answers.part, np.arange(300) // 100)
    assert answers.probabilities.shape == (300, 3)
    assert answers.probabilities.sum(axis=1) == pytest.approx(1, abs=2e-4)


def test_the_tenth_fold_follows_the_ninth(make_cell) -> None:
    (series,) = pool(folds(make_cell, which=(10, 9, 2)))
    assert [name.split()[1] for name in series.answers[1].divisions] == ["2", "9", "10"]


def test_a_seed_that_lacks_a_fold_is_left_out_by_name(make_cell) -> None:
    (series,) = pool([*folds(make_cell), *folds(make_cell, seed=2, which=(0, 2))])
    assert list(series.answers) == [1]
    assert series.left_out == ("seed 2 of balance=class_weight, folds by patient, is left out: fold 1 by patient missing",)
    assert len(series.cells) == 5


def test_a_seed_on_other_images_is_left_out_by_name(make_cell) -> None:
    (series,) = pool([make_cell(), make_cell(seed=2, images=302)])
    assert list(series.answers) == [1]
    assert series.left_out == ("seed 2 of balance=class_weight, eval, is left out: other images, or in another order",)


def test_a_cell_may_be_there_once(make_cell) -> None:
    with pytest.raises(UsageError, match="seed 1, eval: two results"):
        pool([make_cell(), make_cell()])


def test_a_patient_in_two_folds_by_patient_is_refused(make_cell) -> None:
    cells = [make_cell(division=f"fold {n} by patient", images=100) for n in range(2)]
    with pytest.raises(UsageError, match="a patient is in two folds; groups must be numbered over the whole collection"):
        pool(cells)
    assert len(pool([make_cell(division=f"fold {n} by image", images=100) for n in range(2)])) == 1


def test_an_image_in_two_folds_is_refused(make_cell) -> None:
    with pytest.raises(UsageError, match="more images than the collection"):
        pool(folds(make_cell, data={"digest": "d", "images": 299}))


def test_left_out_sources_stay_apart(make_cell) -> None:
    series = pool([make_cell(division="without cohen"), make_cell(division="without chest14")])
    assert [one.family for one in series] == ["without cohen", "without chest14"]


def test_pairs_need_the_same_images(make_cell) -> None:
    def answers(**other: object):
        return pool([make_cell(**other)])[0].answers[1]

    one = answers()
    assert one.why_unpaired(answers(variant="other")) == ""
    assert one.why_unpaired(answers(images=302)) == "other images, or in another order"
    assert one.why_unpaired(answers(division="without cohen")) == "divided as eval and without cohen"
    changed = make_cell().predictions.model_dump() | {"label": (0,) * 300}
    assert one.why_unpaired(answers(predictions=changed)) == "other patients or labels for the same images"


def test_folds_cut_otherwise_pair_where_they_hold_the_same_images(make_cell) -> None:
    by_patient = pool(folds(make_cell))[0].answers[1]
    by_image = pool(folds(make_cell, kind="image", which=(0, 1, 2)))[0].answers[1]
    assert by_patient.why_unpaired(by_image) == ""
    fewer = pool(folds(make_cell, kind="image", which=(0, 1)))[0].answers[1]
    assert by_patient.why_unpaired(fewer) == "the folds do not hold the same images"


def test_seeds_that_answer_alike_are_one(make_cell) -> None:
    solved = folds(make_cell)
    again = [cell.model_copy(update={"seed": seed}) for seed in (3, 4) for cell in solved]
    (series,) = pool([*solved, *folds(make_cell, seed=2), *again])
    assert list(series.answers) == [1, 2]
    assert series.alike == ((1, 3, 4),)
    assert len(series.cells) == 12
    # One fold that is answered otherwise makes another answer.
    differing = [*again[:2], make_cell(division="fold 2 by patient", seed=3, images=100, first_patient=100)]
    (series,) = pool([*solved, *differing])
    assert (list(series.answers), series.alike) == ([1, 3], ())
