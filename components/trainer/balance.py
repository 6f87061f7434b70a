"""Weights that make rare classes count as much as frequent ones."""

from collections.abc import Sequence


def balanced_weights(counts: Sequence[int]) -> list[float]:
    """Weigh each class by n / (k n_c), so that every class has the same total weight and the mean weight is 1.

    The heuristic of King and Zeng 2001 (Logistic Regression in Rare Events Data), as in scikit-learn's "balanced".

    Args:
      counts: examples of each class.
    Returns:
      A weight for each class; 0 for a class without examples, which then does not count among the k.
    """
    present = sum(count > 0 for count in counts)
    return [sum(counts) / (present * count) if count else 0.0 for count in counts]
