"""Metrics of one set of answers, over all draws."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from components.evaluator.auc_within import auc_within, holding_both
from components.evaluator.intervals import LEAST_GROUPS, Resampling, Sampled, mean_of, measure, sampled_share
from components.evaluator.stratified_auc import NOT_IDENTIFIABLE, pair_score
from components.reporter import formats
from pipeline.experiments.metric import Metric
from pipeline.experiments.pooling import Answers
from pipeline.experiments.result import NOT_STATED

_MEASURED = {"accuracy": "accuracy", "macro_recall": "macro_recall", "macro_f1": "macro_f1"}


class Sampler:
    """Computes metrics of the answers of one seed; what several metrics share is computed once.

    An image is ranked only against images that the same network answered: the scores of the networks of several folds have no common scale.
    """

    def __init__(self, answers: Answers, classes: tuple[str, ...], resampling: Resampling):
        """Make it.

        Args:
          answers: of one seed.
          classes: their names, in the order of the probabilities.
          resampling: draws of the images of `answers`.
        """
        self._answers = answers
        self._classes = classes
        self._resampling = resampling
        self._measured: dict[str | None, dict[str, Sampled]] = {}

    def sample(self, metric: Metric) -> Sampled | str:
        """Compute a metric in every draw.

        Args:
          metric: checked against the classes and the sources of all divisions.
        Returns:
          Its values, or why these images cannot have one.
        """
        answers, where, places = self._answers, self._at_source(metric), self._places(metric)
        if not where.any():
            return f"no image of {metric.source}"
        if answers.label.ndim == 2:
            return self._findings(places or self._averaged(where), where)
        if len(places) == 2:
            return self._of_two(metric.kind, (places[0], places[1]), where)
        if metric.kind == "auc":
            return self._against_the_rest(places, where)
        if metric.kind == "called":
            return self._share(answers.probabilities[where].argmax(axis=1) == places[0], where)
        if metric.source not in self._measured:
            self._measured[metric.source] = measure(answers.label, answers.probabilities, self._classes, self._resampling, where)
        return self._measured[metric.source][f"{metric.kind}/{metric.classes[0]}" if places else _MEASURED[metric.kind]]

    def images(self, metric: Metric) -> npt.NDArray[np.bool_]:
        """Mark the images that a metric is about: bool [n]."""
        label, where, places = self._answers.label, self._at_source(metric), self._places(metric)
        if label.ndim == 2:
            columns = label[:, list(places or self._averaged(where))]
            return np.asarray(where & (columns != NOT_STATED).any(axis=1), np.bool_)
        if len(places) != 2:
            return where & (label == places[0]) if metric.kind == "recall" else where
        inside = where & np.isin(label, places)
        return inside & holding_both(label == places[0], self._parts(metric.kind), inside) if metric.kind != "binary_accuracy" else inside

    def remark(self, metric: Metric) -> str:
        """Say which findings a mean over findings is of, and which it leaves out; empty for any other metric."""
        if self._answers.label.ndim == 1 or metric.classes:
            return ""
        where = self._at_source(metric)
        averaged = self._averaged(where)
        left_out = [
            f"{name} ({sides[0]} positive)" if sides[0] < LEAST_GROUPS else f"{name} ({sides[1]} negative)"
            for place, name in enumerate(self._classes)
            if min(sides := self._patients(place, where)) < LEAST_GROUPS
        ]
        text = f"averages {len(averaged)} of {formats.plural(len(self._classes), 'finding')}"
        text += f": {formats.words(self._classes[place] for place in averaged)}" if averaged else ""
        return text + (f"; left out, with fewer than {LEAST_GROUPS} patients: {', '.join(left_out)}" if left_out else "")

    def _averaged(self, where: npt.NDArray[np.bool_]) -> tuple[int, ...]:
        """Name the findings of a mean: those that enough patients have, and enough have not, for an interval."""
        return tuple(place for place in range(len(self._classes)) if min(self._patients(place, where)) >= LEAST_GROUPS)

    def _patients(self, place: int, where: npt.NDArray[np.bool_]) -> tuple[int, int]:
        """Count the patients with images that have a finding, and with images that have it not."""
        label, group = self._answers.label[:, place], self._answers.group
        return len(np.unique(group[where & (label == 1)])), len(np.unique(group[where & (label == 0)]))

    def _at_source(self, metric: Metric) -> npt.NDArray[np.bool_]:
        sources = self._answers.source
        return np.ones(len(sources), np.bool_) if metric.source is None else np.asarray(sources == metric.source, np.bool_)

    def _places(self, metric: Metric) -> tuple[int, ...]:
        return tuple(self._classes.index(name) for name in metric.classes)

    def _parts(self, kind: str) -> npt.NDArray[np.int64]:
        answers = self._answers
        if kind != "within_source_auc":
            return answers.part
        names, source = np.unique(answers.source, return_inverse=True)
        return np.asarray(answers.part * len(names) + source, np.int64)

    def _of_two(self, kind: str, pair: tuple[int, int], where: npt.NDArray[np.bool_]) -> Sampled | str:
        answers = self._answers
        inside = where & np.isin(answers.label, pair)
        first = answers.label == pair[0]
        if kind != "binary_accuracy":
            return self._area(pair_score(answers.probabilities, pair), first, inside, self._parts(kind))
        if first[inside].all() or not first[inside].any():
            return NOT_IDENTIFIABLE
        scores = answers.probabilities[inside]
        # The larger of the two probabilities answers, whatever the other classes got; of equal ones the first class, as in argmax.
        low, high = min(pair), max(pair)
        return self._share(np.where(scores[:, low] >= scores[:, high], low, high) == answers.label[inside], inside)

    def _against_the_rest(self, places: tuple[int, ...], where: npt.NDArray[np.bool_]) -> Sampled | str:
        label, scores = self._answers.label, self._answers.probabilities
        wanted = places or tuple(np.unique(label[where]).tolist())
        return _mean([self._area(scores[:, place], label == place, where) for place in wanted])

    def _findings(self, places: tuple[int, ...], where: npt.NDArray[np.bool_]) -> Sampled | str:
        label, scores = self._answers.label, self._answers.probabilities
        if not places:
            return f"no finding that {LEAST_GROUPS} patients have and {LEAST_GROUPS} have not"
        return _mean([self._area(scores[:, place], label[:, place] == 1, where & (label[:, place] != NOT_STATED)) for place in places])

    def _area(
        self,
        scores: npt.NDArray[np.float64],
        positive: npt.NDArray[np.bool_],
        inside: npt.NDArray[np.bool_],
        parts: npt.NDArray[np.int64] | None = None,
    ) -> Sampled | str:
        found = auc_within(scores, positive, self._answers.part if parts is None else parts, inside, self._resampling)
        return NOT_IDENTIFIABLE if found is None else found.pooled

    def _share(self, holds: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_]) -> Sampled:
        return sampled_share(holds, self._resampling.index[inside], self._resampling)


def _mean(areas: Sequence[Sampled | str]) -> Sampled | str:
    """Average over classes; a class that cannot be ranked leaves no mean, since the mean of the others would be another figure."""
    found = [area for area in areas if isinstance(area, Sampled)]
    if not found or len(found) < len(areas):
        return NOT_IDENTIFIABLE
    return mean_of(found)
