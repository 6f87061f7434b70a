"""One temperature for all probabilities (Guo et al. 2017, On Calibration of Modern Neural Networks, arXiv:1706.04599, section 4.2)."""

import numpy as np
import numpy.typing as npt

from components.base.section import Section

Floats = npt.NDArray[np.float64]

# Beyond these the likelihood has no maximum that the images decide.
LEAST, MOST = 0.05, 20.0
# A probability of 0 in float32 was something below its smallest number; its logarithm must be finite.
_SMALLEST = float(np.finfo(np.float32).tiny)
_STEPS = 60


class ModelTemperature(Section):
    """What became of the temperature of a model whose training was to fit one (`trainer.temperature`).

    Attributes:
      value: on the eval images; None where it cannot be fitted.
      note: empty, or why there is none.
      applied: the probabilities of the model are scaled by it.
      eval_images: how many images it was fitted on.
    """

    value: float | None
    note: str
    applied: bool
    eval_images: int


def scale(probabilities: npt.ArrayLike, temperature: float) -> Floats:
    """Apply a temperature to probabilities: softmax of their logarithms over it, which is that of the logits over it.

    Args:
      probabilities: float [n, classes].
      temperature: above 0; 1 changes nothing but the rounding.
    Returns:
      float64 [n, classes], rows sum to 1. The inverse temperature takes it back, but for probabilities that were 0 in float32.
    """
    logits = np.log(np.maximum(np.asarray(probabilities, np.float64), _SMALLEST)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    scaled: Floats = powers / powers.sum(axis=1, keepdims=True)
    return scaled


def log_losses(label_index: npt.NDArray[np.int64], probabilities: npt.ArrayLike) -> Floats:
    """Compute the negative log probability of the true class: float64 [n], nats, at most 87.3."""
    true = np.asarray(probabilities, np.float64)[np.arange(len(label_index)), label_index]
    losses: Floats = -np.log(np.maximum(true, _SMALLEST))
    return losses


def fit_temperature(label_index: npt.NDArray[np.int64], probabilities: npt.ArrayLike) -> tuple[float | None, str]:
    """Find the temperature of the greatest likelihood.

    The log likelihood is concave in the inverse temperature, so its slope is bisected.

    Args:
      label_index: int64 [n], the true class.
      probabilities: float [n, classes].
    Returns:
      The temperature in [LEAST, MOST] and an empty text; or None and why there is none.
    """
    if not len(label_index):
        return None, "eval holds no image"
    scores = np.asarray(probabilities, np.float64)
    if _slope(label_index, scores, 1 / LEAST) > 0:
        return None, f"eval wants a temperature below {LEAST:g}: every answer there is right, or nearly"
    if _slope(label_index, scores, 1 / MOST) < 0:
        return None, f"eval wants a temperature above {MOST:g}: the probabilities there say nothing of the classes"
    cold, hot = np.log(LEAST), np.log(MOST)
    for _ in range(_STEPS):
        middle = (cold + hot) / 2
        if _slope(label_index, scores, float(np.exp(-middle))) > 0:
            hot = middle
        else:
            cold = middle
    return float(np.exp((cold + hot) / 2)), ""


def _slope(label_index: npt.NDArray[np.int64], probabilities: Floats, inverse: float) -> float:
    """Give the derivative of the mean log likelihood by the inverse temperature."""
    logits = np.log(np.maximum(probabilities, _SMALLEST))
    logits -= logits.max(axis=1, keepdims=True)
    expected = (scale(probabilities, 1 / inverse) * logits).sum(axis=1)
    return float((logits[np.arange(len(label_index)), label_index] - expected).mean())
