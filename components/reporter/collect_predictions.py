"""Summary of the predictions: eval beside test, and how sure right and wrong answers were."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

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
    """Summarise `predictions.npz` (format: components.predictions.table), without any id."""
    with np.load(folder / "predictions.npz", allow_pickle=False) as arrays:
        label, split, group = arrays["label_index"], arrays["split"], arrays["group"]
        probabilities = arrays["probabilities"]
    scores = []
    for name in ("eval", "test"):
        mask = split == name
        recall = macro_recall(label[mask], probabilities[mask])
        scores.append(SplitScore(name, int(mask.sum()), len(np.unique(group[mask])), recall))
    test = split == "test"
    return Answers(tuple(scores), sureness(label[test], probabilities[test]))


def macro_recall(label: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float32]) -> float | None:
    """Average the recall by argmax over the classes present.

    Args:
      label: int [n], index of the true class.
      probabilities: float32 [n, classes].
    Returns:
      Macro recall in [0, 1]; None where fewer than two classes are present.
    """
    if len(label) == 0:
        return None
    right = probabilities.argmax(axis=1) == label
    recalls = [float(right[label == present].mean()) for present in np.unique(label)]
    return sum(recalls) / len(recalls) if len(recalls) > 1 else None


def sureness(label: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float32]) -> Sureness:
    """Count right and wrong answers by the probability that the model gave them.

    Args:
      label: int [n], index of the true class.
      probabilities: float32 [n, classes]; the answer is the largest, which is never below 1 / classes.
    Returns:
      Counts in equal bins from 1 / classes to 1.
    """
    classes = probabilities.shape[1]
    edges = np.linspace(1 / max(2, classes), 1, _BINS + 1)
    best = np.clip(probabilities.max(axis=1, initial=0), edges[0], 1) if len(label) else np.zeros(0)
    right = probabilities.argmax(axis=1) == label
    counts = [np.histogram(best[mask], bins=edges)[0] for mask in (right, ~right)]
    return Sureness(
        edges=tuple(float(edge) for edge in edges),
        right=tuple(int(count) for count in counts[0]),
        wrong=tuple(int(count) for count in counts[1]),
    )
