"""The stratified sample."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.explainer.sample import choose_images

ROWS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("nps"), st.booleans()), max_size=60)


def choose(rows, images_per_cell, max_images, seed=1, ids=None):
    ids = [f"{row:016x}" for row in range(len(rows))] if ids is None else ids
    sources, labels, correct = ([row[place] for row in rows] for place in range(3))
    return choose_images(ids, sources, labels, correct, images_per_cell, max_images, seed)


def test_each_cell_gives_what_it_has_up_to_its_share():
    rows = [("a", "n", True)] * 5 + [("a", "n", False)] + [("b", "p", True)] * 2
    chosen, cells = choose(rows, images_per_cell=2, max_images=60)
    assert [(cell.source, cell.label, cell.correct, cell.available, cell.shown) for cell in cells] == [
        ("a", "n", False, 1, 1),
        ("a", "n", True, 5, 2),
        ("b", "p", True, 2, 2),
    ]
    assert chosen[0] == 5
    assert set(chosen[1:3]) < set(range(5))
    assert set(chosen[3:]) == {6, 7}


def test_a_full_sample_is_shared_evenly():
    rows = [("a", "n", True)] * 50 + [("a", "n", False)] * 50 + [("b", "p", True)] * 50
    _, cells = choose(rows, images_per_cell=40, max_images=7)
    assert sorted(cell.shown for cell in cells) == [2, 2, 3]


def test_seeds_choose_differently():
    rows = [("a", "n", True)] * 50
    assert choose(rows, 5, 60, seed=1)[0] == choose(rows, 5, 60, seed=1)[0]
    assert choose(rows, 5, 60, seed=1)[0] != choose(rows, 5, 60, seed=2)[0]


def test_the_seed_decides_which_cells_go_without():
    rows = [(source, label, True) for source in "abcdef" for label in "nps"]
    assert len({tuple(choose(rows, 1, 3, seed=seed)[0]) for seed in range(10)}) > 1


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="zip"):
        choose_images(["1"], ["a"], ["n"], [True, False], 1, 1, 1)


@given(ROWS, st.integers(1, 5), st.integers(1, 40), st.integers(0, 99))
def test_properties(rows, images_per_cell, max_images, seed):
    chosen, cells = choose(rows, images_per_cell, max_images, seed)
    assert len(set(chosen)) == len(chosen) <= max_images
    available = Counter(rows)
    shown = Counter(rows[row] for row in chosen)
    assert {(cell.source, cell.label, cell.correct): cell.available for cell in cells} == available
    assert {(cell.source, cell.label, cell.correct): cell.shown for cell in cells if cell.shown} == shown
    wanted = {key: min(count, images_per_cell) for key, count in available.items()}
    assert len(chosen) == min(max_images, sum(wanted.values()))
    for poor in wanted:
        if shown[poor] < wanted[poor]:
            assert all(shown[rich] <= shown[poor] + 1 for rich in wanted)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, random):
    ids = [f"{row:016x}" for row in range(len(rows))]
    order = list(range(len(rows)))
    random.shuffle(order)
    chosen, cells = choose(rows, 2, 9, ids=ids)
    moved, moved_cells = choose([rows[row] for row in order], 2, 9, ids=[ids[row] for row in order])
    assert moved_cells == cells
    assert [ids[order[row]] for row in moved] == [ids[row] for row in chosen]
