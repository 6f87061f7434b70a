import itertools

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

from tuning.importance import Factor, importance, main_effects, why_absent

NUMBERS = (0.0, 1.0, 2.0)
BLOCKS = ("plain", "residual", "separable")


def grid(score, *levels):
    values = [dict(zip("abc", combination, strict=False)) for combination in itertools.product(*levels)]
    return values, [float(score(**trial)) for trial in values]


def test_a_tree_worked_by_hand():
    # y = 4a + b over {0, 1} x {0, 1}: variance 4.25, of which a has 4 and b 0.25.
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    tree = DecisionTreeRegressor().fit(inputs, inputs @ [4, 1])
    levels = np.array([[0.0], [1.0]])
    assert main_effects(tree.tree_, [levels, levels]) == pytest.approx([4 / 4.25, 0.25 / 4.25])
    # a xor b: no hyperparameter decides anything alone.
    tree = DecisionTreeRegressor().fit(inputs, [0, 1, 1, 0])
    assert main_effects(tree.tree_, [levels, levels]) == pytest.approx([0, 0])


def test_a_tree_that_predicts_one_value_tells_nothing():
    tree = DecisionTreeRegressor().fit(np.zeros((2, 1)), [0.5, 0.5])
    assert np.isnan(main_effects(tree.tree_, [np.array([[0.0], [1.0]])])).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_leaves_give_what_predicting_every_combination_gives(seed):
    generator = np.random.default_rng(seed)
    columns = [np.array(NUMBERS)[:, None], np.eye(3), generator.normal(size=(5, 1))]
    cells = list(itertools.product(*(range(len(part)) for part in columns)))
    inputs = np.array([np.concatenate([part[level] for part, level in zip(columns, cell, strict=True)]) for cell in cells])
    seen = generator.choice(len(cells), 15, replace=False)
    forest = RandomForestRegressor(n_estimators=4, random_state=seed).fit(inputs[seen], generator.normal(size=15))
    for tree in forest.estimators_:
        table = tree.predict(inputs).reshape([len(part) for part in columns])
        expected = [table.mean(axis=tuple(axis for axis in range(3) if axis != place)).var() / table.var() for place in range(len(columns))]
        assert main_effects(tree.tree_, columns) == pytest.approx(expected)


def test_the_hyperparameter_that_decides_comes_first_and_the_idle_one_last():
    values, scores = grid(lambda a, b, c: 0.5 + 0.1 * a + 0.02 * BLOCKS.index(b), NUMBERS, BLOCKS, NUMBERS)
    found = importance(values, scores)
    assert list(found.shares) == ["a", "b", "c"]
    # By hand a has 25/26 of the variance and b 1/26; the trees see samples of the trials, not all.
    assert found.shares["a"] == pytest.approx(25 / 26, abs=0.05)
    assert found.shares["c"] < 0.02
    assert sum(found.shares.values()) + found.joint == pytest.approx(1)
    assert found.explained > 0.9
    assert found.trials == 27


def test_numbers_keep_their_order_and_other_values_have_none():
    numbers = Factor.of([3, 1, 3])
    assert (numbers.columns.tolist(), numbers.places.tolist()) == ([[3.0], [1.0]], [0, 1, 0])
    for values in (["plain", "residual", "plain"], [3, None, 3]):
        factor = Factor.of(values)
        assert (factor.columns.tolist(), factor.places.tolist()) == ([[1.0, 0.0], [0.0, 1.0]], [0, 1, 0])


def test_a_category_that_decides_has_nearly_all():
    values, scores = grid(lambda a, b, c: 0.9 if b == "residual" else 0.5, NUMBERS, BLOCKS, NUMBERS)
    assert importance(values, scores).shares["b"] > 0.9


def test_scores_by_luck_are_not_explained():
    generator = np.random.default_rng(0)
    values = [{"a": a, "b": b} for a, b in generator.integers(0, 4, size=(24, 2)).tolist()]
    assert importance(values, generator.normal(size=24).tolist()).explained < 0.1


def test_the_seed_decides():
    values, scores = grid(lambda a, b: a * b + 0.3 * a, NUMBERS, NUMBERS)
    assert importance(values, scores) == importance(values, scores)
    assert importance(values, scores, seed=1) != importance(values, scores)


def test_what_does_not_vary_has_no_share_and_what_a_trial_lacks_is_a_value():
    values = [{"a": a, "fixed": 3, **({"extra": 1} if a > 1 else {})} for a in (0, 1, 2, 3)]
    assert set(importance(values, [0.1, 0.2, 0.3, 0.4]).shares) == {"a", "extra"}


@pytest.mark.parametrize(
    ("values", "scores", "said"),
    [
        ([{"a": 1}, {"a": 2}, {"a": 3}], [0.1, 0.2, 0.3], "at least 4 completed trials, and there are 3"),
        ([{"a": 1}] * 4, [0.1, 0.2, 0.3, 0.4], "no hyperparameter varies"),
        ([{"a": a} for a in range(4)], [0.5] * 4, "the same score"),
        ([], [], "there are 0"),
    ],
)
def test_where_it_cannot_be_told_the_reason_is(values, scores, said):
    assert said in why_absent(values, scores)
    with pytest.raises(ValueError, match=said):
        importance(values, scores)
