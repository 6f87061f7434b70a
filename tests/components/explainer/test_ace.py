"""ACE on a small network that was trained to read a planted mark: the mark must be among its concepts."""

import keras
import numpy as np
import pytest

from components.base.errors import UsageError
from components.explainer.ace import explain_class
from components.explainer.config import AceConfig
from components.explainer.feature_maps import earlier_layer, flat_graph
from components.explainer.layer_view import LayerView
from components.explainer.material import Subjects

PX = 32
CONFIG = AceConfig(images=24, resolutions=(12, 30), clusters=8, random_sets=20, min_members=6, reclusterings=2, random_orders=2)


def pictures(count, marked, seed):
    """Smooth noise; a marked one has a bright bar in the upper left corner."""
    random = np.random.default_rng(seed)
    coarse = random.integers(60, 120, (count, 8, 8))
    images = np.kron(coarse, np.ones((4, 4))).astype(np.uint8)
    images += random.integers(0, 10, images.shape).astype(np.uint8)
    if marked:
        images[:, 3:7, 3:13] = 250
    return images


def build(inputs):
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu", name="first")(inputs)
    x = keras.layers.MaxPooling2D(name="smaller")(x)
    x = keras.layers.Conv2D(12, 3, padding="same", activation="relu", name="second")(x)
    x = keras.layers.MaxPooling2D(name="smallest")(x)
    x = keras.layers.Conv2D(12, 3, padding="same", activation="relu", name="third")(x)
    x = keras.layers.GlobalAveragePooling2D(name="embedding")(x)
    return keras.layers.Activation("softmax", name="probabilities")(keras.layers.Dense(2, name="logits")(x))


@pytest.fixture(scope="module")
def network():
    """Trained to tell marked images, class 1, from others."""
    keras.utils.set_random_seed(2)
    inputs = keras.Input((PX, PX, 1))
    model = keras.Model(inputs, build(inputs))
    images = np.concatenate([pictures(120, False, 1), pictures(120, True, 2)])[..., None].astype(np.float32) / 255
    labels = np.repeat([0, 1], 120)
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images, labels, epochs=12, batch_size=32, verbose=0)
    assert (model.predict(images, verbose=0).argmax(axis=1) == labels).mean() > 0.95
    return model


def subjects(count=24):
    images = pictures(count, True, 3)
    truth = np.zeros(images.shape, np.bool_)
    truth[:, 3:7, 3:13] = True
    groups = np.array([f"p{row // 2}" for row in range(count)])
    return Subjects(images, (), groups, {"source": ["a", "b"] * (count // 2)}, {"mark": truth})


def found(network, **changes):
    view = LayerView(network, earlier_layer(flat_graph(network)).name)
    config = CONFIG.model_copy(update=changes)
    others = np.concatenate([pictures(24, False, 5), pictures(24, True, 6)])
    return explain_class(view, subjects(), 1, others, (), config, seed=4)


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
    assert "mark" in first.words
    assert first.stability > 0.5


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
