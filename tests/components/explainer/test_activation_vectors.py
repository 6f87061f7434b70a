"""Concept activation vectors: direction, held-out accuracy, and what they do not depend on."""

import numpy as np
import pytest

from components.base.errors import UsageError
from components.explainer.activation_vectors import LEAST_EXAMPLES, activation_vector, spread


def two_sets(seed=0, size=40, shift=4.0, channels=8):
    generator = np.random.default_rng(seed)
    random = generator.normal(size=(size, channels))
    concept = generator.normal(size=(size, channels))
    concept[:, 2] += shift
    return concept, random


def test_points_to_the_concept_and_has_length_one():
    concept, random = two_sets()
    direction, accuracy = activation_vector(concept, random, spread([random]), (0,))
    assert direction[2] > 0.9
    assert np.linalg.norm(direction) == pytest.approx(1)
    assert accuracy >= 0.9
    back, _ = activation_vector(random, concept, spread([random]), (0,))
    assert back[2] < -0.9


def test_two_points_by_hand():
    # All that is known is the way from (1, 1) to (4, 5), which is (3, 4) / 5.
    direction, accuracy = activation_vector(np.tile([4.0, 5.0], (9, 1)), np.tile([1.0, 1.0], (9, 1)), 1.0, (0,))
    np.testing.assert_allclose(direction, [0.6, 0.8], atol=1e-6)
    assert accuracy == 1


def test_equal_sets_have_no_direction_and_accuracy_by_chance():
    same = np.tile([4.0, 5.0], (9, 1))
    direction, accuracy = activation_vector(same, same, 1.0, (0,))
    np.testing.assert_array_equal(direction, 0)
    assert accuracy == 0.5


def test_accuracy_is_of_examples_that_were_held_out():
    # Fewer examples than channels: what was trained on is always told apart, what was not is told apart by chance.
    accuracies = []
    for seed in range(20):
        concept, random = two_sets(seed, size=30, shift=0, channels=100)
        accuracies.append(activation_vector(concept, random, 1.0, (seed,))[1])
    # 20 times 20 held-out examples: the standard error is 0.025.
    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.1)
    assert len(set(accuracies)) > 3


def test_scale_of_a_layer_changes_nothing():
    concept, random = two_sets(shift=1.0)
    small = activation_vector(concept, random, spread([random]), (0,))
    large = activation_vector(1000 * concept + 7, 1000 * random + 7, spread([1000 * random + 7]), (0,))
    np.testing.assert_allclose(small[0], large[0], atol=1e-6)
    assert small[1] == large[1]


def test_larger_random_set_is_drawn_from_and_the_seed_decides():
    concept, _ = two_sets(size=12)
    _, random = two_sets(size=60)
    first = activation_vector(concept, random, 1.0, (3,))
    again = activation_vector(concept, random, 1.0, (3,))
    other = activation_vector(concept, random, 1.0, (4,))
    np.testing.assert_array_equal(first[0], again[0])
    assert not np.allclose(first[0], other[0])
    # Four of each side are held out.
    assert first[1] * 8 == pytest.approx(round(first[1] * 8))


def test_spread_by_hand():
    # Variances 4 and 0 over both sets.
    assert spread([np.array([[1.0, 5.0]]), np.array([[5.0, 5.0]])]) == pytest.approx(2**0.5)
    assert spread([np.ones((3, 2))]) == 1


def test_too_small():
    with pytest.raises(UsageError, match=f"needs {LEAST_EXAMPLES} examples .* here are 5"):
        activation_vector(np.zeros((5, 2)), np.zeros((9, 2)), 1.0, (0,))
