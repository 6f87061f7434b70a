from dataclasses import fields, replace

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from components.transform.augment import augment, augment_batch
from components.transform.policies import POLICIES, Degrade, Policy, Tone, Warp

ALL = sorted(POLICIES)
DOMAIN = POLICIES["domain"]
SEED = tf.constant([1, 2])


def image(height: int = 16, width: int = 20) -> tf.Tensor:
    return tf.constant(np.random.default_rng(3).uniform(size=[height, width, 1]), tf.float32)


def test_a_policy_without_strength_changes_nothing():
    np.testing.assert_array_equal(augment(image(), SEED, Policy()), image())


@settings(max_examples=20, deadline=None)
@given(first=st.integers(0, 2**31 - 1), second=st.integers(0, 2**31 - 1), policy=st.sampled_from(ALL))
def test_an_image_keeps_its_shape_dtype_and_range(first, second, policy):
    varied = augment(image(), tf.constant([first, second], tf.int32), policy)
    assert (varied.shape, varied.dtype) == ((16, 20, 1), tf.float32)
    assert 0.0 <= float(tf.reduce_min(varied)) <= float(tf.reduce_max(varied)) <= 1.0


@pytest.mark.parametrize("policy", ALL)
def test_the_seed_alone_decides(policy):
    batch = tf.stack([image()] * 4)
    first, again, other, another = (augment_batch(batch, tf.constant(seed), policy).numpy() for seed in ([1, 2], [1, 2], [1, 3], [2, 2]))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, another)
    assert all(not np.array_equal(first[0], view) for view in first[1:])


@pytest.mark.parametrize("policy", ALL)
def test_a_graph_of_unknown_sizes_computes_the_same(policy):
    batch = tf.stack([image()] * 3)
    signature = [tf.TensorSpec([None, None, None, 1]), tf.TensorSpec([2], tf.int32)]
    graph = tf.function(lambda images, seed: augment_batch(images, seed, policy), signature)
    np.testing.assert_allclose(graph(batch, SEED), augment_batch(batch, SEED, policy), atol=2e-3)


def kinds():
    for part, empty in (("warp", Warp()), ("tone", Tone()), ("degrade", Degrade())):
        full = getattr(DOMAIN, part)
        for field in fields(full):
            if not field.name.endswith("share"):
                share = f"{field.name.removesuffix('_quality')}_share"
                on = {share: 1.0} if hasattr(full, share) else {}
                yield field.name, Policy(**{part: replace(empty, **{field.name: getattr(full, field.name)}, **on)})


@pytest.mark.parametrize(("name", "policy"), kinds(), ids=lambda value: value if isinstance(value, str) else "")
def test_each_kind_of_variation_happens(name, policy):
    large = image(96, 96)
    assert not np.allclose(augment(large, tf.constant([5, 6]), policy), large, atol=1e-3), name


@pytest.mark.parametrize("policy", ALL)
def test_the_heart_stays_on_its_side(policy):
    chest = tf.tile(tf.concat([tf.fill([32, 16, 1], 0.3), tf.fill([32, 16, 1], 0.7)], axis=1)[tf.newaxis], [40, 1, 1, 1])
    views = augment_batch(chest, SEED, policy)
    assert np.all(tf.reduce_mean(views[:, 8:24, 18:26], [1, 2, 3]) > tf.reduce_mean(views[:, 8:24, 6:14], [1, 2, 3]))


def test_an_unknown_policy_is_an_error():
    with pytest.raises(KeyError):
        augment(image(), SEED, "heavy")
