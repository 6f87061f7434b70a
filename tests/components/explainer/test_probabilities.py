"""What a model must not answer."""

import keras
import numpy as np
import pytest

from components.base.errors import UsageError
from components.explainer.probabilities import check_probabilities


def closing_with(activation):
    inputs = keras.Input((4, 4, 1))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 3)(inputs))
    return keras.Model(inputs, keras.layers.Dense(3, activation=activation)(pooled))


def check(values, network):
    check_probabilities(np.array(values, np.float32), network)


@pytest.mark.parametrize("activation", ["softmax", None])
def test_rows_that_sum_to_one_are_probabilities(activation):
    check([[0.2, 0.3, 0.5], [1, 0, 0]], closing_with(activation))


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", None])
@pytest.mark.parametrize("value", [-0.097, 1.01, np.nan])
def test_values_outside_0_to_1_are_refused(activation, value):
    with pytest.raises(UsageError, match=r"values from .* to .*, and probabilities lie within 0 to 1; give the network with its closing"):
        check([[0.2, 0.3, 0.5], [value, 1 - value, 0]], closing_with(activation))


@pytest.mark.parametrize("activation", ["softmax", None])
def test_rows_must_sum_to_one(activation):
    with pytest.raises(UsageError, match=r"sum to 1\.200, and probabilities to 1"):
        check([[0.2, 0.3, 0.5], [0.4, 0.4, 0.4]], closing_with(activation))


def test_with_a_sigmoid_each_an_image_may_have_any_number_of_classes():
    check([[0.9, 0.9, 0.9], [0, 0, 0]], closing_with("sigmoid"))
    # Within another model as well.
    check([[0.9, 0.9, 0.9]], keras.Sequential([keras.Input((4, 4, 1)), closing_with("sigmoid")]))
