"""Numbers that are not finite: of a trained network a fault, of a random one an accident."""

from typing import Any

import keras
import numpy as np

from components.base.errors import UserError

# Images that are looked at again.
_CHECKED = 8


class OverflowedError(UserError):
    """A network's activations or gradients are not finite."""

    def __init__(self, what: str) -> None:
        """Name the numbers, such as "Grad-CAM: the model's gradients", and what a user can do, who knows of the trained network alone."""
        super().__init__(f"{what} are not finite; the model's training has diverged, train it again")


def check_outputs(model: keras.Model, inputs: Any) -> None:
    """Tell a network without evidence from one whose numbers overflow.

    A compiled convolution with its ReLU may turn NaN into 0 (oneDNN's fused kernels do), and all behind it is then finite. One operation
    at a time, NaN stays NaN up to the output.

    Args:
      model: with one output or several.
      inputs: as it takes them, arrays float32 [n, ...]; the first images alone are looked at.
    Raises:
      OverflowedError: there is a value in its outputs that is not finite.
    """
    outputs = model(keras.tree.map_structure(lambda each: each[:_CHECKED], inputs), training=False)
    if not all(np.isfinite(np.asarray(each)).all() for each in keras.tree.flatten(outputs)):
        raise OverflowedError("the network's outputs")
