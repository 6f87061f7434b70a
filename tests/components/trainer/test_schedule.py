import math

import pytest

from components.trainer.schedule import learning_rate_schedule


def rates(*args) -> list[float]:
    schedule = learning_rate_schedule(*args)
    return [float(schedule(step)) for step in range(args[2] + 1)]


def test_constant():
    assert rates("constant", 0.1, 5, 2) == pytest.approx([0.1] * 6)


def test_cosine_warms_up_and_comes_down():
    values = rates("cosine", 1.0, 12, 4)
    assert values[:5] == pytest.approx([0.01, 0.2575, 0.505, 0.7525, 1.0])
    assert values[8] == pytest.approx(0.01 + 0.99 * (1 + math.cos(math.pi / 2)) / 2)
    assert values[12] == pytest.approx(0.01)


def test_no_warm_up_starts_at_the_top():
    assert rates("cosine", 1.0, 4, 0)[0] == pytest.approx(1.0)


def test_a_warm_up_longer_than_the_training_is_cut():
    values = rates("cosine", 1.0, 4, 100)
    assert values[2] == pytest.approx(1.0)
    assert values[4] == pytest.approx(0.01)
