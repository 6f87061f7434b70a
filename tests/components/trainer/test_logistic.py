from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from components.trainer.architectures import own_cnn
from components.trainer.frozen import head_of
from components.trainer.logistic import INVERSE_PENALTIES, solutions
from components.trainer.network import LOGITS, NetworkSpec


def made(examples, targets, weights, use_views=False, task="multiclass"):
    """Give the head, what it is fitted to, and the weights that it has after each penalty."""
    spec = NetworkSpec(8, targets.shape[1], 1, task=task)
    model = own_cnn.build({**own_cnn.DEFAULTS, "stages": 1, "width": 4}, spec)
    head = head_of(model, examples).network
    found = [(step["inverse_penalty"], *head.get_layer(LOGITS).get_weights()) for step in solutions(head, examples, targets, weights, use_views)]
    return head, found


@pytest.fixture
def pooled(small_examples):
    """Features of 4 channels in the place of the pixels, which tell the class in part."""
    random = np.random.default_rng(3)
    places = np.repeat(np.arange(len(small_examples)), small_examples.versions)
    values = random.normal(size=[len(places), 4]) + 0.8 * np.eye(4)[small_examples.labels[places]]
    return replace(small_examples, pixels=tf.constant((3 * values + 5).astype(np.float32)))


def standardised(examples):
    values = np.array(examples.pixels, np.float64)
    own = values[examples.first]
    return (values - own.mean(axis=0)) / own.std(axis=0)


def softmax(scores):
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("use_views", [False, True])
def test_each_penalty_has_its_own_minimum(pooled, use_views):
    hot = np.eye(3, dtype=np.float32)[pooled.labels]
    weights = np.random.default_rng(5).uniform(0.5, 2, len(pooled))
    _, found = made(pooled, hot, weights, use_views)
    assert [inverse for inverse, _, _ in found] == list(INVERSE_PENALTIES)
    values = standardised(pooled)
    for inverse, kernel, bias in found:
        slope, level = kernel.astype(float), np.zeros(3)
        for place, (start, versions) in enumerate(zip(pooled.first, pooled.versions, strict=True)):
            for row in range(start, start + (versions if use_views else 1)):
                error = softmax(values[row : row + 1] @ kernel + bias)[0] - hot[place]
                share = inverse * weights[place] / weights.mean() / (versions if use_views else 1)
                slope += share * np.outer(values[row], error)
                level += share * error
        # The gradient of C times the weighted cross-entropy and half the squared kernel.
        np.testing.assert_allclose(slope, 0, atol=2e-3)
        np.testing.assert_allclose(level, 0, atol=2e-3)
    sizes = [np.linalg.norm(kernel) for _, kernel, _ in found]
    assert sizes == sorted(sizes)


def test_a_class_without_an_image_is_all_but_ruled_out(pooled):
    pair = pooled.subset(pooled.labels < 2)
    head, found = made(pair, np.eye(3, dtype=np.float32)[pair.labels], np.ones(len(pair)))
    answers = head.predict_on_batch(tf.gather(pair.pixels, pair.first))
    assert 0 < answers[:, 2].max() < 1e-5
    assert (answers.argmax(axis=1) == pair.labels).mean() > 0.6
    _, kernel, bias = found[-1]
    errors = answers[:, 1] - pair.labels
    np.testing.assert_allclose(kernel[:, 1] + standardised(pair)[pair.first].T @ errors, 0, atol=2e-2)
    assert bias[0] == 0 and not kernel[:, 0].any()


def test_images_of_one_class_are_all_called_it(pooled):
    alone = pooled.subset(pooled.labels == 1)
    head, _ = made(alone, np.eye(3, dtype=np.float32)[alone.labels], np.ones(len(alone)))
    assert head.predict_on_batch(tf.gather(alone.pixels, alone.first))[:, 1].min() > 0.999


def test_each_finding_is_fitted_by_itself(pooled):
    first = (pooled.labels == 0).astype(np.float32)
    findings = np.stack([first, np.zeros_like(first), np.ones_like(first)], axis=1)
    weights = np.ones_like(findings)
    head, found = made(pooled, findings, weights, task="multilabel")
    answers = head.predict_on_batch(tf.gather(pooled.pixels, pooled.first))
    assert 0 < answers[:, 1].max() < 1e-5 and answers[:, 2].min() > 0.999
    errors = answers[:, 0] - first
    np.testing.assert_allclose(found[-1][1][:, 0] + standardised(pooled)[pooled.first].T @ errors, 0, atol=2e-2)
    heavy, _ = made(pooled, findings, np.where(findings == 1, 4.0, 1.0), task="multilabel")
    assert heavy.predict_on_batch(tf.gather(pooled.pixels, pooled.first))[:, 0].mean() > answers[:, 0].mean()
