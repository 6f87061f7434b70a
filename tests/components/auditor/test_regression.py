import numpy as np
import pytest

from components.auditor.regression import INVERSE_PENALTIES, Answers, balanced_loss, by_penalty, chosen_on


def test_answers_are_probabilities_of_every_class_even_of_one_that_training_lacks():
    random = np.random.default_rng(1)
    labels = np.repeat([0, 2], 40)
    table = (labels[:, np.newaxis] + random.normal(0, 0.1, (80, 3))).astype(np.float32)
    found = list(by_penalty(table, labels, (table,), 4))
    assert [answers.inverse_penalty for answers in found] == list(INVERSE_PENALTIES)
    (probabilities,) = found[-1].probabilities
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert not probabilities[:, [1, 3]].any()
    assert (probabilities.argmax(axis=1) == labels).all()
    # Less of a penalty, more confidence.
    assert found[0].probabilities[0].max() < found[-1].probabilities[0].max()


def test_rare_classes_weigh_as_much_as_frequent_ones():
    # Where the features say nothing, the answer is an even one, whatever the counts.
    labels = np.array([0] * 90 + [1] * 10)
    (table,) = next(iter(by_penalty(np.zeros((100, 2), np.float32), labels, (np.zeros((1, 2), np.float32),), 2))).probabilities
    np.testing.assert_allclose(table, [[0.5, 0.5]], atol=1e-3)


def test_of_one_class_nothing_is_learned_and_it_is_always_answered():
    (answers,) = by_penalty(np.ones((3, 2), np.float32), np.array([1, 1, 1]), (np.ones((2, 2), np.float32),), 3)
    np.testing.assert_array_equal(answers.probabilities[0], [[0, 1, 0], [0, 1, 0]])


def test_balanced_loss_by_hand():
    # Class 0: mean of -log 0.5 and -log 0.25; class 1: -log 0.1.
    loss = balanced_loss(np.array([0, 0, 1]), np.array([[0.5, 0.5], [0.25, 0.75], [0.9, 0.1]]))
    assert loss == pytest.approx((np.log(2) * 1.5 + np.log(10)) / 2)


def test_the_penalty_of_the_least_loss_is_chosen_and_of_equals_the_strongest():
    good, bad = np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]])
    candidates = [Answers(1e-3, (bad,)), Answers(1e-2, (good,)), Answers(1e-1, (good,))]
    assert chosen_on(np.array([0]), 0, iter(candidates)).inverse_penalty == 1e-2
