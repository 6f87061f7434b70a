"""What an external validation hands to its page, without a model and without images."""

from collections import Counter
from pathlib import Path

from components.evaluator.assess import assess, measure
from components.evaluator.choices import choose
from components.evaluator.config import EvaluatorConfig
from components.external.content import Content, gather
from components.external.made_with import MadeWith
from components.external.origin import describe_origin
from components.external.outcome import External
from components.external.own_run import OwnRun
from components.external.scored_model import ScoredModel
from components.external.shared import KINDS
from components.ingest.records import DataSource
from components.predictions.table import Predictions
from components.reporter.collect_data import Data, parse_summary

NONE = dict.fromkeys(KINDS, 0)
POINTS = ({"label": "covid19", "sensitivity": 0.9}, {"label": "pneumonia", "specificity": 0.8})
CONFIG = EvaluatorConfig(draws=100, operating_points=POINTS, prevalence={"covid19": 0.02})


def outcome(**changes) -> External:
    facts = {
        "model": "0123456789abcdef",
        "trained_on": {"train": 70, "eval": 15, "test": 15},
        "records": "fedcba9876543210",
        "counts": {"listed": 12, "written": 10, "quarantined": 1, "skipped": 1, "absent": 0},
        "skipped": {"label is in no class": 1},
        "quarantined": {"empty": 1},
        "classes": {"normal": 10, "pneumonia": 0, "covid19": 0},
        "excluded": NONE,
        "excluded_groups": 0,
        "found_in": {},
        "not_looked_for": {},
        "scored": {"images": 10, "patients": 5},
        "eval_choices": "",
    }
    return External(**{**facts, **changes})


def data_of(*sources: str) -> Data:
    """The data of a run: of each source 5 images of 2 normal patients in train, 40 of 20 in eval and 7 of 4 with covid19 there."""
    counts = {("train", "normal"): (5, 2), ("eval", "normal"): (40, 20), ("eval", "covid19"): (7, 4)}
    cells = [
        {"source": source, "label": label, "split": split, "images": images, "groups": groups}
        for source in sources
        for (split, label), (images, groups) in counts.items()
    ]
    return parse_summary({"digest": "0", "classes": ["normal", "covid19"], "counts": {}, "cells": cells})


def own_run(table: Predictions, sources: tuple[str, ...] | None = ("cohen", "vienna")) -> OwnRun:
    return OwnRun("20260101-000000-00", data_of(*sources) if sources is not None else None, assess(table, CONFIG, seed=3))


def content_of(
    table: Predictions, shared: int = 4, own: OwnRun | None = None, settings: dict | None = None, made: MadeWith | None = None, **changes
) -> Content:
    """Judge the rows of `test`; thresholds come from `eval`, and `shared` more images of the first source were left out."""
    scored = table.subset(table.split == "test")
    images = Counter(zip(scored.source.tolist(), scored.label.tolist(), strict=True))
    first = min(images)
    images[first] += shared
    counts = {"listed": len(scored) + shared + 3, "written": len(scored) + shared, "quarantined": 2, "skipped": 1, "absent": 0}
    summary = {
        "digest": "fedcba9876543210",
        "classes": table.classes.tolist(),
        "counts": counts,
        "quarantined": {"empty": 2},
        "skipped": {"label is in no class": 1},
        "cells": [{"source": s, "label": n, "split": "test", "images": c, "groups": 1} for (s, n), c in sorted(images.items())],
        "groups": 90,
        "duplicates": {"copies": 2, "sets": 1, "label_conflicts": 0},
        **changes.pop("summary", {}),
    }
    found = measure(scored, CONFIG, 3, choose(table.subset(table.split == "eval"), CONFIG))
    facts = {
        "counts": counts,
        "excluded": {**NONE, "near copy": shared},
        "excluded_groups": 2,
        "found_in": {"train": shared},
        "scored": found.splits["test"],
        **changes,
    }
    model = ScoredModel(Path("/data/ward 7/serving/12"), "0123456789abcdef", Path("/data/ward 7/runs/20260101-000000-00") if own else None)
    sources = [DataSource("covidx", Path("/data/ward 7/images"), {"version": "9A"}), DataSource("manifest", Path("/data/ward 8"))]
    origin = describe_origin(model, sources, settings or {"seed": 3, "evaluator": CONFIG.model_dump(mode="json")})
    made = made or MadeWith(own.sources if own else None, ())
    return gather(outcome(**facts), found, scored, summary, origin, own, made)
