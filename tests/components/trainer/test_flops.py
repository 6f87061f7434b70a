import keras
import pytest

from components.trainer.architectures import resnet50, vgg19
from components.trainer.flops import count_flops
from components.trainer.network import NetworkSpec


def model_of(*layers, shape=(8, 6, 3)):
    image = x = keras.Input(shape)
    for layer in layers:
        x = layer(x)
    return keras.Model(image, x)


def test_a_convolution_uses_its_kernel_at_every_place():
    # 3 * 3 * 3 * 5 = 135 values at 8 * 6 places.
    assert count_flops(model_of(keras.layers.Conv2D(5, 3, padding="same"))) == 2 * 135 * 48
    # 6 * 4 places without padding; with strides of 2, 4 * 3.
    assert count_flops(model_of(keras.layers.Conv2D(5, 3))) == 2 * 135 * 24
    assert count_flops(model_of(keras.layers.Conv2D(5, 3, strides=2, padding="same"))) == 2 * 135 * 12


def test_groups_see_a_share_of_the_channels():
    assert count_flops(model_of(keras.layers.Conv2D(6, 1, groups=3))) == 2 * (1 * 6) * 48


def test_a_depthwise_convolution_sees_one_channel_at_a_time():
    assert count_flops(model_of(keras.layers.DepthwiseConv2D(3, padding="same"))) == 2 * (9 * 3) * 48


def test_a_separable_convolution_is_a_depthwise_one_and_a_pointwise_one():
    assert count_flops(model_of(keras.layers.SeparableConv2D(5, 3, padding="same"))) == 2 * (9 * 3 + 3 * 5) * 48


def test_a_dense_layer_multiplies_each_pair_once():
    assert count_flops(model_of(keras.layers.Flatten(), keras.layers.Dense(7))) == 2 * (144 * 7)


def test_layers_add_up_and_those_without_kernels_count_nothing():
    layers = [
        keras.layers.Conv2D(4, 3, padding="same"),
        keras.layers.BatchNormalization(),
        keras.layers.MaxPooling2D(2),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2),
    ]
    assert count_flops(model_of(*layers)) == 2 * (9 * 3 * 4 * 48 + 4 * 2)


def test_a_kernel_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="Conv2DTranspose"):
        count_flops(model_of(keras.layers.Conv2DTranspose(2, 3)))


@pytest.mark.parametrize(
    ("architecture", "published"),
    # He et al. 2016, table 1: 3.8e9 multiplications and additions; VGG-19 without its three dense layers: 19.5e9, their table 1.
    [(resnet50, 3.8e9), (vgg19, 19.5e9)],
)
def test_published_networks_come_near_what_is_published(architecture, published):
    model = architecture.build(architecture.DEFAULTS, NetworkSpec(224, 3, 1))
    assert count_flops(model) / 2 == pytest.approx(published, rel=0.03)
