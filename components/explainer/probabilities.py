"""Does a model answer in probabilities?"""

from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt

from components.base.errors import UsageError
from components.explainer.feature_maps import flat_graph, layer_of
from components.explainer.model_inputs import Floats
from components.predictions.predict import SUM_TOLERANCE

_TOLERANCE: Final = 1e-6


def within_0_to_1(values: npt.NDArray[Any]) -> bool:
    """Whether all of some values can be probabilities, up to rounding; NaN cannot."""
    return bool(((values >= -_TOLERANCE) & (values <= 1 + _TOLERANCE)).all())


def check_probabilities(values: Floats, network: keras.Model) -> None:
    """Refuse what a model must not answer, such as scores before the softmax.

    Args:
      values: float32 [n, classes], what it answered.
      network: the model; where it closes with a sigmoid for each class, an image may have any number of them.
    Raises:
      UsageError: a value lies outside 0 to 1, or those of an image do not sum to 1 where they must.
    """
    if not within_0_to_1(values):
        raise UsageError(
            f"the model returned values from {values.min():.3f} to {values.max():.3f}, and probabilities lie within 0 to 1; "
            "give the network with its closing softmax"
        )
    closing = layer_of(flat_graph(network).operations[-1])
    sums = values.sum(axis=1)
    worst = sums[np.abs(sums - 1).argmax()]
    if getattr(closing, "activation", None) is not keras.activations.sigmoid and abs(worst - 1) > SUM_TOLERANCE:
        raise UsageError(
            f"the values that the model returned for an image sum to {worst:.3f}, and probabilities to 1; "
            "give the network with its closing softmax"
        )
