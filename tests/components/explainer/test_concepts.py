"""Concepts among planted clusters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.base.errors import UsageError
from components.explainer.concepts import Dropped, Rule, cluster, discover, judge
from components.explainer.overflow import OverflowedError

IMAGES = 10


def planted(groups, spread=0.01, seed=5):
    """Segments around far centres, one on each axis: for each group the images that its segments come from."""
    generator = np.random.default_rng(seed)
    image = np.concatenate([np.asarray(images) for images in groups])
    group = np.repeat(np.arange(len(groups)), [len(images) for images in groups])
    activations = 10 * np.eye(len(groups))[group] + generator.normal(0, spread, (len(group), len(groups)))
    return activations.astype(np.float32), image, group


# Of ten images: in six; in three and eleven segments; in two and twenty-one segments; then three that no rule keeps.
COMMON = list(range(6))
MEDIUM = [0, 1, 2] * 3 + [0, 1]
POPULAR = [4, 7] * 10 + [4]
RARE = [8] * 20
UNPOPULAR = [1, 2, 3] * 3
FEW = [9]


def find(groups, **options):
    activations, image, group = planted(groups)
    options = {"clusters": len(groups), "min_members": 2, **options}
    return discover(activations, image, IMAGES, **options), group


def test_planted_clusters_are_found_and_judged():
    discovery, group = find([COMMON, MEDIUM, POPULAR, RARE, UNPOPULAR, FEW])
    found = [(concept.rule, concept.images.tolist(), sorted(concept.members.tolist())) for concept in discovery.concepts]
    rows = [np.flatnonzero(group == place).tolist() for place in range(3)]
    assert found == [
        (Rule.HIGH_POPULARITY, [4, 7], rows[2]),
        (Rule.MEDIUM, [0, 1, 2], rows[1]),
        (Rule.HIGH_FREQUENCY, [0, 1, 2, 3, 4, 5], rows[0]),
    ]
    assert discovery.dropped == {Dropped.INFREQUENT: 1, Dropped.UNPOPULAR: 1, Dropped.FEW_MEMBERS: 1}
    assert [discovery.labels[concept.members[0]] for concept in discovery.concepts] == [concept.cluster for concept in discovery.concepts]


@pytest.mark.parametrize(
    ("images", "members", "verdict"),
    [
        (26, 26, Rule.HIGH_FREQUENCY),
        (26, 200, Rule.HIGH_FREQUENCY),
        (25, 51, Rule.MEDIUM),
        (25, 50, Dropped.UNPOPULAR),
        (13, 51, Rule.MEDIUM),
        (13, 50, Dropped.UNPOPULAR),
        (12, 100, Dropped.INFREQUENT),
        (12, 101, Rule.HIGH_POPULARITY),
        (1, 101, Rule.HIGH_POPULARITY),
        (19, 19, Dropped.FEW_MEMBERS),
    ],
)
def test_the_rules_at_their_edges_for_fifty_images(images, members, verdict):
    assert judge(images, members, 50) is verdict


@given(st.integers(1, 100), st.integers(1, 300), st.integers(1, 100))
def test_what_is_kept_stays_kept_with_more_images_or_more_segments(images, members, image_count):
    kept = isinstance(judge(images, members, image_count), Rule)
    more = [judge(images + 1, members, image_count), judge(images, members + 1, image_count)]
    assert not kept or all(isinstance(verdict, Rule) for verdict in more)


def test_members_are_nearest_first_and_examples_are_the_first_of_them():
    activations = np.array([[3.0], [1.0], [2.0], [2.5], [-50.0]], np.float32)
    discovery = discover(activations, [0, 0, 1, 2, 3], 4, clusters=2, max_examples=2, min_members=1)
    concept = discovery.concepts[0]
    assert concept.centre == pytest.approx([2.125])
    assert concept.members.tolist() == [2, 3, 0, 1]
    assert concept.distances == pytest.approx([0.125, 0.375, 0.875, 1.125])
    assert concept.examples.tolist() == [2, 3]
    assert concept.images.tolist() == [0, 1, 2]


def test_several_examples_may_come_from_one_image():
    discovery, _ = find([POPULAR])
    assert len(discovery.concepts[0].examples) == len(POPULAR)


def test_images_without_segments_count():
    activations, image, _ = planted([COMMON])
    assert discover(activations, image, 11, clusters=1, min_members=1).concepts
    assert not discover(activations, image, 12, clusters=1, min_members=1).concepts


@given(st.integers(1, 40), st.integers(1, 8), st.integers(0, 3))
@settings(max_examples=25)
def test_every_segment_is_in_one_cluster_kept_or_dropped(count, clusters, seed):
    generator = np.random.default_rng(seed)
    activations = np.round(generator.normal(size=(count, 3)), 1).astype(np.float32)
    image = generator.integers(0, IMAGES, count)
    discovery = discover(activations, image, IMAGES, clusters=clusters, max_examples=4, min_members=2)
    assert len(discovery.labels) == count
    assert len(discovery.concepts) + sum(discovery.dropped.values()) == len(np.unique(discovery.labels)) <= clusters
    for concept in discovery.concepts:
        assert sorted(concept.members.tolist()) == np.flatnonzero(discovery.labels == concept.cluster).tolist()
        assert (np.diff(concept.distances) >= 0).all()
        assert set(concept.images) == set(image[concept.members])
        assert len(concept.examples) == min(4, len(concept.members))


def test_equal_seeds_give_equal_concepts_and_others_need_not():
    activations = np.random.default_rng(2).normal(size=(300, 5)).astype(np.float32)
    runs = [cluster(activations, 12, seed, starts=1) for seed in (1, 1, 2)]
    assert np.array_equal(runs[0][0], runs[1][0])
    assert np.array_equal(runs[0][1], runs[1][1])
    assert not np.array_equal(runs[0][0], runs[2][0])


def test_equal_activations_make_one_cluster():
    discovery = discover(np.zeros((30, 4), np.float32), [0] * 30, 1)
    assert [len(concept.members) for concept in discovery.concepts] == [30]


def test_weights_move_the_centre():
    vectors = np.array([[0.0], [1.0]], np.float32)
    assert cluster(vectors, 1, 0, weights=np.array([3.0, 1.0]))[1] == pytest.approx(np.array([[0.25]]))


@pytest.mark.parametrize(
    ("activations", "image", "options", "message"),
    [
        (np.zeros((2, 3, 3)), [0, 0], {}, "activations must be"),
        (np.zeros((0, 3)), [], {}, "one row or more"),
        (np.zeros((2, 3)), [0], {}, "one image a row"),
        (np.zeros((2, 3)), [0, 4], {}, "0..3"),
        (np.zeros((2, 3)), [0, -1], {}, "0..3"),
        (np.zeros((2, 3)), [0, 0], {"clusters": 0}, "1 or more"),
    ],
)
def test_arguments_out_of_range_are_refused(activations, image, options, message):
    with pytest.raises(UsageError, match=message):
        discover(activations, image, 4, **options)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_activations_that_overflow_are_a_fault_of_the_model(number):
    with pytest.raises(OverflowedError, match="activations are not finite; the model's training has diverged"):
        discover(np.full((2, 3), number, np.float32), [0, 0], 1)
