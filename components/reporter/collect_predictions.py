"""Summary of the predictions: eval beside test, and how sure right and wrong answers were."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.predictions.table import Predictions

_BINS = 10


@dataclass(frozen=True)
class SplitScore:
    """A split's images and groups (patients), and the macro recall by argmax on it (None where undefined)."""

    split: str
    images: int
    groups: int
    macro_recall: float | None


@dataclass(frozen=True)
class Sureness:
    """Test images by the probability of the answer: `edges` has one more entry than `right` and `wrong`."""

    edges: tuple[float, ...]
    right: tuple[int, ...]
    wrong: tuple[int, ...]


@dataclass(frozen=True)
class Answers:
    """What the predictions of the run add to the metrics by slice."""

    splits: tuple[SplitScore, ...]
    sureness: Sureness


def read_answers(folder: Path) -> Answers:
    """Summarise `predictions.npz`, without any id."""
    table = Predictions.load(folder)
    parts = {split: table.subset(table.split == split) for split in ("eval", "test")}
    scores = [SplitScore(split, len(part), len(np.unique(part.group)), macro_recall(part)) for split, part in parts.items()]
    return Answers(tuple(scores), sureness(parts["test"]))


def macro_recall(table: Predictions) -> float | None:
    """Average the recall by argmax over the classes present.

    Args:
      table: any rows.
    Returns:
      Macro recall in [0, 1]; None where fewer than two classes are present.
    """
    if not len(table):
        return None
    right = table.predicted_index == table.label_index
    recalls = [float(right[table.label_index == present].mean()) for present in np.unique(table.label_index)]
    return sum(recalls) / len(recalls) if len(recalls) > 1 else None


def sureness(table: Predictions) -> Sureness:
    """Count right and wrong answers by the probability that the model gave them.

    Args:
      table: any rows; the probability of an answer is never below 1 / classes.
    Returns:
      Counts in equal bins from 1 / classes to 1.
    """
    edges = np.linspace(1 / max(2, len(table.classes)), 1, _BINS + 1)
    best = np.clip(table.probabilities.max(axis=1, initial=0), edges[0], 1)
    right = table.predicted_index == table.label_index
    counts = [np.histogram(best[mask], bins=edges)[0] for mask in (right, ~right)]
    return Sureness(
        edges=tuple(float(edge) for edge in edges),
        right=tuple(int(count) for count in counts[0]),
        wrong=tuple(int(count) for count in counts[1]),
    )
