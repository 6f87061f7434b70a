"""ACE on a small network that was trained to read a planted mark: the mark must be among its concepts."""

import numpy as np
import pytest

from components.base.errors import UsageError
from components.explainer import ace
from components.explainer.stability import Stability
from tests.components.explainer.marked import found, marked_network, subjects


@pytest.fixture(scope="module")
def network():
    return marked_network()


@pytest.fixture(scope="module")
def concepts(network):
    return found(network)


def covered(each):
    return next(region for region in each.crossing.regions if region.region == "mark").covered


def test_the_layer_is_the_last_before_the_last_reduction(concepts):
    assert concepts.layer == "second"


def test_the_mark_is_the_first_concept_and_speaks_for_the_class(concepts):
    first = concepts.found[0]
    assert first.score.verdict == "for the class"
    assert first.score.mean > 0.9
    assert covered(first) > 0.5
    assert first.striking.kind == "doubt"
    assert "of the mark" in first.striking.text
    assert first.stability > 0.5


def test_concepts_are_crossed_with_the_lung_too(concepts):
    for each in concepts.found:
        assert [region.region for region in each.crossing.regions] == ["border", "lung", "mark"]
        assert 0.4 < each.crossing.regions[1].base < 0.6
    assert concepts.found[0].crossing.regions[1].inside < 0.1


def test_what_is_not_the_mark_has_less_of_an_effect(concepts):
    rest = [each.score.effect for each in concepts.found if covered(each) < 0.05]
    assert rest
    assert concepts.found[0].score.effect > 2 * max(rest)


def test_the_map_has_its_relevance_on_the_mark(concepts):
    truth = subjects().truth["mark"]
    positive = np.maximum(concepts.maps, 0)
    assert positive[truth].mean() > 10 * positive[~truth].mean()


def test_the_mark_alone_is_enough_and_without_it_the_class_is_gone(concepts):
    curves = concepts.sufficiency
    assert curves.removing.share[0] > 0.95
    assert curves.removing.probability[1] < 0.5
    assert curves.adding.share[1] >= curves.random_adding.mean().share[1]


def test_segments_and_concepts_belong_together(concepts):
    for place, each in enumerate(concepts.found):
        np.testing.assert_array_equal(np.sort(each.concept.members), np.flatnonzero(concepts.concept_of == place))


def test_patients_are_drawn_anew_for_the_stability(network, concepts, monkeypatch):
    seen = []

    def recluster(activations, image, found_concepts, groups, *rest, **named):
        seen.append(groups)
        return Stability(np.tile([0.75, 0.25], (len(found_concepts), 1)))

    monkeypatch.setattr(ace, "recluster", recluster)
    dissolving = found(network)
    assert seen[0].tolist() == subjects().groups.tolist()
    # A mean of 0.5 dissolves, and has no verdict for or against the class; what the tests say stands.
    assert {(each.stability, each.lost, each.drawn, each.dissolves) for each in dissolving.found} == {(0.5, 1, 2, True)}
    by_members = {each.concept.members.tobytes(): each for each in concepts.found}
    for each in dissolving.found:
        before = by_members[each.concept.members.tobytes()].score
        assert each.score.effect == before.effect
        assert each.score.verdict == ("dissolves" if before.importance else before.verdict)
    assert dissolving.seen.told == 0 < dissolving.seen.significant
    # The map names no concept, and is that of before.
    np.testing.assert_array_equal(dissolving.maps, concepts.maps)
    assert "doubt" not in {each.striking.kind for each in dissolving.found if each.striking}


def test_concepts_of_weak_vectors_take_no_pixel_from_others(network, concepts, monkeypatch):
    given = []
    real = ace.label_map
    monkeypatch.setattr(ace, "label_map", lambda placed, strengths, shape: given.append(strengths) or real(placed, strengths, shape))
    accuracies = [each.score.accuracy for each in concepts.found]
    some = found(network, min_accuracy=float(np.median(accuracies)) + 0.001)
    weak = [each.score.verdict == "weak" for each in some.found]
    assert 0 < sum(weak) < len(weak)
    assert given[0] == [0 if is_weak else each.score.effect for each, is_weak in zip(some.found, weak, strict=True)]
    assert all(each.score.effect for each in some.found)


def test_twice_the_same(network, concepts):
    again = found(network)
    np.testing.assert_array_equal(again.maps, concepts.maps)
    assert [each.score.mean for each in again.found] == [each.score.mean for each in concepts.found]


def test_the_batch_changes_nothing(network, concepts):
    again = found(network, batch_size=7)
    # Sums of floats in another order.
    np.testing.assert_allclose([each.score.effect for each in again.found], [each.score.effect for each in concepts.found], rtol=1e-3)


def test_too_few_random_segments_are_named(network):
    with pytest.raises(UsageError, match=r"explainer\.ace\.random_sets"):
        found(network, random_sets=400)


def test_no_concept_gives_an_empty_map(network):
    nothing = found(network, min_members=5000)
    assert nothing.found == ()
    assert nothing.sufficiency is None
    assert not nothing.maps.any()
    assert sum(nothing.discovery.dropped.values()) > 0
