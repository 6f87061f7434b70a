"""Networks that have learned nothing, and how strong their concepts are."""

import keras
import numpy as np
import pytest

from components.explainer.feature_maps import earlier_layer, flat_graph
from components.explainer.layer_view import LayerView
from components.explainer.overflow import OverflowedError
from components.explainer.randomisation import cascade
from components.explainer.scored_concepts import group, score
from components.explainer.untrained import floor_of, strongest_effect, untrained_views
from tests.components.explainer.marked import CONFIG, found, marked_network, overflowing, subjects


@pytest.fixture(scope="module")
def network():
    return marked_network()


def views(network, seeds):
    return untrained_views(network, earlier_layer(flat_graph(network)).name, 32, seeds)


def test_every_layer_is_random_and_the_trained_network_stays(network):
    before = [np.array(weight) for weight in network.get_weights()]
    pixels = subjects().images[..., None].astype(np.float32) / 255
    answers = [view.probabilities(pixels) for view in views(network, [1, 2, 1])]
    assert not np.allclose(answers[0], answers[1])
    np.testing.assert_array_equal(answers[0], answers[2])
    *_, (_, whole) = cascade(network, 1)
    np.testing.assert_allclose(answers[0], whole.predict(pixels, verbose=0), atol=1e-6)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_strongest_effect_is_that_of_the_concepts_it_would_score(network):
    concepts = found(network)
    config = CONFIG.model_copy(update={"random_sets": 5})
    material = found(network, random_sets=5).material
    view = LayerView(network, concepts.layer)
    # One start of k-means may end elsewhere than ten, and all vectors are strong here: the figure is near, and not the same.
    scores = score(view, group(view, material, config, 4), material, config, 4).scores
    strongest = max(abs(each.effect) for each in scores)
    assert strongest_effect(view, material, config, 4) == pytest.approx(strongest, rel=0.25)
    assert strongest_effect(view, material, config.model_copy(update={"min_members": 5000}), 4) == 0


def with_head(network, times):
    """Copy a network with its last kernel multiplied."""
    copy = keras.models.clone_model(network)
    *before, kernel, bias = network.get_weights()
    copy.set_weights([*before, times * kernel, bias])
    return LayerView(copy, earlier_layer(flat_graph(network)).name)


def test_the_strongest_effect_has_no_sign(network):
    # The strongest concept of one network is for the class, that of the other as much against it.
    material = found(network, random_sets=5).material
    turned, as_it_is = (strongest_effect(with_head(network, times), material, CONFIG, 4) for times in (-1, 1))
    assert turned == pytest.approx(as_it_is, rel=1e-4)


def test_the_mark_is_beyond_what_untrained_networks_have(network):
    concepts = found(network, untrained=views(network, range(3)))
    assert len(concepts.untrained) == 3
    assert min(concepts.untrained) > 0
    assert concepts.found[0].score.effect > 2 * max(concepts.untrained)
    assert concepts.seen.told >= 1


def test_no_concept_has_a_verdict_where_another_network_has_a_stronger_one(network):
    # The loudest decides, wherever it stands among quiet ones.
    concepts = found(network, untrained=[with_head(network, times) for times in (0.1, 2, 0.1)])
    assert {each.score.verdict for each in concepts.found if each.score.q is not None and each.score.q <= 0.05} == {
        "as in untrained networks"
    }
    assert concepts.seen.told == 0 < concepts.seen.significant
    assert not concepts.maps.any()


def test_a_network_that_overflows_is_left_out(network, monkeypatch):
    usual = found(network, untrained=views(network, [1, 2])).untrained
    overflowing(monkeypatch, 2)
    over = found(network, untrained=views(network, [1, 2]))
    assert over.untrained == (usual[0], None)
    assert over.floor == usual[0]


def test_where_every_network_overflows_no_concept_has_a_verdict(network, monkeypatch):
    overflowing(monkeypatch, 1, 2)
    concepts = found(network, untrained=views(network, [1, 2]))
    assert concepts.untrained == (None, None)
    assert {each.score.verdict for each in concepts.found if each.score.q is not None and each.score.q <= 0.05} == {
        "untrained networks overflow"
    }
    assert concepts.seen.told == 0 < concepts.seen.significant
    assert not concepts.maps.any()


def test_gradients_and_numbers_that_a_kernel_hides_overflow_too(network):
    material = found(network, random_sets=5).material
    # A class score that is not finite, and one that no concept moves in a network whose outputs are not.
    for config in (CONFIG, CONFIG.model_copy(update={"min_members": 5000})):
        with pytest.raises(OverflowedError):
            strongest_effect(with_head(network, np.nan), material, config, 4)


def test_the_floor_of_nothing_is_nothing_and_of_what_overflows_is_out_of_reach():
    assert floor_of(()) == 0
    assert floor_of((0.1, None, 0.3)) == 0.3
    assert floor_of((None,)) == np.inf
