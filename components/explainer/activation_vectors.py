"""Concept activation vectors: the direction in a layer's space that leads from random examples to those of a concept."""

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.linear_model import LogisticRegression

from components.base.errors import UsageError

Floats = npt.NDArray[np.float64]

# Fewer leave a held-out third of less than two examples on each side.
LEAST_EXAMPLES = 6
# Inverse strength of the L2 penalty, for activations whose variance is 1 a channel. Weak penalties let the normal follow the noise of
# single examples: there are more channels than examples.
INVERSE_PENALTY = 0.01


def spread(sets: list[Floats]) -> float:
    """Return the standard deviation of a channel, averaged over channels as variance: one number, above 0.

    Activations are divided by it before a classifier sees them, so that the penalty means the same at every layer. Channels are not
    scaled one by one: the normal would have to be scaled back, and channels that hardly vary would then lead it.

    Args:
      sets: activations float [m, d] each.
    """
    deviation = float(np.sqrt(np.concatenate(sets).var(axis=0).mean()))
    return deviation if deviation > 0 else 1.0


def activation_vector(concept: Floats, random: Floats, scale: float, seed: tuple[int, ...]) -> tuple[Floats, float]:
    """Train a linear classifier of two sets and take its normal (Kim et al. 2018, arXiv:1711.11279, section 3.2).

    Logistic regression with an L2 penalty (`INVERSE_PENALTY`) in the place of the published code's stochastic gradient descent: it has
    one solution, which no order of the examples changes. The larger set is cut to the size of the smaller by a draw without
    replacement. A third of each set is held out, and the classifier never sees it.

    Args:
      concept: float [m, d], `LEAST_EXAMPLES` or more.
      random: float [r, d], as many or more.
      scale: what `spread` returns.
      seed: decides the draw and what is held out.
    Returns:
      float64 [d] of length 1 towards the concept, zero where the sets cannot be told apart at all; and the accuracy on what was held out,
      [0, 1], 0.5 being chance.
    Raises:
      UsageError: a set is too small.
    """
    size = min(len(concept), len(random))
    if size < LEAST_EXAMPLES:
        raise UsageError(
            f"a concept activation vector needs {LEAST_EXAMPLES} examples of each set, here are {size}: leave small concepts out"
        )
    generator = np.random.default_rng(seed)
    held_out, trained = [], []
    for examples in (concept, random):
        drawn = examples[generator.permutation(len(examples))[:size]] / scale
        held_out.append(drawn[: size // 3])
        trained.append(drawn[size // 3 :])
    rows = np.concatenate(trained)
    centre = rows.mean(axis=0)
    labels = np.repeat([1, 0], len(trained[0]))
    with config_context(assume_finite=True):
        model = LogisticRegression(C=INVERSE_PENALTY, solver="lbfgs", tol=1e-6, max_iter=1000).fit(rows - centre, labels)
    normal: Floats = np.asarray(model.coef_[0], np.float64)
    positive, negative = ((part - centre) @ normal + model.intercept_[0] for part in held_out)
    accuracy = float((np.mean(positive > 0) + np.mean(negative <= 0)) / 2)
    length = float(np.linalg.norm(normal))
    return (normal / length if length > 0 else normal), accuracy
