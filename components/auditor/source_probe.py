"""How well the source of an image can be told from the model's embedding of it.

The probe is linear, trained on the embeddings of eval, which the model did not learn from, and judged on those of test.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold

from components.auditor.audit import ONE_SOURCE, SourceProbe
from components.auditor.measures import unknown
from components.auditor.regression import INVERSE_PENALTIES, Answers, Features, Floats, Integers, balanced_loss, by_penalty
from components.evaluator.intervals import Interval, interval_of_share, measure, resample

_FOLDS: Final = 5

Texts = npt.NDArray[np.str_]


def probe_source(
    tables: dict[str, tuple[Features, Features]], sources: tuple[Texts, Texts], groups: tuple[Texts, Texts], draws: int, seed: int
) -> SourceProbe:
    """Predict the source from each table.

    Args:
      tables: "embedding" and "thumbnail", float32 [images of eval, d] and [images of test, d] each.
      sources: text, of eval and of test.
      groups: text, patients of eval and of test.
      draws: of patients, for the intervals.
      seed: decides the draws.
    """
    shared = sorted(set(sources[0]) & set(sources[1]))
    kept = [np.isin(its, shared) for its in sources]
    rows = int(kept[1].sum())
    left_out = len(kept[1]) - rows
    if len(shared) < 2:
        nothing = unknown(ONE_SOURCE if len(set(sources[1])) < 2 else "eval and test share fewer than two sources")
        return SourceProbe(sources=tuple(shared), images=rows, left_out=left_out, chance=None, embedding=nothing, thumbnail=nothing)
    labels = [np.searchsorted(shared, its[rows]).astype(np.int64) for its, rows in zip(sources, kept, strict=True)]
    patients = [its[rows] for its, rows in zip(groups, kept, strict=True)]
    resampling = resample(patients[1], draws, seed)

    def balanced_accuracy(table: tuple[Features, Features]) -> Interval:
        answers = _answers(table[0][kept[0]], labels[0], patients[0], table[1][kept[1]], len(shared))
        return interval_of_share(measure(labels[1], answers, shared, resampling)["macro_recall"])

    return SourceProbe(
        sources=tuple(shared),
        images=rows,
        left_out=left_out,
        chance=1 / len(shared),
        embedding=balanced_accuracy(tables["embedding"]),
        thumbnail=balanced_accuracy(tables["thumbnail"]),
    )


def _answers(table: Features, labels: Integers, patients: Texts, asked: Features, class_count: int) -> Floats:
    """Choose the penalty by folds of the patients of eval, and answer with all of eval: float64 [images of test, classes]."""
    losses = np.zeros(len(INVERSE_PENALTIES))
    for inside, outside in _folds(labels, patients):
        for answers in by_penalty(table[inside], labels[inside], (table[outside],), class_count):
            place = INVERSE_PENALTIES.index(answers.inverse_penalty)
            losses[place] += balanced_loss(labels[outside], answers.probabilities[0])
    best = INVERSE_PENALTIES[int(losses.argmin())]
    found: dict[float, Answers] = {answers.inverse_penalty: answers for answers in by_penalty(table, labels, (asked,), class_count)}
    return found[best].probabilities[0]


def _folds(labels: Integers, patients: Texts) -> Iterator[tuple[Integers, Integers]]:
    """Divide by patient. A fold that leaves one source to learn from can choose nothing; without folds the strongest penalty stays."""
    folds = min(_FOLDS, len(np.unique(patients)))
    if folds < 2:
        return
    for inside, outside in GroupKFold(folds).split(labels, groups=patients):
        if len(np.unique(labels[inside])) > 1:
            yield inside, outside
