from math import prod

import keras
import numpy as np
import pytest

from components.base.errors import UsageError
from components.trainer.architectures import own_cnn
from components.trainer.block_style import group_count
from components.trainer.network import NetworkSpec

SPEC = NetworkSpec(image_px=44, class_count=3, seed=5)
SMALL = {**own_cnn.DEFAULTS, "stages": 2, "width": 6}
VARIANTS = [
    {"block": "plain", "blocks": 4},
    {"block": "residual", "blocks": 3, "squeeze_excitation": True},
    {"block": "separable", "blocks": 2, "normalisation": "group", "kernel_size": 5},
    {"block": "pepx", "blocks": 2, "squeeze_excitation": True, "pooling": "average_max"},
    {"block": "residual", "stages": 6, "width": 1, "normalisation": "group", "pooling": "average_max"},
    {"block": "pepx", "stages": 6, "width": 1},
]


def names_of(model):
    return [layer.name for layer in model.layers]


def test_one_block_a_stage_is_the_network_of_before():
    """Its layers, their order and the seed of each are those of the version that had no `blocks`."""
    model = own_cnn.build({**SMALL, "width": 4}, SPEC)
    assert names_of(model) == [
        *["image", "centred", "stem_conv", "stem_norm", "stem_relu"],
        *["stage1_a_conv", "stage1_a_norm", "stage1_a_relu", "stage1_b_conv", "stage1_b_norm", "stage1_sum", "stage1_relu", "stage2_pool"],
        *["stage2_a_conv", "stage2_a_norm", "stage2_a_relu", "stage2_skip_conv", "stage2_b_conv", "stage2_skip_norm", "stage2_b_norm"],
        *["stage2_sum", "stage2_relu", "embedding", "dropout", "logits", "probabilities"],
    ]
    order = ["stem", "stage1_a", "stage1_b", "stage2_a", "stage2_b", "stage2_skip"]
    for place, name in enumerate(order):
        kernel = model.get_layer(f"{name}_conv").kernel
        np.testing.assert_array_equal(kernel, keras.initializers.HeNormal(5000 + place)(kernel.shape))
    assert model.get_layer("dropout").seed == 5006
    np.testing.assert_array_equal(model.get_layer("logits").kernel, keras.initializers.GlorotUniform(5007)((8, 3)))


def flops_by_hand(model):
    """Count over the built layers: each output value of a convolution or dense layer takes one product for each of its inputs."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            total += 2 * prod(layer.output.shape[1:]) * prod(layer.kernel.shape[:2])
        elif isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)):
            total += 2 * prod(layer.output.shape[1:]) * prod(layer.kernel.shape[:-1])
    return total


@pytest.mark.parametrize("metadata", [False, True])
@pytest.mark.parametrize("changes", VARIANTS, ids=str)
def test_weights_and_operations_are_counted_without_building(changes, metadata):
    parameters = {**SMALL, **changes}
    spec = NetworkSpec(image_px=44, class_count=3, seed=5, metadata=metadata)
    model = own_cnn.build(parameters, spec)
    assert own_cnn.count_parameters(parameters, spec) == model.count_params()
    assert own_cnn.count_flops(parameters, spec) == flops_by_hand(model)


def test_operations_of_a_tiny_network_worked_by_hand():
    # Of 5 px the stem leaves 3 x 3, with 9 products for each of 2 channels; a plain block has 2 x 2 kernels of 9, twice; then 2 x 3.
    parameters = {**SMALL, "stages": 1, "width": 2, "block": "plain"}
    assert own_cnn.count_flops(parameters, NetworkSpec(5, 3, 1)) == 2 * (9 * (9 * 2) + 2 * 9 * (9 * 4) + 6)


@pytest.mark.parametrize("changes", VARIANTS, ids=str)
def test_every_variant_gives_probabilities_and_hears_its_input(changes):
    model = own_cnn.build({**SMALL, **changes}, SPEC)
    images = np.random.default_rng(3).uniform(size=[4, 44, 44, 1]).astype("float32")
    probabilities = np.asarray(model(images, training=True))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    assert np.ptp(probabilities, axis=0).max() > 0


def test_every_kernel_of_deep_stages_starts_differently():
    model = own_cnn.build({**SMALL, "blocks": 3, "squeeze_excitation": True}, SPEC)
    kernels = [layer.kernel.numpy() for layer in model.layers if hasattr(layer, "kernel")]
    firsts = {(kernel.shape, kernel.ravel()[:4].tobytes()) for kernel in kernels}
    assert len(firsts) == len(kernels)


def test_squeeze_and_excitation_weighs_each_channel_before_the_sum():
    model = own_cnn.build({**SMALL, "stages": 1, "squeeze_excitation": True}, SPEC)
    weighted = model.get_layer("stage1_weighted")
    assert [tensor._keras_history.operation.name for tensor in weighted.input] == ["stage1_b_norm", "stage1_weights"]
    inside = keras.Model(model.input, [weighted.input[0], weighted.input[1], weighted.output])
    maps, weights, product = inside(np.random.default_rng(1).uniform(size=[2, 44, 44, 1]))
    assert weights.shape == (2, 1, 1, 6)
    assert np.all((weights.numpy() > 0) & (weights.numpy() < 1))
    np.testing.assert_allclose(product, maps * weights)
    pooled = maps.numpy().mean(axis=(1, 2))
    reduce, excite = model.get_layer("stage1_reduce"), model.get_layer("stage1_excite")
    narrow = np.maximum(pooled @ reduce.kernel.numpy() + reduce.bias.numpy(), 0)
    expected = 1 / (1 + np.exp(-(narrow @ excite.kernel.numpy() + excite.bias.numpy())))
    np.testing.assert_allclose(weights[:, 0, 0], expected, rtol=1e-4)


def test_pepx_projects_expands_filters_projects_and_extends():
    model = own_cnn.build({**SMALL, "stages": 1, "width": 8, "block": "pepx"}, SPEC)
    convolutions = [layer for layer in model.layers if "stage1" in layer.name and hasattr(layer, "kernel")]
    assert [(layer.name.removeprefix("stage1_"), layer.output.shape[-1], layer.kernel.shape[0]) for layer in convolutions] == [
        ("project_conv", 4, 1),
        ("expand_conv", 6, 1),
        ("depthwise", 6, 3),
        ("project_again_conv", 4, 1),
        ("extend_conv", 8, 1),
    ]


def test_group_normalisation_does_not_depend_on_the_other_images():
    images = np.random.default_rng(1).uniform(size=[4, 44, 44, 1]).astype("float32")
    for normalisation, alone in (("group", True), ("batch", False)):
        model = own_cnn.build({**SMALL, "dropout": 0.0, "normalisation": normalisation}, SPEC)
        of_all, of_one = model(images, training=True)[:1], model(images[:1], training=True)
        assert np.allclose(of_all, of_one, atol=1e-5) == alone


@pytest.mark.parametrize(("channels", "groups"), [(1, 1), (2, 1), (7, 1), (8, 2), (12, 3), (24, 6), (32, 8), (64, 8)])
def test_groups_have_four_channels_or_more(channels, groups):
    assert group_count(channels) == groups


def test_the_head_takes_the_average_and_the_largest_value_of_each_map():
    model = own_cnn.build({**SMALL, "pooling": "average_max"}, SPEC)
    pooled = keras.Model(model.input, [model.get_layer("stage2_relu").output, model.get_layer("embedding").output])
    maps, embedding = pooled(np.random.default_rng(1).uniform(size=[2, 44, 44, 1]))
    expected = np.concatenate([maps.numpy().mean(axis=(1, 2)), maps.numpy().max(axis=(1, 2))], axis=1)
    np.testing.assert_allclose(embedding, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "value"), [("block", "dense"), ("normalisation", "layer"), ("pooling", "max")])
def test_an_unknown_choice_is_named(name, value):
    with pytest.raises(UsageError, match=f"{name} of own_cnn must be one of .*, not '{value}'"):
        own_cnn.build({**SMALL, name: value}, SPEC)


def test_it_has_no_pretrained_weights():
    with pytest.raises(UsageError, match="initial weights of own_cnn must be one of none, not 'imagenet'"):
        own_cnn.build(SMALL, SPEC, "imagenet")
