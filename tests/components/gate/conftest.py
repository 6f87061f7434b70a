"""Audits made by hand."""

import pytest

from components.auditor.audit import Audit, BorderDrop, Excess, Floor, Measures, SliceIntervals, SourceProbe
from components.evaluator.intervals import Interval

CLASSES = ("normal", "covid19")
FEW = "fewer than 10 patients"
UNKNOWN = Interval(None, None, None, 0, 0.0, "not identifiable from this data")


def figure(value, low=None, high=None):
    return Interval(value, low, high, 20, 0.0, "" if low is not None else FEW)


def measures(recall, within):
    return Measures(
        accuracy=figure(recall), macro_recall=figure(recall), macro_auc=figure(recall), within_source=within, within_pairs=(), pairs={}
    )


def audit(excess, within=UNKNOWN, within_excess=UNKNOWN, best_within=None, width=None):
    floor = Floor(
        name="border_ring",
        sees="the border of the image",
        sees_lungs=False,
        features=3,
        inverse_penalty=0.1,
        eval_macro_recall=0.5,
        eval_within_source=0.5,
        measures=measures(0.5, within),
        excess=Excess(accuracy=excess, macro_recall=excess, macro_auc=excess, within_source=within_excess),
    )
    nothing = {"macro_recall": figure(0.0)}
    return Audit(
        classes=CLASSES,
        images={"train": 100, "eval": 50, "test": 200},
        train_images_used=100,
        sources=("a",),
        lungs="two fixed ellipses",
        lungs_share=0.49,
        file_features=(),
        model=measures(0.9, within),
        slices=(
            SliceIntervals(slice={}, n=200, metrics={"macro_recall": width or figure(0.9, 0.85, 0.95)}),
            SliceIntervals(slice={"source": "a"}, n=7, metrics={"macro_recall": figure(0.9)}),
        ),
        floors=(floor,),
        best_floor="border_ring",
        best_floor_within_source=best_within,
        source_probe=SourceProbe(sources=("a",), images=200, left_out=0, chance=None, embedding=UNKNOWN, thumbnail=UNKNOWN),
        border=BorderDrop(share=0.1, before=nothing, after=nothing, drop=nothing),
    )


@pytest.fixture(scope="session")
def by_hand():
    """The makers above; test folders are no packages, so they come as a fixture."""
    return type("ByHand", (), {"audit": audit, "figure": figure, "undefined": UNKNOWN})
