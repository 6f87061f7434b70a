"""Read what TFMA wrote, as rows."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import tensorflow as tf
from tensorflow_model_analysis.proto import metrics_for_slice_pb2

from components.base.errors import UserError
from components.evaluator.slices import CANDIDATE, SliceRow, Slices, Value, make_row
from components.evaluator.slicing import NOT_STATED
from schemas.features import EXTRA_PREFIX, LABEL

_MATRIX = "multi_class_confusion_matrix_at_thresholds"
_AUC = "auc"
_COUNT = "example_count"


def read_slices(evaluation: Path, classes: Sequence[str]) -> Slices:
    """Read the evaluation of one model, or of candidate and baseline.

    Args:
      evaluation: the folder of a ModelEvaluation artifact.
      classes: class names in the order of `label_index`.
    Returns:
      Rows by model, the whole test split first, then by slice name and value (labels in the order of the classes).
    Raises:
      UserError: no test image was evaluated, or the counts of a slice do not agree.
    """
    models: dict[str, list[SliceRow]] = {}
    files = sorted(str(path) for path in evaluation.glob("metrics*"))
    for record in tf.data.TFRecordDataset(files).as_numpy_iterator():
        for model, row in _rows(metrics_for_slice_pb2.MetricsForSlice.FromString(record), classes):
            models.setdefault(model, []).append(row)
    if not any(not row.slice for row in models.get(CANDIDATE, [])):
        raise UserError("The evaluation holds no image: the test split is empty. Give data whose test split has images.")
    for rows in models.values():
        rows.sort(key=lambda row: _order(row, classes))
    return Slices(tuple(classes), dict(sorted(models.items(), key=lambda item: item[0] != CANDIDATE)))


def _rows(record: metrics_for_slice_pb2.MetricsForSlice, classes: Sequence[str]) -> Iterator[tuple[str, SliceRow]]:
    # TFMA orders the features of a crossing by name; the label reads better at the end.
    keys = sorted(record.slice_key.single_slice_keys, key=lambda key: key.column == LABEL)
    where = {key.column.removeprefix(EXTRA_PREFIX): _text(key) or NOT_STATED for key in keys}
    confusions: dict[str, list[list[int]]] = {}
    areas: dict[str, dict[str, Value]] = {}
    counts: dict[str, int] = {}
    for pair in record.metric_keys_and_values:
        if pair.key.is_diff:
            continue
        model = pair.key.model_name or CANDIDATE
        if pair.key.name == _MATRIX:
            confusions[model] = _confusion(pair.value.multi_class_confusion_matrix_at_thresholds, len(classes))
        elif pair.key.name == _AUC:
            value = pair.value.double_value.value
            areas.setdefault(model, {})[classes[pair.key.sub_key.class_id.value]] = None if math.isnan(value) else value
        elif pair.key.name == _COUNT:
            counts[model] = round(pair.value.double_value.value)
    for model, confusion in confusions.items():
        row = make_row(where, classes, confusion, areas.get(model, {}))
        if row.n != counts[model]:
            raise UserError(f"The slice {where or 'of all'} has {counts[model]} images, but its confusion matrix {row.n}: evaluate again.")
        yield model, row


def _confusion(value: metrics_for_slice_pb2.MultiClassConfusionMatrixAtThresholds, size: int) -> list[list[int]]:
    confusion = [[0] * size for _ in range(size)]
    for entry in value.matrices[0].entries:
        truth, predicted = entry.actual_class_id, entry.predicted_class_id
        if not (0 <= truth < size and 0 <= predicted < size):
            raise UserError(f"The evaluation counts class {truth} predicted as {predicted}; there are {size} classes, from 0: train again.")
        confusion[truth][predicted] += round(entry.num_weighted_examples)
    return confusion


def _text(key: metrics_for_slice_pb2.SingleSliceKey) -> str:
    value = getattr(key, key.WhichOneof("kind"))
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _order(row: SliceRow, classes: Sequence[str]) -> tuple[int, tuple[str, ...], tuple[tuple[int, str], ...]]:
    places = {name: place for place, name in enumerate(classes)}
    values = tuple((places.get(value, 0) if name == LABEL else 0, value) for name, value in row.slice.items())
    return len(row.slice), tuple(row.slice), values
