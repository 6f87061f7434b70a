import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from components.reporter.drift import by_chance, common_bins, infinity_norm, jensen_shannon


def test_the_norm_by_hand() -> None:
    # Shares 0.7, 0.2, 0.1 and 0.4, 0.4, 0.2.
    assert infinity_norm([70, 20, 10], [4, 4, 2]) == pytest.approx(0.3)
    assert infinity_norm([5, 0], [0, 9]) == 1
    assert infinity_norm([5, 5], [9, 9]) == 0


def test_the_divergence_by_hand() -> None:
    # Shares 1, 0 and 1/2, 1/2; between them 3/4, 1/4: (log2(4/3) + (log2(2/3) + log2(2)) / 2) / 2.
    expected = (np.log2(4 / 3) + (np.log2(2 / 3) + 1) / 2) / 2
    assert jensen_shannon([3, 0], [4, 4]) == pytest.approx(expected) == pytest.approx(0.3113, abs=5e-5)
    assert jensen_shannon([3, 0], [0, 4]) == 1
    assert jensen_shannon([3, 1], [6, 2]) == 0


def test_the_divergence_is_that_of_scipy() -> None:
    first, second = np.random.default_rng(5).integers(0, 9, (2, 6, 10)) + np.eye(10)[0]
    expected = [jensenshannon(a, b, base=2) ** 2 for a, b in zip(first, second, strict=True)]
    assert jensen_shannon(first, second) == pytest.approx(np.array(expected))


def test_bins_are_those_of_the_joint_range() -> None:
    first, second = common_bins([(0, 20, 8)], [(50, 100, 10), (100, 100, 3)])
    assert first.tolist() == [4, 4, 0, 0, 0, 0, 0, 0, 0, 0]
    assert second.tolist() == [0, 0, 0, 0, 0, 2, 2, 2, 2, 5]


def test_one_value_on_both_sides_is_no_drift() -> None:
    first, second = common_bins([(1024, 1024, 60)], [(1024, 1024, 7)])
    assert (first.sum(), second.sum()) == (60, 7)
    assert jensen_shannon(first, second) == 0


def test_chance_is_what_repeated_draws_give() -> None:
    # The difference of two shares about 1/2 of n each: 95 % of its sizes are below 1.96 * sqrt(1 / (2 n)).
    even = np.array([50.0, 50.0])
    assert by_chance(even, even, (400, 400), "L-infinity norm", 3) == pytest.approx(1.96 * np.sqrt(1 / 800), abs=0.01)
    assert by_chance(even, even, (20, 20), "L-infinity norm", 3) > 0.2
    sure = np.array([9.0, 0.0])
    assert by_chance(sure, sure, (20, 20), "Jensen-Shannon divergence", 3) == 0
