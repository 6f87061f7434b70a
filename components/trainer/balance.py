"""How rare classes, and rare cells of source x class, come to count as much as frequent ones."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from components.trainer.config import Balance

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def balanced_weights(counts: Sequence[float]) -> list[float]:
    """Weigh each class by n / (k n_c), so that every class has the same total weight and the mean weight is 1.

    The heuristic of King and Zeng 2001 (Logistic Regression in Rare Events Data), as in scikit-learn's "balanced".

    Args:
      counts: examples of each class, or how many of n draws are expected of each.
    Returns:
      A weight for each class; 0 for a class without examples, which then does not count among the k.
    """
    present = sum(count > 0 for count in counts)
    return [sum(counts) / (present * count) if count else 0.0 for count in counts]


def class_weights(labels: Integers, class_count: int, balance: Balance, probabilities: Floats | None = None) -> list[float]:
    """Give the weight of each class in the loss: for class_weight such that all weigh the same over what is drawn, else 1.

    Args:
      labels: int64 [n].
      class_count: number of classes.
      balance: of the configuration.
      probabilities: float64 [n], how likely each example is drawn; None where every example comes once an epoch.
    """
    if balance != "class_weight":
        return [1.0] * class_count
    shares = None if probabilities is None else probabilities * len(labels)
    return balanced_weights(np.bincount(labels, shares, class_count).tolist())


def draw_probabilities(labels: Integers, sources: npt.NDArray[np.str_], balance: Balance) -> Floats | None:
    """Say how likely each example is drawn, with replacement, for each place in a batch.

    Args:
      labels: int64 [n].
      sources: text [n].
      balance: oversample makes every class equally likely, source_class every cell of source x class that holds images
        (the source then tells nothing of the class where a class has as many cells as another; see the docs).
    Returns:
      float64 [n], sum 1; None where every example comes once an epoch.
    """
    if balance == "oversample":
        _, cell, counts = np.unique(labels, return_inverse=True, return_counts=True)
    elif balance == "source_class":
        names = np.char.add(np.char.add(sources, "\n"), labels.astype(np.str_))
        _, cell, counts = np.unique(names, return_inverse=True, return_counts=True)
    else:
        return None
    probabilities: Floats = 1.0 / (len(counts) * counts[cell])
    return probabilities


def source_probabilities(sources: npt.NDArray[np.str_]) -> Floats:
    """Make every source equally likely, as group DRO draws its groups; float64 [n], sum 1."""
    _, number, counts = np.unique(sources, return_inverse=True, return_counts=True)
    probabilities: Floats = 1.0 / (len(counts) * counts[number])
    return probabilities


def positive_weights(findings: Integers, probabilities: Floats | None = None) -> list[float]:
    """Weigh the positives of each finding by negatives over positives, as CheXNet's loss does for pneumonia (arXiv:1711.05225).

    Args:
      findings: int64 [n, k] of 0 and 1.
      probabilities: float64 [n], how likely each example is drawn; None where every example comes once an epoch.
    Returns:
      A weight for each finding; 1 where all examples have it or none has.
    """
    shares = np.full(len(findings), 1.0 / len(findings)) if probabilities is None else probabilities
    mixed = (findings.min(axis=0) == 0) & (findings.max(axis=0) == 1)
    return [(1.0 - share) / share if both else 1.0 for share, both in zip((shares @ findings).tolist(), mixed.tolist(), strict=True)]
