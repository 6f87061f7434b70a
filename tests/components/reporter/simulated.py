"""What a simulated model answers on simulated data: one scenario a report."""

from dataclasses import dataclass, field

import numpy as np

from components.evaluator.slices import SliceRow, make_row
from components.predictions.table import Predictions
from components.reporter.collect_openings import Openings
from schemas.features import QUALITY_FLAGS

CLASSES = ("normal", "pneumonia", "covid19")
# Images of (source, class) by split: a class at one source only, a source with one class only, a cell without test image.
CONFOUNDED = {
    ("nih", "normal"): (350, 75, 75),
    ("nih", "pneumonia"): (340, 80, 80),
    ("cohen", "pneumonia"): (12, 3, 0),
    ("cohen", "covid19"): (88, 18, 19),
    ("covid-cxnet", "covid19"): (255, 55, 55),
}
BALANCED = {(f"site {site}", label): (28, 6, 12) for site in "ab" for label in CLASSES}
OPENINGS = Openings(12, 7, {"evaluator": 4, "predictions": 3, "assessor": 3, "auditor": 1, "explainer": 1}, 2, 3)
PATIENT = "deadbeefdeadbeef"  # a group's pseudonym, which no output may hold


@dataclass
class Scenario:
    cells: dict[tuple[str, str], tuple[int, int, int]] = field(default_factory=lambda: dict(CONFOUNDED))
    without_patient: dict[tuple[str, str, str], int] = field(default_factory=dict)
    older_records: bool = False
    blessed: bool = True
    phantom: bool = False
    pushed_version: str = "3"
    baseline: bool = False
    searched: bool = True
    anomaly: str = ""
    pictures: int = 6
    image_px: int = 48
    noise: float = 1.3
    worst_source: str = "covid-cxnet"
    last_loss: float = 0.25
    reason: str = "ResourceExhausted at /home/someone/code/model.py line 3"
    audit_words: tuple[str, ...] = ()
    openings: Openings | None = OPENINGS
    temperature: float | None = None
    config_yaml: str = "seed: 7\ntrainer:\n  epochs: 12\n  balance: class_weight\ndata:\n  classes: [normal, pneumonia, covid19]\n"


def simulate(scenario: Scenario, random: np.random.Generator) -> Predictions:
    """Predictions of a model that is right more often than not."""
    columns: dict[str, list[str]] = {name: [] for name in ("source", "split", "label")}
    for (source, label), counts in scenario.cells.items():
        for split, count in (("eval", counts[1]), ("test", counts[2])):
            columns["source"] += [source] * count
            columns["label"] += [label] * count
            columns["split"] += [split] * count
    n = len(columns["label"])
    label_index = np.array([CLASSES.index(label) for label in columns["label"]], np.int64)
    logits = random.normal(scale=scenario.noise, size=(n, 3)) + 2.0 * np.eye(3)[label_index]
    return Predictions(
        classes=np.array(CLASSES),
        id=np.array([f"{index:016x}" for index in range(n)]),
        group=np.array([PATIENT if index < 2 else f"{index // 2:08x}aaaabbbb" for index in range(n)]),
        view=np.array([["AP", "PA", "unknown"][index % 3] for index in range(n)]),
        label_index=label_index,
        probabilities=(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32),
        embedding=np.zeros((n, 4), np.float32),
        attributes={
            "sex": np.array([["F", "M"][index // 2 % 2] for index in range(n)]),
            "age": np.array([20 + index // 2 % 60 for index in range(n)], np.int64),
            **{f"quality/{flag}": np.array([index % 5 == 0 for index in range(n)], np.int64) for flag in QUALITY_FLAGS[:1]},
            **{f"quality/{flag}": np.zeros(n, np.int64) for flag in QUALITY_FLAGS[1:]},
        },
        **{name: np.array(values) for name, values in columns.items()},
    )


def slice_rows(test: Predictions) -> list[SliceRow]:
    slices: list[dict[str, str]] = [{}]
    for features in (("source",), ("label",), ("source", "label"), ("view",)):
        values = sorted({tuple(str(getattr(test, feature)[index]) for feature in features) for index in range(len(test))})
        slices += [dict(zip(features, value, strict=True)) for value in values]
    return [slice_row(test, where) for where in slices]


def slice_row(test: Predictions, where: dict[str, str]) -> SliceRow:
    mask = np.all([getattr(test, feature) == value for feature, value in where.items()], axis=0) if where else np.ones(len(test), bool)
    part = test.subset(mask)
    confusion = np.zeros((3, 3), int)
    np.add.at(confusion, (part.label_index, part.predicted_index), 1)
    auc = {name: _auc(part.label == name, part.probabilities[:, index]) for index, name in enumerate(CLASSES)}
    return make_row(where, CLASSES, confusion.tolist(), auc)


def _auc(positive: np.ndarray, value: np.ndarray) -> float | None:
    if positive.all() or not positive.any():
        return None
    return float((value[positive][:, None] > value[~positive][None, :]).mean())
