"""Metrics by slice of the test split: the rows, their JSON, and the names of their metrics.

Precision, recall, F1 and accuracy are by argmax, from the confusion matrix; the AUC is one class against the rest. A metric
that its slice cannot tell is None, never 0: a slice with one class has no AUC, and its precision and F1 would only repeat
that it has one class.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE_NAME = "slices.json"
CANDIDATE = "candidate"
BASELINE = "baseline"
NOT_IDENTIFIABLE = "not identifiable from this data"
SCALARS = ("accuracy", "macro_recall", "macro_f1", "macro_auc")
BY_CLASS = ("recall", "precision", "f1", "auc")

Value = float | None


@dataclass(frozen=True)
class SliceRow:
    """The metrics of one model on one slice.

    Attributes:
      slice: feature to value; empty for the whole test split.
      n: number of images, at least 1.
      class_counts: class to number of images of that class.
      accuracy: share of images whose most probable class is the true one, [0, 1].
      macro_recall: mean recall of the classes that the slice holds; None with fewer than two of them.
      macro_f1: mean F1 of the classes that the slice holds; None with fewer than two of them.
      macro_auc: mean of the AUCs that are defined; None where none is.
      precision: class to precision; None where the class is never predicted, or the slice holds one class.
      recall: class to recall; None where the slice lacks the class.
      f1: class to F1; None where the slice lacks the class, or holds one class.
      auc: class to AUC against the rest; None where the slice lacks the class or the rest.
      confusion: [classes, classes] counts, rows the truth, columns the most probable class.
    """

    slice: dict[str, str]
    n: int
    class_counts: dict[str, int]
    accuracy: float
    macro_recall: Value
    macro_f1: Value
    macro_auc: Value
    precision: dict[str, Value]
    recall: dict[str, Value]
    f1: dict[str, Value]
    auc: dict[str, Value]
    confusion: list[list[int]]

    def metric(self, name: str) -> Value:
        """Read a metric by its name, such as "macro_recall" or "recall/covid19".

        Raises:
          KeyError: no such metric.
        """
        kind, slash, class_name = name.partition("/")
        if slash and kind in BY_CLASS:
            values: dict[str, Value] = getattr(self, kind)
            return values[class_name]
        if name in SCALARS:
            value: Value = getattr(self, name)
            return value
        raise KeyError(name)

    def why_undefined(self, name: str) -> str:
        """Say in a few words why a metric of this row is None, such as "one class"."""
        return why_undefined(name, self.class_counts)


@dataclass(frozen=True)
class Slices:
    """The rows of the candidate and, where an earlier model was blessed, of the baseline, on the same images."""

    classes: tuple[str, ...]
    models: dict[str, list[SliceRow]] = field(default_factory=dict)

    def find(self, wanted: Mapping[str, str], model: str = CANDIDATE) -> SliceRow | None:
        """Find a model's row of exactly this slice."""
        return next((row for row in self.models.get(model, []) if row.slice == dict(wanted)), None)

    def save(self, folder: Path) -> Path:
        """Write `slices.json` into the folder."""
        path = folder / FILE_NAME
        models = {model: [asdict(row) for row in rows] for model, rows in self.models.items()}
        path.write_text(json.dumps({"classes": list(self.classes), "models": models}, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> "Slices":
        """Read `slices.json`, given the file or its folder."""
        content = json.loads((path / FILE_NAME if path.is_dir() else path).read_text(encoding="utf-8"))
        models = {model: [SliceRow(**row) for row in rows] for model, rows in content["models"].items()}
        return cls(tuple(content["classes"]), models)


def make_row(where: Mapping[str, str], classes: Sequence[str], confusion: Sequence[Sequence[int]], auc: Mapping[str, Value]) -> SliceRow:
    """Derive a row from its counts.

    Args:
      where: feature to value.
      classes: names in the order of the matrix.
      confusion: [classes, classes] counts, rows the truth, columns the prediction; their sum is at least 1.
      auc: class to AUC against the rest, in [0, 1]; ignored where the slice lacks the class or the rest.
    """
    truths = [sum(row) for row in confusion]
    predicted = [sum(column) for column in zip(*confusion, strict=True)]
    hits = [confusion[i][i] for i in range(len(classes))]
    n = sum(truths)
    present = [i for i, count in enumerate(truths) if count]
    several = len(present) > 1
    recall = [hits[i] / truths[i] if truths[i] else None for i in range(len(classes))]
    precision = [hits[i] / predicted[i] if predicted[i] and several else None for i in range(len(classes))]
    f1 = [2 * hits[i] / (truths[i] + predicted[i]) if truths[i] and several else None for i in range(len(classes))]
    areas = [auc.get(name) if several and truths[i] else None for i, name in enumerate(classes)]
    return SliceRow(
        slice=dict(where),
        n=n,
        class_counts=dict(zip(classes, truths, strict=True)),
        accuracy=sum(hits) / n,
        macro_recall=_mean(recall) if several else None,
        macro_f1=_mean(f1) if several else None,
        macro_auc=_mean(areas),
        precision=dict(zip(classes, precision, strict=True)),
        recall=dict(zip(classes, recall, strict=True)),
        f1=dict(zip(classes, f1, strict=True)),
        auc=dict(zip(classes, areas, strict=True)),
        confusion=[list(row) for row in confusion],
    )


def within_name(first: str, second: str) -> str:
    """Name the AUC of two classes inside sources."""
    return f"within_source_auc/{first}/{second}"


def why_undefined(name: str, class_counts: Mapping[str, int]) -> str:
    """Say in a few words why a metric has no value on images of these classes.

    Args:
      name: such as "macro_recall", "recall/covid19" or "confusion/normal/covid19".
      class_counts: class to images.
    """
    kind, _, rest = name.partition("/")
    class_name = rest.partition("/")[0] if kind == "confusion" else rest
    if sum(count > 0 for count in class_counts.values()) < 2 and kind not in ("recall", "confusion"):
        return "one class"
    if kind == "precision":
        return f"{class_name} never predicted"
    return f"no {class_name} image"


def metric_names(classes: Sequence[str]) -> list[str]:
    """List the names of all metrics of a row."""
    return [*SCALARS, *(f"{kind}/{name}" for kind in BY_CLASS for name in classes)]


def _mean(values: Sequence[Value]) -> Value:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None
