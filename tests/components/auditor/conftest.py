"""Audits and data sets made by hand."""

import numpy as np
import pytest

from components.auditor.audit import Audit, BorderDrop, Excess, Floor, Measures, SliceIntervals, SourceProbe
from components.auditor.file_features import FileFacts, one_hot
from components.auditor.floors import SIGHTS, SOURCE, Rows
from components.auditor.gather import Tables
from components.auditor.lungs import FixedLungs
from components.evaluator.intervals import Interval

PX = 24


def interval(value, low=None, high=None, why=""):
    return Interval(value, low, high, 20, 0.0, why or ("" if low is not None else "fewer than 10 patients"))


def measures(recall, within=None):
    inside = interval(within, within - 0.05, within + 0.05) if within is not None else interval(None, why="not identifiable from this data")
    figure = interval(recall, recall - 0.05, recall + 0.05)
    return Measures(
        accuracy=figure,
        macro_recall=figure,
        macro_auc=figure,
        within_source=inside,
        within_pairs=("normal vs covid19",),
        pairs={"normal vs covid19": inside},
    )


def floor(name, recall, excess, within=None, excess_within=None):
    """A floor; an excess is (value, low, high)."""
    nothing = interval(None, why="not identifiable from this data")
    inside = interval(*excess_within) if excess_within else nothing
    gap = Excess(accuracy=interval(*excess), macro_recall=interval(*excess), macro_auc=interval(*excess), within_source=inside)
    return Floor(
        name=name,
        sees=SIGHTS[name].words,
        sees_lungs=SIGHTS[name].lungs,
        features=3,
        inverse_penalty=0.1,
        eval_macro_recall=recall,
        eval_within_source=within,
        measures=measures(recall, within),
        excess=gap,
    )


def audit(floors, best, best_within=None, recall=0.9, within=None, **more):
    figure = interval(recall, recall - 0.05, recall + 0.05)
    fields = {
        "classes": ("normal", "covid19"),
        "images": {"train": 200, "eval": 40, "test": 40},
        "train_images_used": 200,
        "sources": ("a", "b"),
        "lungs": "two fixed ellipses",
        "lungs_share": 0.49,
        "file_features": ("height_px",),
        "model": measures(recall, within),
        "slices": (
            SliceIntervals(slice={}, n=40, metrics={"macro_recall": figure}),
            SliceIntervals(slice={"source": "b"}, n=9, metrics={"macro_recall": interval(0.9)}),
        ),
        "floors": tuple(floors),
        "best_floor": best,
        "best_floor_within_source": best_within,
        "source_probe": SourceProbe(
            sources=("a", "b"), images=40, left_out=0, chance=0.5, embedding=interval(0.7, 0.6, 0.8), thumbnail=interval(0.8, 0.7, 0.9)
        ),
        "border": BorderDrop(
            share=0.1,
            before={"macro_recall": figure},
            after={"macro_recall": interval(0.8, 0.7, 0.9)},
            drop={"macro_recall": interval(0.1, 0.02, 0.2)},
        ),
    }
    return Audit(**{**fields, **more})


def rows(seed, images, draw):
    """Images of three classes, one patient each, two sources; `draw` makes (source, pixels uint8 [PX, PX]) of a class."""
    random = np.random.default_rng(seed)
    labels = np.arange(images) % 3
    drawn = [draw(random, int(label)) for label in labels]
    sources = np.array([source for source, _ in drawn])
    pixels = np.stack([image for _, image in drawn])
    ids = [f"{seed}-{row}" for row in range(images)]
    facts = [FileFacts(64, 64, "L", "png")] * images
    tables = Tables(0.1, FixedLungs(PX), facts).features(ids, pixels, facts)
    return Rows(labels, np.array(ids), sources, {SOURCE: one_hot(sources.tolist(), ["a", "b", "c"]), **tables})


@pytest.fixture(scope="session")
def by_hand():
    """The makers above; test folders are no packages, so they come as a fixture."""
    return type("ByHand", (), {"audit": audit, "floor": floor, "measures": measures, "interval": interval, "rows": rows, "px": PX})
