"""The metric that training and search go by."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="cxr")
class MacroRecall(keras.metrics.Metric):
    """Mean over the classes present of the share of their images that argmax gives them.

    Also called balanced accuracy; a model that always names the largest class scores 1 / classes.
    """

    def __init__(self, class_count: int, name: str = "macro_recall", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.class_count = class_count
        self._hits = self.add_weight(shape=(class_count,), initializer="zeros", name="hits")
        self._totals = self.add_weight(shape=(class_count,), initializer="zeros", name="totals")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # noqa: ARG002 (a recall counts images)
        """Count a batch.

        Args:
          y_true: float [batch, class_count], one-hot.
          y_pred: float [batch, class_count], probabilities or logits.
          sample_weight: not used.
        """
        truth = ops.cast(y_true, "float32")
        predicted = ops.one_hot(ops.argmax(y_pred, axis=-1), self.class_count, dtype="float32")
        self._hits.assign_add(ops.sum(truth * predicted, axis=0))
        self._totals.assign_add(ops.sum(truth, axis=0))

    def result(self) -> Any:
        """Return the mean, 0 before any image."""
        present = ops.cast(self._totals > 0, "float32")
        recalls = self._hits / ops.maximum(self._totals, 1.0)
        return ops.sum(recalls * present) / ops.maximum(ops.sum(present), 1.0)

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return {**super().get_config(), "class_count": self.class_count}
