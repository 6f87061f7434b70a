import keras
import numpy as np
import pytest

from components.base.errors import UserError
from components.trainer.architectures import dark_covid_net
from components.trainer.network import NetworkSpec


@pytest.fixture(scope="module")
def of_the_paper():
    """Two classes, 256 px."""
    return dark_covid_net.build(dark_covid_net.DEFAULTS, NetworkSpec(256, 2, seed=1))


def test_the_count_of_trained_weights_is_that_of_the_paper(of_the_paper):
    assert sum(int(np.prod(weight.shape)) for weight in of_the_paper.trainable_weights) == 1_164_434


def test_it_has_seventeen_convolutions_and_the_map_of_the_paper(of_the_paper):
    convolutions = [layer for layer in of_the_paper.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len(convolutions) == 17
    assert [layer.output.shape[1] for layer in convolutions] == [256, 128, 64, 66, 66, 33, 35, 35, 17, 19, 19, 9, 11, 11, 13, 13, 13]
    assert of_the_paper.get_layer("embedding").output.shape == (None, 13 * 13 * 2)


def test_imagenet_weights_are_refused():
    with pytest.raises(UserError, match="dark_covid_net has no ImageNet weights"):
        dark_covid_net.build(dark_covid_net.DEFAULTS, NetworkSpec(32, 3, 1), "imagenet")
