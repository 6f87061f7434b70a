"""Metrics of one set of answers, over all draws."""

import numpy as np
import numpy.typing as npt

from components.evaluator.drawn_auc import drawn_auc
from components.evaluator.drawn_counts import drawn_share
from components.evaluator.intervals import Resampling, Sampled, measure
from components.evaluator.stratified_auc import NOT_IDENTIFIABLE, identifiable, pair_score, scarcer_groups, stratified_auc
from pipeline.experiments.metric import Metric
from pipeline.experiments.pooling import Answers
from pipeline.experiments.result import NOT_STATED

_MEASURED = {"accuracy": "accuracy", "macro_recall": "macro_recall", "macro_f1": "macro_f1", "auc": "macro_auc"}


class Sampler:
    """Computes metrics of the answers of one seed; what several metrics share is computed once."""

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
            return self._findings(places or tuple(range(len(self._classes))), where)
        if metric.kind == "within_source_auc":
            found = stratified_auc(answers.label, answers.probabilities, (places[0], places[1]), self._sources(), self._resampling)
            return found.pooled if found is not None else NOT_IDENTIFIABLE
        if len(places) == 2:
            return self._of_two(metric.kind, (places[0], places[1]), where)
        if metric.kind == "called":
            return self._share(answers.probabilities[where].argmax(axis=1) == places[0], where)
        if metric.source not in self._measured:
            self._measured[metric.source] = measure(answers.label, answers.probabilities, self._classes, self._resampling, where)
        return self._measured[metric.source][f"{metric.kind}/{metric.classes[0]}" if places else _MEASURED[metric.kind]]

    def images(self, metric: Metric) -> npt.NDArray[np.bool_]:
        """Mark the images that a metric is about: bool [n]."""
        label, where, places = self._answers.label, self._at_source(metric), self._places(metric)
        if label.ndim == 2:
            columns = label[:, list(places)] if places else label
            return np.asarray(where & (columns != NOT_STATED).any(axis=1), np.bool_)
        if metric.kind == "within_source_auc":
            return identifiable(label, (places[0], places[1]), self._sources())
        return where & np.isin(label, places) if len(places) == 2 or metric.kind == "recall" else where

    def _at_source(self, metric: Metric) -> npt.NDArray[np.bool_]:
        sources = self._answers.source
        return np.ones(len(sources), np.bool_) if metric.source is None else np.asarray(sources == metric.source, np.bool_)

    def _places(self, metric: Metric) -> tuple[int, ...]:
        return tuple(self._classes.index(name) for name in metric.classes)

    def _sources(self) -> npt.NDArray[np.int64]:
        return np.unique(self._answers.source, return_inverse=True)[1].astype(np.int64)

    def _of_two(self, kind: str, pair: tuple[int, int], where: npt.NDArray[np.bool_]) -> Sampled | str:
        answers = self._answers
        inside = where & np.isin(answers.label, pair)
        first = answers.label[inside] == pair[0]
        if first.all() or not first.any():
            return NOT_IDENTIFIABLE
        scores = answers.probabilities[inside]
        if kind == "auc":
            return self._area(pair_score(scores, pair), first, inside)
        # The larger of the two probabilities answers, whatever the other classes got; of equal ones the first class, as in argmax.
        low, high = min(pair), max(pair)
        return self._share(np.where(scores[:, low] >= scores[:, high], low, high) == answers.label[inside], inside)

    def _findings(self, places: tuple[int, ...], where: npt.NDArray[np.bool_]) -> Sampled | str:
        areas = []
        for place in places:
            stated = where & (self._answers.label[:, place] != NOT_STATED)
            positive = self._answers.label[stated, place] == 1
            if positive.any() and not positive.all():
                areas.append(self._area(self._answers.probabilities[stated, place], positive, stated))
        if not areas:
            return NOT_IDENTIFIABLE
        mean = np.mean(np.stack([area.values for area in areas]), axis=0)
        return Sampled(np.asarray(mean), min(area.groups for area in areas))

    def _area(self, scores: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_]) -> Sampled:
        index = self._resampling.index[inside]
        return Sampled(drawn_auc(scores, positive, index, self._resampling.counts), scarcer_groups(positive, index))

    def _share(self, holds: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_]) -> Sampled:
        index = self._resampling.index[inside]
        return Sampled(drawn_share(holds, index, self._resampling.counts), len(np.unique(index)))
