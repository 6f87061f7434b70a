from components.trainer.candidate import architecture_parameters, with_candidate
from components.trainer.config import TrainerConfig


def test_a_candidate_comes_over_the_configuration():
    values = {
        "stages": 3,
        "optimizer": "sgd",
        "learning_rate": 0.25,
        "schedule": "constant",
        "weight_decay": 0.125,
        "label_smoothing": 0.5,
        "epochs": 99,
    }
    config = with_candidate(TrainerConfig(epochs=5, optimizer="sgd"), values)
    assert config == TrainerConfig(
        epochs=5, optimizer="sgd", learning_rate=0.25, schedule="constant", weight_decay=0.125, label_smoothing=0.5
    )


def test_what_a_candidate_does_not_say_stays():
    config = TrainerConfig(optimizer="sgd", schedule="constant", weight_decay=0.5)
    assert with_candidate(config, {"weight_decay": 0.25, "stages": 3}) == TrainerConfig(
        optimizer="sgd", schedule="constant", weight_decay=0.25
    )
    assert with_candidate(config, {}) == config


def test_a_learning_rate_that_the_configuration_sets_stays():
    config = with_candidate(TrainerConfig(learning_rate=0.5), {"learning_rate": 0.25, "optimizer": "sgd"})
    assert (config.learning_rate, config.optimizer) == (0.5, "sgd")


def test_parameters_come_over_values_and_values_over_defaults():
    defaults = {"stages": 1, "width": 2, "block": "plain"}
    values = {"stages": 3, "width": 4, "tuner/epochs": 2, "tuner/trial_id": "0001", "learning_rate": 0.1}
    assert architecture_parameters(defaults, values, {"width": 8, "own": True}) == {
        "stages": 3,
        "width": 8,
        "block": "plain",
        "learning_rate": 0.1,
        "own": True,
    }
