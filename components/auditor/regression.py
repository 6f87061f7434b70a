"""A penalised logistic regression on standardised features: what every floor and every probe is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

# C of scikit-learn; ascending, so that of equals the strongest penalty is kept.
INVERSE_PENALTIES: Final = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_LEAST_PROBABILITY: Final = 1e-9

Features = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """What a classifier says.

    Attributes:
      inverse_penalty: C of scikit-learn.
      probabilities: one float64 [n, classes] for each table that was asked about; rows sum to 1.
    """

    inverse_penalty: float
    probabilities: tuple[Floats, ...]


def by_penalty(train: Features, labels: Integers, asked: tuple[Features, ...], class_count: int) -> Iterator[Answers]:
    """Fit with each penalty in turn, the strongest first; classes weigh alike, however many images each has.

    Args:
      train: float32 [n, d].
      labels: int64 [n], positions in the classes.
      asked: tables float32 [., d] to answer, none of them empty.
      class_count: number of classes; one that `labels` lack gets probability 0.
    """
    seen = np.unique(labels)
    if len(seen) < 2:
        certain = np.eye(class_count)[seen[0]]
        yield Answers(INVERSE_PENALTIES[0], tuple(np.tile(certain, (len(table), 1)) for table in asked))
        return
    scaler = StandardScaler().fit(train)
    scaled, tables = scaler.transform(train), [scaler.transform(table) for table in asked]
    model = LogisticRegression(class_weight="balanced", max_iter=2000, tol=1e-3, warm_start=True)
    for inverse_penalty in INVERSE_PENALTIES:
        model.set_params(C=inverse_penalty).fit(scaled, labels)
        found = []
        for table in tables:
            probabilities = np.zeros((len(table), class_count))
            probabilities[:, seen] = model.predict_proba(table)
            found.append(probabilities)
        yield Answers(inverse_penalty, tuple(found))


def balanced_loss(labels: Integers, probabilities: Floats) -> float:
    """Average the cross-entropy over classes, so that each weighs alike whatever its number of images.

    Args:
      labels: int64 [n], n at least 1.
      probabilities: float64 [n, classes].
    """
    losses = -np.log(np.maximum(probabilities[np.arange(len(labels)), labels], _LEAST_PROBABILITY))
    return float(np.mean([losses[labels == label].mean() for label in np.unique(labels)]))


def chosen_on(labels: Integers, place: int, candidates: Iterator[Answers]) -> Answers:
    """Choose the penalty with the least balanced cross-entropy.

    Args:
      labels: int64 [n], n at least 1.
      place: of the table of these images among the `probabilities`.
      candidates: the strongest penalty first; of equals the first is taken.
    """
    return min(candidates, key=lambda answers: balanced_loss(labels, answers.probabilities[place]))
