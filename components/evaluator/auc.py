"""The exact area under the ROC curve, as a metric of TFMA.

TFMA's own AUC counts predictions in 10,000 equal bins of [0, 1] whatever `num_thresholds` says, so that the saturated
probabilities of a confident network fall together, and is 0 where a slice has one class.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray
from tensorflow_model_analysis.metrics import metric_types, metric_util
from tensorflow_model_analysis.proto import config_pb2

NAME = "auc"

Array = NDArray[Any]
_Scores = tuple[list[int], list[Array]]


class ExactAuc(metric_types.Metric):
    """AUC of each class against the rest, from the ranks of the probabilities; NaN where a slice lacks the class or the rest."""

    def __init__(self, class_count: int, code_digest: str = "", name: str = NAME):
        """Make the metric.

        Args:
          class_count: number of classes, the length of a prediction.
          code_digest: unused; as part of the configuration it lets TFX's cache see this module.
          name: of the metric; the class is in the sub key.
        """
        del code_digest
        super().__init__(metric_util.merge_per_key_computations(_computations), class_count=class_count, name=name)


metric_types.register_metric(ExactAuc)


def rank_auc(positives: Array, negatives: Array) -> float:
    """Compute the probability that a positive scores above a negative, ties counting half (Hanley and McNeil 1982).

    Args:
      positives: float [n], scores of the class.
      negatives: float [m], scores of the rest.
    Returns:
      The area in [0, 1]; NaN where n or m is 0.
    """
    if not len(positives) or not len(negatives):
        return float("nan")
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left")
    not_above = np.searchsorted(ordered, positives, side="right")
    return float((below + not_above).sum() / (2 * len(positives) * len(negatives)))


def _computations(
    class_count: int,
    name: str = NAME,
    eval_config: config_pb2.EvalConfig | None = None,
    model_name: str = "",
    output_name: str = "",
    example_weighted: bool = False,
) -> list[metric_types.MetricComputation]:
    keys = [
        metric_types.MetricKey(
            name=name,
            model_name=model_name,
            output_name=output_name,
            sub_key=metric_types.SubKey(class_id=class_id),
            example_weighted=example_weighted,
        )
        for class_id in range(class_count)
    ]
    return [metric_types.MetricComputation(keys=keys, preprocessors=None, combiner=_Combiner(keys, eval_config))]


class _Combiner(beam.CombineFn):
    def __init__(self, keys: Sequence[metric_types.MetricKey], eval_config: config_pb2.EvalConfig | None):
        self._keys = keys
        self._eval_config = eval_config

    def create_accumulator(self) -> _Scores:
        return [], []

    def add_input(self, accumulator: _Scores, element: metric_types.StandardMetricInputs) -> _Scores:
        key = self._keys[0]
        inputs = metric_util.to_label_prediction_example_weight(
            element,
            eval_config=self._eval_config,
            model_name=key.model_name,
            output_name=key.output_name,
            flatten=False,
            require_single_example_weight=True,
        )
        labels, predictions = accumulator
        for label, prediction, _ in inputs:
            labels.append(int(label.item()))
            predictions.append(prediction)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[_Scores]) -> _Scores:
        labels, predictions = self.create_accumulator()
        for more_labels, more_predictions in accumulators:
            labels += more_labels
            predictions += more_predictions
        return labels, predictions

    def extract_output(self, accumulator: _Scores) -> dict[metric_types.MetricKey, float]:
        labels = np.array(accumulator[0])
        scores = np.array(accumulator[1]).reshape(len(labels), len(self._keys))
        return {
            key: rank_auc(scores[labels == class_id, class_id], scores[labels != class_id, class_id])
            for class_id, key in enumerate(self._keys)
        }
