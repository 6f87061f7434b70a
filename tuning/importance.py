"""How much each hyperparameter decides of the score: functional ANOVA over a random forest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

FEWEST_TRIALS: Final = 4
RELIABLE_TRIALS: Final = 20
_TREES: Final = 64
_SEED: Final = 0

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Importance:
    """Shares of the variance of the forest's predictions over the space of the values that were tried.

    `shares` maps a hyperparameter to its own share, in [0, 1], the largest first; `joint` is the rest, what only combinations
    decide. `explained` is the forest's R squared on the trials that its trees have not seen, at most 1; at 0 or below, the mean
    of the scores predicts as well. `trials` is the number of scores.
    """

    shares: dict[str, float]
    joint: float
    explained: float
    trials: int


def why_absent(values: Sequence[Mapping[str, Any]], scores: Sequence[float]) -> str | None:
    """Say why no importance can be told; None where it can.

    Args:
      values: the hyperparameters of each completed trial.
      scores: its score.
    """
    if len(scores) < FEWEST_TRIALS:
        return f"importance needs at least {FEWEST_TRIALS} completed trials, and there are {len(scores)}"
    if not _varying(values):
        return "no hyperparameter varies between the completed trials"
    if len(set(scores)) == 1:
        return "all completed trials have the same score"
    return None


def importance(values: Sequence[Mapping[str, Any]], scores: Sequence[float], seed: int = _SEED) -> Importance:
    """Share out the variance of the score among the hyperparameters.

    Functional ANOVA (Hutter, Hoos and Leyton-Brown 2014, ICML, PMLR 32:754, algorithm 2), main effects: a random forest is fitted
    to the trials, and the marginal of a hyperparameter is what each tree predicts for each of its values, averaged over all values
    of the others. It is computed exactly, from the boxes of the leaves. The space is every combination of the values that were
    tried, each as likely; a hyperparameter that does not vary has no share.

    Args:
      values: the hyperparameters of each completed trial; one that a trial lacks counts as a value of its own.
      scores: finite, one a trial.
      seed: of the forest.
    Raises:
      ValueError: `why_absent` has a reason.
    """
    reason = why_absent(values, scores)
    if reason is not None:
        raise ValueError(reason)
    factors = [Factor.of([trial.get(name) for trial in values]) for name in _varying(values)]
    inputs = np.hstack([factor.columns[factor.places] for factor in factors])
    forest = RandomForestRegressor(n_estimators=_TREES, oob_score=True, random_state=seed)
    forest.fit(inputs, np.asarray(scores))
    shares = np.array([main_effects(tree.tree_, [factor.columns for factor in factors]) for tree in forest.estimators_])
    # A tree whose sample held one score only tells nothing.
    means = np.nanmean(shares, axis=0)
    ordered = sorted(zip(_varying(values), means.tolist(), strict=True), key=lambda pair: -pair[1])
    return Importance(dict(ordered), max(0.0, 1.0 - float(means.sum())), float(forest.oob_score_), len(scores))


def main_effects(tree: Any, columns: Sequence[Array]) -> Array:
    """Compute the share of each hyperparameter in the variance of one regression tree.

    Args:
      tree: scikit-learn's structure of a fitted tree, whose features are the columns of all hyperparameters side by side.
      columns: for each hyperparameter, float64 [levels, features]: how each of its values is written.
    Returns:
      float64 [hyperparameters], in [0, 1]; not a number where the tree predicts one value everywhere.
    """
    owner = [(place, column) for place, part in enumerate(columns) for column in range(part.shape[1])]
    boxes, predictions = [], []
    # A box says, for each hyperparameter, which of its values reach the node.
    waiting = [(0, [np.ones(len(part), bool) for part in columns])]
    while waiting:
        node, box = waiting.pop()
        if tree.children_left[node] == tree.children_right[node]:
            boxes.append(box)
            predictions.append(tree.value[node].item())
            continue
        place, column = owner[tree.feature[node]]
        goes_left = columns[place][:, column] <= tree.threshold[node]
        for child, side in ((tree.children_left[node], goes_left), (tree.children_right[node], ~goes_left)):
            waiting.append((child, [*box[:place], box[place] & side, *box[place + 1 :]]))
    predicted = np.array(predictions)
    reach = np.array([[mask.mean() for mask in box] for box in boxes])
    weights = reach.prod(axis=1)
    mean = weights @ predicted
    variance = weights @ (predicted - mean) ** 2
    if variance <= 1e-12 * max(1.0, mean**2):
        return np.full(len(columns), np.nan)
    effects = []
    for place in range(len(columns)):
        others = np.delete(reach, place, axis=1).prod(axis=1)
        marginal = (others * predicted) @ np.array([box[place] for box in boxes])
        effects.append(((marginal - mean) ** 2).mean() / variance)
    return np.array(effects)


@dataclass(frozen=True)
class Factor:
    """One hyperparameter for the forest.

    `columns`, float64 [levels, features], writes each of its values: a number as itself, any other value as a column of its own.
    `places`, int64 [trials], says which value each trial has.
    """

    columns: Array
    places: NDArray[np.int64]

    @classmethod
    def of(cls, values: Sequence[Any]) -> "Factor":
        """Write the values of the trials."""
        levels = list(dict.fromkeys(values))
        places = np.array([levels.index(value) for value in values])
        if all(isinstance(level, (int, float)) for level in levels):
            return cls(np.array(levels, float)[:, None], places)
        return cls(np.eye(len(levels)), places)


def _varying(values: Sequence[Mapping[str, Any]]) -> list[str]:
    names = dict.fromkeys(name for trial in values for name in trial)
    return [name for name in names if len({trial.get(name) for trial in values}) > 1]
