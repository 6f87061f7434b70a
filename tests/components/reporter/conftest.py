"""Write every input folder of the reporter, as the other rooms do, from a simulated model."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from PIL import Image, ImageDraw
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from components.evaluator.slices import BASELINE, CANDIDATE, SliceRow, Slices, make_row
from components.gate.config import GateConfig, ValueThreshold
from components.gate.decide import decide, decision
from components.ingest.tfrecord import write_record
from components.predictions.table import Predictions
from components.reporter.collect import Folders, collect
from components.reporter.collect_nodes import Node
from components.reporter.collect_provenance import describe_provenance
from components.reporter.render import render_html, render_json

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
PATIENT = "deadbeefdeadbeef"  # a group's pseudonym, which no output may hold


@dataclass
class Scenario:
    cells: dict[tuple[str, str], tuple[int, int, int]] = field(default_factory=lambda: dict(CONFOUNDED))
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
    config_yaml: str = "seed: 7\ntrainer:\n  epochs: 12\n  balance: class_weight\ndata:\n  classes: [normal, pneumonia, covid19]\n"


def write_inputs(root: Path, scenario: Scenario) -> Folders:
    random = np.random.default_rng(2020)
    folders = Folders(
        **{
            name: root / name
            for name in ("statistics", "anomalies", "model_run", "slices", "predictions", "explanations", "concepts", "blessing")
        },
        inferred_schema=root / "inferred",
        curated_schema=root / "curated",
        records=root / "records",
        tuning=root / "tuning" if scenario.searched else None,
    )
    for folder in vars(folders).values():
        if folder is not None:
            folder.mkdir(parents=True)
    table = simulate(scenario, random)
    _write_records(folders.records, scenario)
    _write_protos(folders, scenario)
    _write_training(folders, scenario)
    table.save(folders.predictions)
    test = table.subset(table.split == "test")
    models = {CANDIDATE: slice_rows(test)}
    if scenario.baseline:
        models[BASELINE] = slice_rows(replace(test, probabilities=np.roll(test.probabilities, 1, axis=0)))
    slices = Slices(CLASSES, models)
    slices.save(folders.slices)
    _write_gate(folders.blessing, scenario, slices)
    _write_explanations(folders.explanations, scenario, test, random)
    _write_concepts(folders.concepts, scenario, random)
    return folders


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


def _write_records(folder: Path, scenario: Scenario) -> None:
    cells = [
        {"source": source, "label": label, "split": split, "images": count, "groups": (count * 3 + 3) // 4}
        for (source, label), counts in scenario.cells.items()
        for split, count in zip(("train", "eval", "test"), counts, strict=True)
        if count
    ]
    written = sum(cell["images"] for cell in cells)
    quarantined, skipped = {"truncated": 4, "not_an_image": 2}, {"label not among the classes": 31}
    summary = {
        "digest": "5d0c1a7be0412f33",
        "classes": CLASSES,
        "columns": [],
        "counts": {"listed": written + 37, "written": written, "quarantined": 6, "skipped": 31},
        "quarantined": quarantined,
        "skipped": skipped,
        "cells": cells,
        "groups": 1100,
        "duplicates": {"copies": 5, "joined_groups": 2, "label_conflicts": 1},
    }
    (folder / "summary.json").write_text(json.dumps(summary))
    buffer = io.BytesIO()
    _radiograph(64, np.random.default_rng(7)).save(buffer, "PNG")
    example = tf.train.Example()
    example.features.feature["image/encoded"].bytes_list.value.append(buffer.getvalue())
    train = folder / "examples" / "train"
    train.mkdir(parents=True)
    with (train / "part-00000-of-00001.tfrecord").open("wb") as file:
        write_record(file, example.SerializeToString())


def _write_protos(folders: Folders, scenario: Scenario) -> None:
    sources = sorted({source for source, _ in scenario.cells})
    inferred, curated = schema_pb2.Schema(), schema_pb2.Schema()
    for name, values in (("label", CLASSES), ("source", sources), ("split", ("eval", "test", "train")), ("group", (PATIENT,))):
        inferred.string_domain.add(name=name, value=values)
        for schema, presence in ((inferred, 1.0), (curated, 1.0)):
            feature = schema.feature.add(name=name, type=schema_pb2.BYTES)
            feature.presence.min_fraction = presence
            if schema is inferred:
                feature.domain = name
            elif name == "label":
                feature.string_domain.value.extend(values)
            feature.shape.SetInParent()
    for schema in (inferred, curated):
        feature = schema.feature.add(name="height_px", type=schema_pb2.INT)
        feature.presence.min_fraction = 1.0
        feature.value_count.min = feature.value_count.max = 1
        if schema is curated:
            feature.int_domain.min = 32
            feature.int_domain.max = 20000
    curated.feature.add(name="image/encoded", type=schema_pb2.BYTES)
    (folders.inferred_schema / "schema.pbtxt").write_text(text_format.MessageToString(inferred))
    (folders.curated_schema / "schema.pbtxt").write_text(text_format.MessageToString(curated))
    for index, split in enumerate(("train", "eval", "test")):
        statistics = statistics_pb2.DatasetFeatureStatisticsList()
        dataset = statistics.datasets.add(name=split)
        feature = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.STRING)
        feature.path.step.append("label")
        feature.string_stats.common_stats.num_non_missing = sum(counts[index] for counts in scenario.cells.values())
        feature.string_stats.unique = len(CLASSES)
        for label in CLASSES:
            count = sum(counts[index] for (_, held), counts in scenario.cells.items() if held == label)
            feature.string_stats.top_values.add(value=label, frequency=count)
        feature = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.STRING)
        feature.path.step.append("group")
        feature.string_stats.unique = 1
        feature.string_stats.top_values.add(value=PATIENT, frequency=9)
        feature = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.INT)
        feature.path.step.append("height_px")
        feature.num_stats.min, feature.num_stats.mean, feature.num_stats.max = 224, 812.25, 4122
        feature.num_stats.common_stats.num_non_missing = 100
        feature.num_stats.common_stats.num_missing = index
        _write_split(folders.statistics, split, "FeatureStats.pb", statistics)
        anomalies = anomalies_pb2.Anomalies()
        if scenario.anomaly and split == "eval":
            info = anomalies.anomaly_info["label"]
            info.description, info.severity = scenario.anomaly, anomalies_pb2.AnomalyInfo.ERROR
        _write_split(folders.anomalies, split, "SchemaDiff.pb", anomalies)


def _write_split(folder: Path, split: str, name: str, message: object) -> None:
    path = folder / f"Split-{split}" / name
    path.parent.mkdir()
    path.write_bytes(message.SerializeToString())


def _write_training(folders: Folders, scenario: Scenario) -> None:
    def curve(start: float, end: float, speed: float) -> list[float]:
        return [end + (start - end) * float(np.exp(-speed * epoch)) for epoch in range(12)]

    curves = {
        "loss": curve(1.08, 0.24, 0.35),
        "val_loss": [value + 0.012 * max(0, epoch - 7) for epoch, value in enumerate(curve(1.05, 0.36, 0.4))],
        "accuracy": curve(0.38, 0.93, 0.35),
        "val_accuracy": curve(0.4, 0.88, 0.4),
        "macro_recall": curve(0.36, 0.92, 0.35),
        "val_macro_recall": [value - 0.01 * max(0, epoch - 8) for epoch, value in enumerate(curve(0.35, 0.87, 0.4))],
        "learning_rate": [0.0005, *[0.001 * 0.5 * (1 + float(np.cos(np.pi * epoch / 11))) for epoch in range(11)]],
        "seconds": [14.2] * 12,
    }
    curves["loss"][-1] = scenario.last_loss
    parameters = {"stages": 4, "width": 24, "block": "residual", "kernel_size": 3, "dropout": 0.2, "learning_rate": 0.001}
    counts = {label: sum(cell[0] for (_, held), cell in scenario.cells.items() if held == label) for label in CLASSES}
    history = {
        "epochs": [{"epoch": epoch + 1, **{name: values[epoch] for name, values in curves.items()}} for epoch in range(12)],
        "best_epoch": 9,
        "class_counts": counts,
        "class_weights": {label: sum(counts.values()) / 3 / count for label, count in counts.items()},
        "parameters": parameters,
        "parameter_count": 412_387,
        "seconds": 170.4,
        "stopped": "epochs",
        "architecture": "own_cnn",
        "initial_weights": "none",
        "balance": "class_weight",
        "phases": [["all", 12]],
    }
    (folders.model_run / "history.json").write_text(json.dumps(history))
    if folders.tuning is None:
        return
    trials = [
        {
            "trial_id": str(index),
            "status": "completed" if score is not None else "failed",
            "score": score,
            "hyperparameters": {**parameters, "stages": 3 + index % 3, "block": ["plain", "residual", "separable"][index % 3]},
            "epochs": 4,
            "seconds": 48.5 + index,
            "parameter_count": 100_000 * (index + 1),
            "reason": None if score is not None else scenario.reason,
            "curves": {"val_macro_recall": [(score or 0.3) * part for part in (0.5, 0.8, 0.9, 1.0)]},
        }
        for index, score in enumerate([0.71, 0.84, None, 0.62, 0.79])
    ]
    search = {"objective": "val_macro_recall", "direction": "max", "algorithm": "random", "trials": trials, "redrawn": 2}
    (folders.tuning / "trials.json").write_text(json.dumps(search))


def _write_gate(folder: Path, scenario: Scenario, slices: Slices) -> None:
    thresholds = (ValueThreshold(metric="macro_recall", lower_bound=0.5, min_images=20),)
    if not scenario.blessed:
        where = {"source": scenario.worst_source, "label": "covid19"}
        thresholds += (ValueThreshold(metric="recall/covid19", slice=where, lower_bound=0.99),)
    checks = decide(slices, GateConfig(value_thresholds=thresholds))
    content = decision(checks)
    assert content["blessed"] == scenario.blessed
    (folder / "gate.json").write_text(json.dumps(content))
    (folder / ("BLESSED" if scenario.blessed else "NOT_BLESSED")).touch()


def _write_explanations(folder: Path, scenario: Scenario, test: Predictions, random: np.random.Generator) -> None:
    (folder / "images").mkdir()
    (folder / "overlays").mkdir()
    chosen, cells = [], []
    for source, label in scenario.cells:
        for correct in (True, False):
            where = (test.source == source) & (test.label == label) & ((test.predicted_index == test.label_index) == correct)
            index = np.flatnonzero(where)
            shown = index[: max(1, scenario.pictures // (2 * len(scenario.cells)))]
            chosen += shown.tolist()
            cells.append({"source": source, "label": label, "correct": correct, "available": len(index), "shown": len(shown)})
    examples = []
    for index in chosen:
        image_id = str(test.id[index])
        radiograph = _radiograph(scenario.image_px, random)
        radiograph.save(folder / "images" / f"{image_id}.png")
        _overlay(radiograph, random).save(folder / "overlays" / f"{image_id}.png")
        predicted = CLASSES[test.predicted_index[index]]
        examples.append(
            {
                "id": image_id,
                "source": str(test.source[index]),
                "label": str(test.label[index]),
                "predicted": predicted,
                "correct": bool(predicted == test.label[index]),
                "probabilities": {name: float(value) for name, value in zip(CLASSES, test.probabilities[index], strict=True)},
                "explained_class": predicted,
                "image": f"images/{image_id}.png",
                "overlay": f"overlays/{image_id}.png",
            }
        )
    content = {
        "method": "Grad-CAM",
        "against": "others",
        "layer": "stage_3_add",
        "image_px": scenario.image_px,
        "classes": CLASSES,
        "examples": examples,
        "cells": cells,
    }
    (folder / "explanations.json").write_text(json.dumps(content))


def _write_concepts(folder: Path, scenario: Scenario, random: np.random.Generator) -> None:
    (folder / "covid19").mkdir()
    _radiograph(scenario.image_px, random).save(folder / "covid19" / "concept-1.png")
    tcav = {"mean": 0.9, "standard_error": 0.02, "interval": {"low": 0.8, "high": 0.95}, "effect": 1.25, "q": 0.001}
    tcav |= {"verdict": "for the class", "accuracy": 0.93, "weak": 1, "vectors": 20}
    concept = {"name": "concept 1", "words": "concept 1: 94 % source cohen.", "picture": "covid19/concept-1.png", "segments": 40}
    concept |= {"images": 12, "stability": 0.8, "gradcam_share": 0.4, "area_share": 0.1, "tcav": tcav}
    curve = {"share": [0.0, 0.5, 1.0], "probability": [0.1, 0.5, 0.9]}
    curves = dict.fromkeys(("adding", "removing"), curve) | {f"random_{name}": {"mean": curve} for name in ("adding", "removing")}
    row = {"method": "ACE", "measure": "pointing_game", "truth": "lesion", "value": 0.75, "low": 0.5, "high": 0.9, "images": 12}
    row |= {"patients": 11, "without_map": 1, "without_truth": 0, "why_none": ""}
    study = {
        "images": 12,
        "patients": 11,
        "layer": "stage_2",
        "gradcam_method": "Grad-CAM",
        "gradcam_layer": "stage_3",
        "segments": 300,
        "random_sets": 20,
    }
    study |= {"random_examples": 40, "dropped": {"too few segments to learn from": 2}, "concepts": [concept], "truth": {"lesion": 12}}
    study |= {"curves": curves | {"sufficient": 1, "destroying": None, "covered": 0.4}}
    comparison = {"corrected_p": 0.01, "sentence": "ACE is better than a random map."}
    study |= {"faithfulness": {"rows": [row], "comparisons": [comparison]}}
    study |= {"randomisation": {"networks": 2, "layers": [{"layer": "logits", "correlation": 0.6}, {"layer": "stem", "correlation": 0.1}]}}
    content = {"classes": {"covid19": study}, "left_out": {"normal": "not asked for (explainer.ace.max_classes)"}}
    (folder / "concepts.json").write_text(json.dumps(content))


def _radiograph(side: int, random: np.random.Generator) -> Image.Image:
    image = Image.new("L", (4 * side, 4 * side), 150)
    draw = ImageDraw.Draw(image)
    for left in (0.14, 0.54):
        box = np.array([left, 0.15, left + 0.32, 0.85]) * 4 * side + random.normal(scale=2 * side / 48, size=4)
        draw.ellipse(box.tolist(), fill=45)
    draw.rectangle([1.9 * side, 0, 2.1 * side, 4 * side], fill=200)
    pixels = np.asarray(image.resize((side, side)), np.float32) + random.normal(scale=9, size=(side, side))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _overlay(radiograph: Image.Image, random: np.random.Generator) -> Image.Image:
    pixels = np.repeat(np.asarray(radiograph, np.float32)[:, :, None], 3, axis=2)
    side = pixels.shape[0]
    y, x = np.mgrid[:side, :side] / side
    heat = np.exp(-((x - random.uniform(0.2, 0.8)) ** 2 + (y - random.uniform(0.3, 0.8)) ** 2) / 0.02)[:, :, None]
    mixed = pixels * (1 - 0.6 * heat) + np.array([255.0, 90.0, 20.0]) * 0.6 * heat
    return Image.fromarray(mixed.astype(np.uint8))


NODES = (
    Node("import_example_gen", "complete", 3.2, 0.0),
    Node("statistics_gen", "complete", 11.0, 1.0),
    Node("transform", "cached", 64.0, 2.0),
    Node("trainer", "complete", 190.5, 3.0),
)


@dataclass(frozen=True)
class Made:
    """One report: its page, the parsed `report.json`, and the inputs."""

    html: str
    numbers: dict
    folders: Folders


def report_of(root: Path, scenario: Scenario) -> Made:
    folders = write_inputs(root, scenario)
    provenance = describe_provenance("20260101-120000", 7, "0123456789abcdef", scenario.config_yaml, NODES)
    content, pictures = collect(folders, provenance, scenario.phantom, scenario.pushed_version if scenario.blessed else "")
    return Made(render_html(content, pictures), json.loads(render_json(content)), folders)


@pytest.fixture(scope="session")
def make_report() -> Callable[[Path, Scenario], Made]:
    return report_of


@pytest.fixture(scope="session")
def scenario_class() -> type[Scenario]:
    return Scenario


@pytest.fixture(scope="session")
def plain_report(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return report_of(tmp_path_factory.mktemp("plain"), Scenario())
