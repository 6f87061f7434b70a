"""A head fitted by penalised logistic regression over what a frozen body makes of the images: one solution a penalty, no descent."""

from collections.abc import Iterator
from typing import Final

import keras
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from components.trainer.examples import Examples
from components.trainer.network import LOGITS

# C of scikit-learn, with as much weight in the loss as there are images; ascending, so that of equals the strongest penalty is kept.
INVERSE_PENALTIES: Final = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1.0)
# Of a class without an image in training, or a finding that all have: its probability is next to nothing, or to 1, and never there.
_CERTAIN: Final = 20.0
_BATCH: Final = 1024

Floats = npt.NDArray[np.float64]


def solutions(
    head: keras.Model, training: Examples, targets: npt.NDArray[np.float32], weights: Floats, use_views: bool
) -> Iterator[dict[str, float]]:
    """Give the head the weights of each penalty in turn, the strongest first.

    The loss is cross-entropy with an L2 penalty on the kernel, the bias free, by scikit-learn's L-BFGS: of all classes together where
    each image has one, of each finding by itself where it may have several.

    Args:
      head: as components.trainer.frozen.head_of makes it; its dropout takes no part.
      training: with pooled features for pixels.
      targets: float32 [n, k] of 0 and 1, or those of one class an image.
      weights: float64 [n], or [n, k] where findings differ in theirs; of an image, its views share it.
      use_views: views are learned from as well.
    Yields:
      inverse_penalty, once the head has the weights of it.
    """
    counts = training.versions if use_views else np.ones(len(training), np.int64)
    image = np.repeat(np.arange(len(training)), counts)
    version = np.arange(len(image)) - np.repeat(np.cumsum(counts) - counts, counts)
    features = _inputs(head, training, image, training.first[image] + version)
    columns = weights if weights.ndim > 1 else weights[:, np.newaxis]
    share = columns[image] / counts[image, np.newaxis]
    share *= len(training) / share.sum(axis=0)
    dense = head.get_layer(LOGITS)
    # Each penalty starts where the stronger one before it ended.
    regressions = [LogisticRegression(solver="lbfgs", tol=1e-5, max_iter=2000, warm_start=True) for _ in range(columns.shape[1])]
    for inverse_penalty in INVERSE_PENALTIES:
        for regression in regressions:
            regression.set_params(C=inverse_penalty)
        if weights.ndim > 1:
            found = [_binary(regressions[k], features, targets[image, k], share[:, k]) for k in range(targets.shape[1])]
            kernel, bias = np.stack([each for each, _ in found], axis=1), np.array([each for _, each in found])
        else:
            kernel, bias = _multinomial(regressions[0], features, targets[image], share[:, 0])
        dense.set_weights([kernel, bias])
        yield {"inverse_penalty": inverse_penalty}


def _inputs(head: keras.Model, training: Examples, image: npt.NDArray[np.int64], row: npt.NDArray[np.int64]) -> Floats:
    """Compute what reaches the last layer: standardised features, and metadata behind them where the head takes any."""
    before = keras.Model(head.inputs, head.get_layer(LOGITS).input)
    pooled = np.asarray(training.pixels)[row]
    given = [pooled, training.metadata[image]] if len(head.inputs) > 1 else pooled
    found: Floats = np.asarray(before.predict(given, batch_size=_BATCH, verbose=0), np.float64)
    return found


def _multinomial(regression: LogisticRegression, features: Floats, hot: npt.NDArray[np.float32], weights: Floats) -> tuple[Floats, Floats]:
    """Fit all classes together; kernel float64 [d, k] and bias float64 [k] before a softmax."""
    kernel, bias = np.zeros([features.shape[1], hot.shape[1]]), np.full(hot.shape[1], -_CERTAIN)
    truth = hot.argmax(axis=1)
    seen = np.unique(truth)
    bias[seen] = 0.0
    if len(seen) > 1:
        fitted = regression.fit(features, truth, sample_weight=weights)
        # Of two classes, the second alone has coefficients.
        told = seen if len(seen) > 2 else seen[1:]
        kernel[:, told], bias[told] = fitted.coef_.T, fitted.intercept_
    return kernel, bias


def _binary(regression: LogisticRegression, features: Floats, truth: npt.NDArray[np.float32], weights: Floats) -> tuple[Floats, float]:
    """Fit one finding; kernel float64 [d] and bias before a sigmoid."""
    if truth.min() == truth.max():
        return np.zeros(features.shape[1]), _CERTAIN if truth[0] else -_CERTAIN
    fitted = regression.fit(features, truth, sample_weight=weights)
    return fitted.coef_[0], float(fitted.intercept_[0])
