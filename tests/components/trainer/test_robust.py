import keras
import numpy as np
import pytest
import tensorflow as tf

from components.trainer.config import RobustConfig
from components.trainer.network import NetworkSpec, finish, image_input, seeds_from
from components.trainer.robust import NETWORK, SOURCE, TARGET, GroupDro, reverse_gradient, with_sources, wrap

SPEC = NetworkSpec(4, 2, 3)


def network():
    image = image_input(SPEC)
    x = keras.layers.Conv2D(4, 3, padding="same", kernel_initializer=keras.initializers.HeNormal(1), name="conv")(image)
    return finish(image, x, SPEC, 0.0, seeds_from(3), "tiny")


def compiled(model):
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=keras.losses.CategoricalCrossentropy())
    return model


def batch(sources, targets):
    images = np.random.default_rng(1).uniform(size=[len(sources), 4, 4, 1]).astype(np.float32)
    truth = np.eye(2, dtype=np.float32)[targets]
    return {NETWORK: tf.constant(images), SOURCE: tf.constant(sources, tf.int64), TARGET: tf.constant(truth)}, tf.constant(truth)


def test_group_dro_by_hand():
    model = compiled(GroupDro(network(), 3, step=0.5))
    inputs, truth = batch([0, 0, 1], [0, 0, 1])
    said = tf.constant([[0.5, 0.5], [0.5, 0.5], [0.9, 0.1]])
    loss = float(model.compute_loss(inputs, truth, said, None, training=True))
    means = np.array([np.log(2), -np.log(0.1), 0.0])
    q = np.exp(0.5 * means) / np.exp(0.5 * means).sum()
    np.testing.assert_allclose(np.exp(model.log_q), q, rtol=1e-5)
    # The third source is not in the batch.
    assert loss == pytest.approx((q[0] * means[0] + q[1] * means[1]) / (q[0] + q[1]), rel=1e-5)


def test_weights_of_classes_are_in_the_loss_and_do_not_move_the_sources():
    model = compiled(GroupDro(network(), 2, step=0.5))
    inputs, truth = batch([0, 1], [0, 1])
    said = tf.constant([[0.5, 0.5], [0.9, 0.1]])
    loss = float(model.compute_loss(inputs, truth, said, tf.constant([4.0, 0.5]), training=True))
    means = np.array([np.log(2), -np.log(0.1)])
    q = np.exp(0.5 * means) / np.exp(0.5 * means).sum()
    np.testing.assert_allclose(np.exp(model.log_q), q, rtol=1e-5)
    assert loss == pytest.approx(4 * q[0] * means[0] + 0.5 * q[1] * means[1], rel=1e-5)


def test_the_worst_source_gains_weight_and_an_evaluation_moves_nothing():
    model = compiled(GroupDro(network(), 2, step=0.1))
    inputs, truth = batch([0, 1], [0, 1])
    said = tf.constant([[0.9, 0.1], [0.9, 0.1]])
    for _ in range(30):
        model.compute_loss(inputs, truth, said, None, training=True)
    weights = np.exp(model.log_q)
    assert weights[1] > 0.9
    plain = float(model.compute_loss(inputs, truth, said, None, training=False))
    assert plain == pytest.approx((-np.log(0.9) - np.log(0.1)) / 2, rel=1e-5)
    np.testing.assert_array_equal(np.exp(model.log_q), weights)


def test_the_gradient_is_turned_round():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(reverse_gradient(x, 0.5) * [3.0, 4.0])
    np.testing.assert_allclose(tape.gradient(y, x), [-1.5, -2.0])
    assert float(y) == 11.0


@pytest.mark.parametrize(("sources", "expected"), [([0, 1, 1, 0], np.log1p(np.exp(-6))), ([1, 0, 0, 1], 6 + np.log1p(np.exp(-6)))])
def test_the_adversary_is_told_the_class(sources, expected):
    model = wrap(network(), RobustConfig(method="adversarial"), 2, SPEC)
    inputs, _ = batch(sources, [0, 1, 1, 0])
    model(inputs, training=True)
    first, second = model.get_layer("adversary").layers
    # The features of the image come first and then the class; here the class alone says the source, with a logit of 6.
    kernel, out = np.zeros(first.kernel.shape, np.float32), np.zeros(second.kernel.shape, np.float32)
    kernel[-2:, :2] = np.eye(2)
    out[:2] = 6 * np.eye(2)
    first.set_weights([kernel, np.zeros(kernel.shape[1])])
    second.set_weights([out, np.zeros(2)])
    model.source_loss.reset_state()
    model(inputs, training=True)
    assert float(model.source_loss.result()) == pytest.approx(expected, rel=1e-4)


def training_data(count=64):
    """The class is in the upper half of the image, the source in the lower one; within a class both sources occur."""
    random = np.random.default_rng(4)
    targets, sources = random.integers(0, 2, count), random.integers(0, 2, count)
    images = random.uniform(0, 0.3, [count, 4, 4, 1]).astype(np.float32)
    images[targets == 1, :2] += 0.7
    images[sources == 1, 2:] += 0.7
    truth = np.eye(2, dtype=np.float32)[targets]
    rows = np.arange(count)
    batches = tf.data.Dataset.from_tensor_slices((images, truth, np.ones(count, np.float32), rows)).batch(16)
    return images, targets, sources, with_sources(batches, sources)


@pytest.mark.parametrize("method", ["group_dro", "adversarial"])
def test_a_wrapped_training_ends_in_the_weights_of_the_network(method):
    keras.utils.set_random_seed(1)
    images, targets, _, batches = training_data()
    model = network()
    wrapped = wrap(model, RobustConfig(method=method), 2, SPEC)
    wrapped.compile(optimizer=keras.optimizers.Adam(0.02), loss=keras.losses.CategoricalCrossentropy(), metrics=["accuracy"])
    wrapped.fit(batches, epochs=40, verbose=0)
    assert (model.predict(images, verbose=0).argmax(axis=1) == targets).mean() > 0.9


def test_the_reversed_gradient_makes_the_source_hard_to_read():
    images, targets, _, batches = training_data(256)
    source_loss = {}
    for weight in (0.0, 1.0):
        keras.utils.set_random_seed(1)
        model = network()
        wrapped = wrap(model, RobustConfig(method="adversarial", adversarial_weight=weight), 2, SPEC)
        wrapped.compile(optimizer=keras.optimizers.Adam(0.003), loss=keras.losses.CategoricalCrossentropy(), metrics=["accuracy"])
        history = wrapped.fit(batches, epochs=60, verbose=0).history
        source_loss[weight] = history["source_loss"][-1]
        assert (model.predict(images, verbose=0).argmax(axis=1) == targets).mean() > 0.95
    # ln 2 = 0.693 is blind guessing.
    assert source_loss[0.0] < 0.05
    assert source_loss[1.0] > 0.6
