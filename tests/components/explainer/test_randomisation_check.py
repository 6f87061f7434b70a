"""Do both methods notice random weights? On a network that tells textures of one brightness, and on values worked by hand."""

import keras
import numpy as np
import pytest

from components.evaluator.intervals import resample
from components.explainer.ace import explain_class
from components.explainer.feature_maps import earlier_layer, flat_graph
from components.explainer.gradcam import GradCam
from components.explainer.layer_view import LayerView
from components.explainer.material import Subjects
from components.explainer.randomisation import Remade, cascade, gradcam_anew, stage_names
from components.explainer.randomisation_check import ace_anew, check_randomisation, spread_out
from components.explainer.scored_concepts import group, painted, score
from tests.components.explainer.marked import CONFIG, PX, build, overflowing

LAYERS = ["logits", "third", "second", "first"]
SEEDS = (4, 5, 6)


def textures(count, vertical, seed):
    """Noise with a patch of bars, two gray patches as bright as it, and a dark one, all anywhere: brightness alone tells nothing."""
    random = np.random.default_rng(seed)
    images = random.integers(60, 120, (count, PX, PX)).astype(np.uint8)
    bars = np.full((8, 8), 90, np.uint8)
    bars[::2] = 230
    for image in images:
        for place, patch in zip(random.permutation(16), (bars.T if vertical else bars, 160, 160, 40), strict=False):
            top, left = 8 * (place // 4), 8 * (place % 4)
            image[top : top + 8, left : left + 8] = patch
    return images


@pytest.fixture(scope="module")
def studied():
    """Network, its view, what ACE finds, and the images."""
    keras.utils.set_random_seed(2)
    inputs = keras.Input((PX, PX, 1))
    network = keras.Model(inputs, build(inputs))
    shown = np.concatenate([textures(160, False, 1), textures(160, True, 2)])[..., None].astype(np.float32) / 255
    labels = np.repeat([0, 1], 160)
    network.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    network.fit(shown, labels, epochs=12, batch_size=32, verbose=0)
    assert (network.predict(shown, verbose=0).argmax(axis=1) == labels).mean() > 0.95
    view = LayerView(network, earlier_layer(flat_graph(network)).name)
    images = Subjects(textures(24, True, 3), (), np.array([f"p{row // 2}" for row in range(24)]), {"source": ["a"] * 24}, {})
    found = explain_class(view, images, 1, np.concatenate([textures(24, False, 5), textures(24, True, 6)]), (), CONFIG, seed=4)
    assert found.seen.significant
    return network, view, found, images


def check(studied, methods, seeds=SEEDS):
    network, _, _, images = studied
    return check_randomisation(network, seeds, methods, {}, resample(images.groups, 200, 1))


@pytest.fixture(scope="module")
def both(studied):
    return check(studied, both_methods(studied))


def test_both_are_asked_on_the_same_networks_and_images(both):
    assert [stage.layer for stage in both.methods["Grad-CAM"]] == LAYERS
    assert [stage.layer for stage in both.methods["ACE"]] == ["logits", "first"]
    assert (both.networks, both.layers) == (3, 4)
    assert all(len(stage.by_network) == 3 for stages in both.methods.values() for stage in stages)


def test_the_map_of_ace_changes_with_the_weights(both):
    last = both.methods["ACE"][-1]
    assert abs(last.correlation) < 0.5
    assert last.likeness < 0.5
    assert last.images > 12
    assert last.low < last.likeness < last.high


def test_the_table_has_the_first_and_the_last_stage_of_both(both):
    rows = [(row.method, row.measure) for row in both.rows()]
    assert rows == [(method, measure) for method in ("Grad-CAM", "ACE") for measure in ("last_layer_random", "all_layers_random")]
    assert both.rows()[-1].value == both.methods["ACE"][-1].likeness
    assert both.rows()[-1].low == both.methods["ACE"][-1].low


def test_unchanged_weights_give_the_same_map_again(studied):
    network, _, found, _ = studied
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    view = LayerView(copy, found.layer)
    again = painted(score(view, group(view, found.material, CONFIG, 4), found.material, CONFIG, 4), found.material)
    np.testing.assert_array_equal(again, found.maps)


def test_without_randomisation_the_correlation_is_one(studied, monkeypatch):
    monkeypatch.setattr("components.explainer.randomisation._first_weights", lambda layer, seeds: layer.get_weights())
    _, view, found, _ = studied
    found_again = check(studied, {"ACE": ace_anew(view, found, CONFIG, 4, LAYERS).remade}, SEEDS[:1])
    assert [stage.layer for stage in found_again.methods["ACE"]] == LAYERS
    assert [stage.by_network for stage in found_again.methods["ACE"]] == [(1.0,)] * 4


def test_groups_are_found_anew_only_where_the_weights_before_have_changed(studied):
    """What is taken over from the trained network is what the random one would find itself."""
    network, view, found, _ = studied
    maps = None
    for name, changed in cascade(network, SEEDS[0]):
        other = LayerView(changed, found.layer)
        maps = maps or ace_anew(view, found, CONFIG, 4, LAYERS).remade.prepare(changed)
        groups = group(other, found.material, CONFIG, 4)
        np.testing.assert_array_equal(maps(), painted(score(other, groups, found.material, CONFIG, 4), found.material))
        same = np.array_equal(groups.activations, found.seen.groups.activations)
        assert same == (name in ("logits", "third"))


def constant(values):
    """Make a method whose map of the copy has the values of each call in turn."""
    calls = iter(values)
    return lambda changed: lambda: next(calls)


def test_networks_and_patients_by_hand(studied):
    # Images of four pixels: ranks 1 2 3 4 against 1 2 4 3 are 0.8, against 4 3 2 1 they are -1; a flat map has none.
    rising, swapped, falling, flat = (
        np.array(values, np.float32).reshape(2, 2) for values in ([1, 2, 3, 4], [1, 2, 4, 3], [4, 3, 2, 1], [0] * 4)
    )
    trained = np.stack([rising] * 24)
    first = np.stack([rising] * 12 + [swapped] * 12)
    found = check(studied, {"hand": Remade(trained, constant([first, np.stack([falling] * 24), np.stack([flat] * 24)]), ["logits"])})
    (stage,) = found.methods["hand"]
    assert stage.by_network == (pytest.approx(0.9), -1, None)
    # Each image is the mean of its networks with a map: (1 - 1) / 2 and (0.8 - 1) / 2.
    assert stage.correlation == pytest.approx(-0.05)
    # Without sign: (1 + 1) / 2 and (0.8 + 1) / 2.
    assert stage.likeness == pytest.approx(0.95)
    assert (stage.images, stage.patients) == (24, 12)
    # Near 1 the interval reaches as far down as that of 12 flawless patients: 0.025 = low ** 12.
    assert stage.low == pytest.approx(0.025 ** (1 / 12))
    assert 0.95 < stage.high <= 1
    assert [row.measure for row in found.rows()] == ["all_layers_random"]


def test_maps_that_are_flat_in_every_network_have_no_correlation(studied):
    trained = np.random.default_rng(1).random((24, 4, 4), np.float32)
    found = check(studied, {"flat": Remade(trained, constant([np.zeros((24, 4, 4), np.float32)] * 3), ["first"])})
    (stage,) = found.methods["flat"]
    assert stage.by_network == (None, None, None)
    assert (stage.correlation, stage.images) == (None, 0)
    assert stage.why_none == "undefined on these images"
    assert found.rows()[0].value is None


def both_methods(studied):
    network, view, found, images = studied
    pixels, classes = images.images[..., None].astype(np.float32) / 255, np.ones(len(images.images), np.int64)
    of_gradcam = gradcam_anew(GradCam(network).maps(pixels, classes), pixels, classes)
    return {"Grad-CAM": of_gradcam, "ACE": ace_anew(view, found, CONFIG, 4, ["logits", "first"]).remade}


def counted(studied):
    """Return the counts of ACE in each network with all layers random, and of all stages in their order."""
    _, view, found, _ = studied
    anew = ace_anew(view, found, CONFIG, 4, ["logits", "first"])
    check(studied, {"ACE": anew.remade})
    return anew.all_random(), anew.counts


def test_the_concepts_of_random_networks_are_counted_network_by_network(studied, monkeypatch):
    usual, every = counted(studied)
    assert usual == tuple(every[1::2])
    # Where the last layer alone is random the groups are those of the trained network.
    assert {each.concepts for each in every[::2]} == {len(studied[2].seen.scores)}
    assert all(0 <= each.beyond <= each.significant <= each.concepts for each in every)
    overflowing(monkeypatch, SEEDS[1])
    assert counted(studied)[0] == (usual[0], None, usual[2])


def test_a_random_network_that_overflows_is_counted_and_left_out(studied, both, monkeypatch):
    overflowing(monkeypatch, SEEDS[1])
    found = check(studied, both_methods(studied))
    for method in ("Grad-CAM", "ACE"):
        last, usual = found.methods[method][-1], both.methods[method][-1]
        assert last.overflows == (False, True, False)
        assert last.by_network == (usual.by_network[0], None, usual.by_network[2])
        assert usual.overflows == (False, False, False)
        assert last.images > 12
        assert not any(found.methods[method][0].overflows)


def test_where_every_random_network_overflows_the_table_says_so(studied, monkeypatch):
    overflowing(monkeypatch, *SEEDS)
    found = check(studied, both_methods(studied))
    rows = [row for row in found.rows() if row.measure == "all_layers_random"]
    assert [(row.method, row.value, row.images) for row in rows] == [("Grad-CAM", None, 0), ("ACE", None, 0)]
    assert {row.why_none for row in rows} == {"every random network overflows"}


def test_stages_are_spread_from_the_first_to_the_last(studied):
    assert spread_out(stage_names(studied[0]), 2) == ["logits", "first"]
    assert spread_out(list("abcde"), 3) == ["a", "c", "e"]
    assert spread_out(list("abc"), 1) == ["c"]
    assert spread_out(list("abc"), 9) == list("abc")
    assert spread_out(list("abc"), 0) == []
