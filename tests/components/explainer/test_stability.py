"""Stability on clusters that do and do not exist."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import UsageError
from components.explainer import stability
from components.explainer.concepts import cluster, discover
from components.explainer.stability import Stability, matched_jaccard, recluster

IMAGES = 12
LABELS = st.lists(st.integers(0, 3), min_size=1, max_size=12)


def segments(centres, each=24, seed=4):
    """Segments around the centres, two of each centre in every image."""
    generator = np.random.default_rng(seed)
    points = np.repeat(np.asarray(centres, np.float32), each, axis=0)
    activations = points + generator.normal(0, 0.1, points.shape)
    return activations.astype(np.float32), np.tile(np.arange(each) % IMAGES, len(centres))


SEPARATE = [[0, 0], [10, 0], [0, 10], [10, 10]]


@pytest.mark.parametrize("groups", [None, range(IMAGES), ["a", "b", "c"] * 4])
def test_separate_clusters_always_come_back(groups):
    activations, image = segments(SEPARATE)
    concepts = discover(activations, image, IMAGES, clusters=4).concepts
    found = recluster(activations, image, concepts, groups, clusters=4, repeats=3, seed=1)
    assert found.jaccard.shape == (4, 3)
    assert found.mean == pytest.approx(np.ones(4))
    assert found.lost.tolist() == [0] * 4
    assert not found.dissolves.any()


def test_the_halves_of_one_cloud_are_less_stable_than_a_cluster_apart():
    activations, image = segments([[0, 0], [0, 0], [0, 0], [50, 0]])
    activations[:72] *= 10
    concepts = discover(activations, image, IMAGES, clusters=4, min_members=5).concepts
    apart = [bool(activations[concept.members, 0].mean() > 25) for concept in concepts]
    mean = recluster(activations, image, concepts, range(IMAGES), clusters=4, repeats=6, seed=1).mean
    assert mean[apart.index(True)] == 1
    assert all(value < 0.9 for value, is_apart in zip(mean, apart, strict=True) if not is_apart)


def test_matching_is_one_to_one_and_by_hand():
    # Jaccard of group 0 with clusters 0 and 1: 2/4 and 1/3. Of group 1, one segment in cluster 0: 1/3 and 0.
    reference = np.array([0, 0, 0, 1, 2])
    labels = np.array([0, 0, 1, 0, 2])
    # Both like cluster 0 best, but 1/3 + 1/3 is more than 2/4 + 0.
    assert matched_jaccard(reference, labels, 2, 3) == pytest.approx([1 / 3, 1 / 3])


def test_too_few_clusters_leave_a_group_without_one():
    assert matched_jaccard(np.array([0, 0, 1]), np.array([0, 0, 0]), 2, 1) == pytest.approx([2 / 3, 0])


def test_a_group_that_was_not_drawn_is_undefined():
    found = matched_jaccard(np.array([0, 0, 3]), np.array([0, 0, 1]), 3, 2)
    assert found[0] == 1
    assert np.isnan(found[1:]).all()


@given(st.permutations(range(4)), LABELS)
def test_names_of_clusters_do_not_matter(names, labels):
    given_labels = np.array(labels)
    renamed = np.array(names)[given_labels]
    present = np.bincount(given_labels, minlength=4) > 0
    found = matched_jaccard(given_labels, renamed, 4, 4)
    assert (found[present] == 1).all()
    assert np.isnan(found[~present]).all()


@given(LABELS, st.integers(0, 99))
def test_jaccard_is_a_share(labels, seed):
    others = np.random.default_rng(seed).integers(0, 3, len(labels))
    found = matched_jaccard(np.array(labels), others, 3, 3)
    assert ((found >= 0) & (found <= 1) | np.isnan(found)).all()


def test_means_are_over_the_draws_that_hold_a_member():
    found = Stability(np.array([[1.0, 0.4, np.nan], [np.nan] * 3, [0.5, 0.6, 0.9], [0.25, 0.75, 0.5]]))
    assert found.mean == pytest.approx([0.7, np.nan, 2 / 3, 0.5], nan_ok=True)
    assert found.drawn.tolist() == [2, 0, 3, 3]
    # At the bound itself it is lost, and dissolves.
    assert found.lost.tolist() == [1, 0, 1, 2]
    assert found.dissolves.tolist() == [False, False, False, True]


def test_a_concept_of_one_patient_is_undefined_where_that_is_not_drawn():
    # Two of three images are the first patient's, so its concept is kept by frequency; the other's by popularity.
    activations, _ = segments([[0, 0], [10, 10]], each=10)
    image = np.array([0, 1] * 5 + [2] * 10)
    concepts = discover(activations, image, 3, clusters=2, min_members=1).concepts
    assert sorted(len(concept.images) for concept in concepts) == [1, 2]
    jaccard = recluster(activations, image, concepts, ["p", "p", "q"], clusters=2, repeats=20, seed=0).jaccard
    alone = np.isnan(jaccard).any(axis=0)
    assert 0 < alone.sum() < 20
    assert (np.isnan(jaccard).sum(axis=0) <= 1).all()
    assert (jaccard[:, ~alone] == 1).all()


def test_a_segment_drawn_twice_counts_twice(monkeypatch):
    activations, image = segments(SEPARATE)
    given_weights = []

    def spy(vectors, clusters, seed, starts, weights):
        given_weights.append(weights)
        return cluster(vectors, clusters, seed, starts, weights)

    monkeypatch.setattr(stability, "cluster", spy)
    recluster(activations, image, [], range(IMAGES), clusters=4, starts=1, repeats=5)
    # Each image has as many segments, so as many as there are in all are drawn each time.
    assert [weights.sum() for weights in given_weights] == [len(image)] * 5
    assert all(weights.max() > 1 and weights.min() == 1 for weights in given_weights)


def test_seeds_decide_the_draws():
    activations, image = segments([[0, 0]] * 4)
    concepts = discover(activations, image, IMAGES, clusters=5, starts=1, min_members=1).concepts
    runs = [recluster(activations, image, concepts, range(IMAGES), 5, 1, 3, seed).jaccard for seed in (1, 1, 2)]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_arguments_out_of_range_are_refused():
    activations, image = segments(SEPARATE)
    with pytest.raises(UsageError, match="one for each image"):
        recluster(activations, image, [], groups=["a"] * 3)
    with pytest.raises(UsageError, match="1 or more"):
        recluster(activations, image, [], repeats=0)
    with pytest.raises(UsageError, match="activations"):
        recluster(activations, image[:-1], [])
