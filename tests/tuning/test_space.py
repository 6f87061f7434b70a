from itertools import pairwise

import keras_tuner
import pytest
from pydantic import ValidationError

from components.trainer.architectures import own_cnn
from tuning.config import TuningConfig
from tuning.space import BLOCKS, ParameterBudget, declare, dropouts, search_identity, search_seed


class HandMade:
    """Stands in for keras_tuner.HyperParameters: notes what is declared, and answers with the last choice."""

    def __init__(self):
        self.declared = {}

    def Int(self, name, min_value, max_value):  # noqa: N802
        self.declared[name] = (min_value, max_value)
        return max_value

    def Choice(self, name, values):  # noqa: N802
        self.declared[name] = values
        return values[-1]


CONFIG = TuningConfig(min_stages=2, max_stages=3, widths=(8, 16), kernel_sizes=(3, 7), max_dropout=0.2, learning_rates=(0.1, 0.01))


def test_declares_every_dimension_within_the_configured_bounds():
    hp = HandMade()
    values = declare(hp, CONFIG)
    assert hp.declared == {
        "stages": (2, 3),
        "width": [8, 16],
        "block": ["plain", "residual", "separable"],
        "kernel_size": [3, 7],
        "dropout": [0.0, 0.1, 0.2],
        "learning_rate": [0.1, 0.01],
    }
    assert values == {"stages": 3, "width": 16, "block": "separable", "kernel_size": 7, "dropout": 0.2, "learning_rate": 0.01}


def test_values_travel_through_the_config_of_keras_tuner():
    hp = keras_tuner.HyperParameters()
    values = declare(hp, CONFIG)
    assert keras_tuner.HyperParameters.from_config(hp.get_config()).values == values
    assert values == {"stages": 2, "width": 8, "block": "plain", "kernel_size": 3, "dropout": 0.0, "learning_rate": 0.1}


def test_the_architecture_knows_every_block_of_the_space():
    assert BLOCKS == own_cnn.BLOCKS


@pytest.mark.parametrize(
    ("largest", "expected"),
    [(0.0, [0.0]), (0.3, [0.0, 0.1, 0.2, 0.3]), (0.25, [0.0, 0.1, 0.2, 0.25]), (0.05, [0.0, 0.05])],
)
def test_dropouts_end_with_the_largest(largest, expected):
    assert dropouts(largest) == expected


def test_budget_counts_each_architecture_once_whatever_its_dropout():
    asked = []

    def count(parameters):
        asked.append(parameters)
        return parameters["width"] * 100

    budget = ParameterBudget(1000, count)
    candidate = {"stages": 2, "width": 10, "block": "plain", "kernel_size": 3, "dropout": 0.1, "learning_rate": 0.1}
    assert budget.admits(candidate)
    assert budget.admits({**candidate, "dropout": 0.5, "learning_rate": 0.2})
    assert len(asked) == 1
    assert not budget.admits({**candidate, "width": 30})
    assert not budget.admits({**candidate, "width": 11})
    assert budget.smallest_refused == 1100


def test_search_seed_is_never_zero_and_spreads_neighbours():
    seeds = [search_seed(seed) for seed in range(2000)]
    assert min(seeds) > 0
    assert max(seeds) < 2**31
    # A search of 100 trials draws 600 values from consecutive seeds.
    ordered = sorted(seeds)
    assert sum(after - before < 600 for before, after in pairwise(ordered)) < 10


def test_identity_sees_what_a_search_depends_on_and_nothing_else():
    base = {
        "seed": 1,
        "classes": ["a", "b"],
        "tuning": {"epochs": 2, "max_trials": 3},
        "trainer": {"epochs": 5, "balance": "none"},
        "directory": "/x",
    }
    same = [
        {**base, "directory": "/y"},
        {**base, "trainer": {"epochs": 50, "balance": "none"}},
        {**base, "tuning": {"epochs": 2, "max_trials": 30}},
    ]
    different = [
        {**base, "seed": 2},
        {**base, "classes": ["b", "a"]},
        {**base, "tuning": {"epochs": 3, "max_trials": 3}},
        {**base, "trainer": {"epochs": 5, "balance": "class_weight"}},
    ]
    assert {search_identity(config) for config in same} == {search_identity(base)}
    assert len({search_identity(config) for config in [base, *different]}) == 5


@pytest.mark.parametrize("fault", [{"min_stages": 5, "max_stages": 4}, {"widths": ()}, {"learning_rates": (0.0,)}, {"stages": 3}])
def test_config_refuses_what_makes_no_space(fault):
    with pytest.raises(ValidationError):
        TuningConfig(**fault)
