"""Write what the assessor, the auditor and the gate write of a scenario."""

import json
from pathlib import Path

import numpy as np

from components.auditor.audit import Audit, BorderDrop, Floor, SliceIntervals, SourceProbe
from components.auditor.floors import SIGHTS
from components.auditor.measures import Drawn, draw_measures, excess, measures
from components.auditor.verdict import verdict
from components.base.temperature import ModelTemperature
from components.evaluator.assess import assess
from components.evaluator.config import EvaluatorConfig, OperatingPointConfig
from components.evaluator.intervals import Interval, interval, measure, resample
from components.evaluator.slices import Slices
from components.gate.config import GateConfig, ValueThreshold
from components.gate.decide import decide, decision
from components.predictions.table import Predictions
from tests.components.reporter.simulated import CLASSES, Scenario

DRAWS = 100
# How much of the truth a floor knows.
KNOWN = {"source": 0.0, "file": 0.2, "border_ring": 0.3, "lungs_blacked_out": 0.4, "thumbnail": 1.9, "histogram": 1.0}


def write_gate(folder: Path, scenario: Scenario, slices: Slices, audit: Audit) -> None:
    config = GateConfig(value_thresholds=(ValueThreshold(metric="macro_recall", lower_bound=0.5, min_images=20),))
    if not scenario.blessed:
        where = {"source": scenario.worst_source, "label": "covid19"}
        unmet = ValueThreshold(metric="recall/covid19", slice=where, lower_bound=0.99)
        more = {"min_images": 10, "min_excess_over_floor": -1.0, "min_excess_within_source": 0.9}
        config = GateConfig(value_thresholds=(*config.value_thresholds, unmet), **more)
    content = decision(decide(slices, config, audit))
    assert content["blessed"] == scenario.blessed
    (folder / "gate.json").write_text(json.dumps(content))
    (folder / ("BLESSED" if scenario.blessed else "NOT_BLESSED")).touch()


def write_assessment(folder: Path, scenario: Scenario, table: Predictions) -> None:
    points = (OperatingPointConfig(label="covid19", sensitivity=0.9), OperatingPointConfig(label="normal", specificity=0.9))
    config = EvaluatorConfig(draws=DRAWS, operating_points=points, prevalence={"covid19": 0.02}, calibration_bins=5)
    carried = None
    if scenario.temperature is not None:
        carried = ModelTemperature(value=scenario.temperature, note="", applied=True, eval_images=int((table.split == "eval").sum()))
    assess(table, config, 7, carried).save(folder)


def write_audit(folder: Path, scenario: Scenario, test: Predictions, random: np.random.Generator) -> Audit:
    resampling = resample(test.group, DRAWS, 7)
    model = draw_measures(test.label_index, test.probabilities, test.source, CLASSES, resampling)
    drawn = {name: _floor_drawn(test, known, random, resampling) for name, known in KNOWN.items()}
    everything = measure(test.label_index, test.probabilities, CLASSES, resampling)
    unread = Interval(0.75, 0.7, 0.8, 20, 0.0)
    audit = Audit(
        classes=CLASSES,
        images={"train": 1045, "eval": 231, "test": len(test)},
        train_images_used=1000,
        sources=tuple(np.unique(test.source).tolist()),
        lungs="two fixed ellipses",
        lungs_share=0.49,
        file_features=("height_px",),
        model=measures(model),
        slices=(SliceIntervals(slice={}, n=len(test), metrics={name: interval(sampled) for name, sampled in everything.items()}),),
        floors=tuple(_floor(name, model, floor) for name, floor in drawn.items()),
        best_floor="thumbnail",
        best_floor_within_source="thumbnail" if measures(model).within_source.value is not None else None,
        source_probe=SourceProbe(
            sources=("a", "b"), images=len(test), left_out=3, chance=0.5, embedding=unread, thumbnail=Interval(0.9, 0.85, 0.95, 20, 0.0)
        ),
        border=BorderDrop(
            share=0.1,
            **{part: dict.fromkeys(("accuracy", "macro_recall"), figure) for part, figure in _BORDER.items()},
        ),
    )
    audit = audit.model_copy(update={"verdict": (*verdict(audit, 0.1), *scenario.audit_words)})
    audit.save(folder)
    return audit


_BORDER = {
    "before": Interval(0.85, 0.8, 0.9, 20, 0.0),
    "after": Interval(0.65, 0.6, 0.7, 20, 0.0),
    "drop": Interval(0.2, 0.15, 0.25, 20, 0.0),
}


def _floor_drawn(test: Predictions, known: float, random: np.random.Generator, resampling) -> Drawn:
    logits = random.normal(size=(len(test), len(CLASSES))) + known * np.eye(len(CLASSES))[test.label_index]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return draw_measures(test.label_index, probabilities, test.source, CLASSES, resampling)


def _floor(name: str, model: Drawn, drawn: Drawn) -> Floor:
    return Floor(
        name=name,
        sees=SIGHTS[name].words,
        sees_lungs=SIGHTS[name].lungs,
        features=3,
        inverse_penalty=0.1,
        eval_macro_recall=0.5,
        eval_within_source=None,
        measures=measures(drawn),
        excess=excess(model, drawn),
    )
