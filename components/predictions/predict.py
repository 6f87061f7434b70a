"""Ask a saved model about every image of some splits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.base.errors import UserError
from components.predictions.table import Predictions
from schemas import features

SIGNATURE = "embeddings"
BATCH_SIZE = 32
_TEXTS = (features.ID, features.GROUP, features.SOURCE, features.SPLIT, features.VIEW, features.LABEL)
SUM_TOLERANCE = 1e-3

Array = NDArray[Any]
Advance = Callable[[int, int], None]


def predict(
    model: Path, records: Mapping[str, Sequence[Path]], classes: Sequence[str], advance: Advance, batch_size: int = BATCH_SIZE
) -> Predictions:
    """Predict every record.

    Args:
      model: folder of a SavedModel with the signature `embeddings`: serialized tf.Example [n] -> probabilities, embedding.
      records: split to TFRecord files of ingested examples (gzip where the name ends in .gz).
      classes: class names in the order of `label_index`.
      advance: called with the images done and all images, after every batch.
      batch_size: images a call of the model.
    Returns:
      The table, sorted by split and id; `split` is that of the example.
    Raises:
      UserError: the model cannot be read, or the examples or the model's answers are not what they should be.
    """
    signature = _load(model).signatures[SIGNATURE]
    total = sum(1 for files in records.values() for _ in _dataset(files))
    if not total:
        raise UserError(f"There is no image to predict: the splits {' and '.join(records)} are empty.")
    rows: list[dict[str, Any]] = []
    probabilities: list[Array] = []
    embeddings: list[Array] = []
    for split, files in records.items():
        for batch in _dataset(files).batch(batch_size):
            answer = signature(examples=batch)
            probabilities.append(_checked(answer["probabilities"].numpy(), len(batch), classes))
            embeddings.append(answer["embedding"].numpy().astype(np.float32))
            rows += _rows(batch.numpy(), split, classes)
            advance(len(rows), total)
    if len(rows) != total:
        raise UserError(f"{total} images were to be predicted and {len(rows)} were; the examples changed meanwhile. Run again.")
    return _table(rows, np.concatenate(probabilities), np.concatenate(embeddings), classes)


def _load(model: Path) -> Any:
    try:
        return tf.saved_model.load(str(model))
    # TensorFlow says of what is damaged: OSError of the graph, ValueError of an empty one, the others of the weights.
    except (OSError, ValueError, LookupError, tf.errors.OpError) as error:
        raise UserError(
            f"{model / 'saved_model.pb'}, or the weights in {model / 'variables'}, cannot be read: the model is damaged or was not "
            "copied whole. Copy its folder again, or train again."
        ) from error


def _dataset(files: Sequence[Path]) -> tf.data.Dataset:
    paths = sorted(str(path) for path in files)
    compression = "GZIP" if paths and paths[0].endswith(".gz") else ""
    return tf.data.TFRecordDataset(paths, compression_type=compression)


def _checked(probabilities: Array, count: int, classes: Sequence[str]) -> Array:
    if probabilities.shape != (count, len(classes)):
        expected = f"{count} x {len(classes)}"
        raise UserError(f"The model answers {expected} probabilities with shape {probabilities.shape}; train it on {', '.join(classes)}.")
    sums = probabilities.sum(axis=1)
    if not np.all(np.abs(sums - 1) < SUM_TOLERANCE):
        raise UserError(
            f"The probabilities of an image sum to {sums[np.argmax(np.abs(sums - 1))]:.4f}, not 1: the model is damaged. Train again."
        )
    return probabilities.astype(np.float32)


def _rows(serialized: Array, split: str, classes: Sequence[str]) -> Iterator[dict[str, Any]]:
    for record in serialized:
        values = tf.train.Example.FromString(record).features.feature
        row: dict[str, Any] = {name: _text(values, name) for name in _TEXTS}
        row |= {name: _text(values, name) for name in values if name.startswith(features.EXTRA_PREFIX)}
        row |= {name: _attribute(values, name) for name in features.ATTRIBUTES}
        row[features.LABEL_INDEX] = values[features.LABEL_INDEX].int64_list.value[0]
        if row[features.SPLIT] != split:
            raise UserError(f"An example of the split {row[features.SPLIT]!r} lies among those of {split!r}: ingest again.")
        if dict(enumerate(classes)).get(row[features.LABEL_INDEX]) != row[features.LABEL]:
            found = f"{row[features.LABEL]!r} has index {row[features.LABEL_INDEX]}"
            raise UserError(f"In the examples {found}, but the classes are {', '.join(classes)}: ingest again.")
        yield row


def _text(values: Mapping[str, tf.train.Feature], name: str) -> str:
    items = values[name].bytes_list.value
    return items[0].decode("utf-8", "replace") if items else ""


def _attribute(values: Mapping[str, tf.train.Feature], name: str) -> str | int:
    if name == features.AGE or name.startswith(features.QUALITY_PREFIX):
        numbers = values[name].int64_list.value if name in values else ()
        return int(numbers[0]) if numbers else features.NOT_STATED
    return (_text(values, name) if name in values else "") or features.UNKNOWN


def _table(rows: list[dict[str, Any]], probabilities: Array, embeddings: Array, classes: Sequence[str]) -> Predictions:
    order = np.array(sorted(range(len(rows)), key=lambda i: (rows[i][features.SPLIT], rows[i][features.ID])))
    extra = sorted({name for row in rows for name in row if name.startswith(features.EXTRA_PREFIX)})

    def texts(name: str) -> Array:
        return np.array([row.get(name, "") for row in rows], dtype=np.str_)

    table = Predictions(
        classes=np.array(classes, dtype=np.str_),
        id=texts(features.ID),
        group=texts(features.GROUP),
        source=texts(features.SOURCE),
        split=texts(features.SPLIT),
        view=texts(features.VIEW),
        label=texts(features.LABEL),
        label_index=np.array([row[features.LABEL_INDEX] for row in rows], dtype=np.int64),
        probabilities=probabilities,
        embedding=embeddings,
        attributes={name: np.array([row[name] for row in rows]) for name in features.ATTRIBUTES},
        extra={name.removeprefix(features.EXTRA_PREFIX): texts(name) for name in extra},
    )
    return table.subset(order)
