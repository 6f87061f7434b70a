from itertools import pairwise

import keras_tuner
import pytest
from pydantic import ValidationError

from components.trainer.architectures import own_cnn
from components.trainer.candidate import architecture_parameters
from components.trainer.config import TrainerConfig
from components.trainer.network import NetworkSpec
from tuning.config import TuningConfig
from tuning.space import declare, dropouts, search_identity, search_seed


class HandMade:
    """Stands in for keras_tuner.HyperParameters: notes what is declared, and answers with the last choice."""

    def __init__(self):
        self.declared = {}

    def Choice(self, name, values):  # noqa: N802
        self.declared[name] = values
        return values[-1]

    def Fixed(self, name, value):  # noqa: N802
        self.declared[name] = value
        return value


CONFIG = TuningConfig(
    min_stages=2,
    max_stages=3,
    blocks_per_stage=(1, 4),
    block_kinds=("pepx", "plain"),
    widths=(8, 16),
    kernel_sizes=(3, 7),
    squeeze_excitation=(False, True),
    normalisations=("batch", "group"),
    poolings=("average", "average_max"),
    max_dropout=0.2,
    learning_rates=(0.1, 0.01),
    optimizers=("adam", "sgd"),
    schedules=("cosine", "constant"),
    weight_decays=(0.0, 0.5),
    label_smoothings=(0.25,),
)
TRAINING = {
    "dropout": [0.0, 0.1, 0.2],
    "learning_rate": [0.1, 0.01],
    "optimizer": ["adam", "sgd"],
    "schedule": ["cosine", "constant"],
    "weight_decay": [0.0, 0.5],
    "label_smoothing": 0.25,
}
SHAPE = {
    "stages": [2, 3],
    "blocks": [1, 4],
    "width": [8, 16],
    "block": ["pepx", "plain"],
    "kernel_size": [3, 7],
    "squeeze_excitation": [False, True],
    "normalisation": ["batch", "group"],
    "pooling": ["average", "average_max"],
}


def test_declares_every_dimension_within_the_configured_bounds():
    hp = HandMade()
    values = declare(hp, CONFIG, TrainerConfig())
    assert hp.declared == {**SHAPE, **TRAINING}
    assert values == {name: choices[-1] if isinstance(choices, list) else choices for name, choices in hp.declared.items()}


def test_another_architecture_is_searched_for_its_training_alone():
    hp = HandMade()
    declare(hp, CONFIG, TrainerConfig(architecture="densenet121"))
    assert hp.declared == TRAINING


def test_what_the_trainer_sets_is_not_searched():
    hp = HandMade()
    declare(hp, CONFIG, TrainerConfig(parameters={"width": 5, "dropout": 0.4}, learning_rate=0.5))
    assert {**SHAPE, **TRAINING}.keys() - hp.declared.keys() == {"width", "dropout", "learning_rate"}


def test_values_travel_through_the_config_and_the_messages_of_keras_tuner():
    hp = keras_tuner.HyperParameters()
    values = declare(hp, CONFIG, TrainerConfig())
    assert values == {name: choices[0] if isinstance(choices, list) else choices for name, choices in {**SHAPE, **TRAINING}.items()}
    for copy in (keras_tuner.HyperParameters.from_config(hp.get_config()), keras_tuner.HyperParameters.from_proto(hp.to_proto())):
        assert copy.values == values
        assert {name: type(value) for name, value in copy.values.items()} == {name: type(value) for name, value in values.items()}


def test_the_architecture_knows_every_choice_and_every_default_is_one():
    assert set(SHAPE) == set(own_cnn.DEFAULTS) - {"dropout", "learning_rate"}
    for kind in own_cnn.BLOCKS:
        for normalisation in own_cnn.NORMALISATIONS:
            for pooling in own_cnn.POOLINGS:
                config = TuningConfig(block_kinds=(kind,), normalisations=(normalisation,), poolings=(pooling,))
                values = declare(HandMade(), config, TrainerConfig())
                assert own_cnn.count_parameters(architecture_parameters({}, values, {}), NetworkSpec(32, 3, 1)) > 0


def test_what_has_no_choices_is_the_trainers_own():
    values = declare(HandMade(), TuningConfig(schedules=("constant",)), TrainerConfig())
    assert values["schedule"] == "constant"
    assert not {"optimizer", "weight_decay", "label_smoothing"} & set(values)


@pytest.mark.parametrize(
    ("largest", "expected"),
    [(0.0, [0.0]), (0.3, [0.0, 0.1, 0.2, 0.3]), (0.25, [0.0, 0.1, 0.2, 0.25]), (0.05, [0.0, 0.05])],
)
def test_dropouts_end_with_the_largest(largest, expected):
    assert dropouts(largest) == expected


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
        "tuning": TuningConfig().model_dump(mode="json"),
        "trainer": TrainerConfig().model_dump(mode="json"),
        "directory": "/x",
    }

    def changed(section, **values):
        return {**base, section: {**base[section], **values}}

    same = [
        {**base, "directory": "/y"},
        changed("trainer", epochs=50, patience=2, batch_size=7, objective="auc", optimizer="sgd", label_smoothing=0.5),
        changed("trainer", temperature="eval", robust={"method": "group_dro"}),
        changed("tuning", max_trials=30, workers=4),
    ]
    different = [
        {**base, "seed": 2},
        {**base, "classes": ["b", "a"]},
        changed("tuning", epochs=3),
        changed("tuning", objective="auc"),
        changed("tuning", max_flops=1000),
        changed("tuning", weight_decays=[0.0, 0.1]),
        changed("trainer", balance="none"),
        changed("trainer", architecture="vgg19"),
        changed("trainer", parameters={"width": 5}),
        changed("trainer", learning_rate=0.5),
    ]
    assert {search_identity(config) for config in same} == {search_identity(base)}
    assert len({search_identity(config) for config in [base, *different]}) == 1 + len(different)


@pytest.mark.parametrize(
    "fault",
    [
        {"min_stages": 5, "max_stages": 4},
        {"learning_rates": (0.0,)},
        {"stages": 3},
        {"blocks_per_stage": (5,)},
        {"block_kinds": ("dense",)},
        {"normalisations": ("layer",)},
        {"poolings": ("max",)},
        {"optimizers": ("rmsprop",)},
        {"schedules": ("step",)},
        {"weight_decays": (-0.1,)},
        {"label_smoothings": (1.0,)},
        {"objective": "accuracy"},
        {"workers": 0},
        *({name: ()} for name in ("widths", "blocks_per_stage", "block_kinds", "squeeze_excitation", "normalisations", "poolings")),
    ],
    ids=str,
)
def test_config_refuses_what_makes_no_space(fault):
    with pytest.raises(ValidationError):
        TuningConfig(**fault)
