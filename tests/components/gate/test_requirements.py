"""What the gate asks of the evidence, on audits made by hand."""

import pytest
from pydantic import ValidationError

from components.evaluator.slices import Slices, make_row
from components.gate.config import GateConfig, ValueThreshold
from components.gate.decide import decide, is_blessed

CLASSES = ("normal", "covid19")
SLICES = Slices(CLASSES, {"candidate": [make_row({}, CLASSES, [[90, 10], [10, 90]], {"normal": 0.9, "covid19": 0.9})]})


def checks(found, **required):
    return [
        check
        for check in decide(SLICES, GateConfig(**{"min_gap_over_blind_floors": None} | required), found)
        if check.kind not in ("value", "change")
    ]


def test_without_the_gap_nothing_is_asked_by_default(by_hand):
    assert checks(None) == checks(by_hand.audit(by_hand.figure(-0.5, -0.6, -0.4))) == []


def gap(found, **required):
    """The check of the gap as a default run makes it, and whether it lets the model pass."""
    made = decide(SLICES, GateConfig(**required), found)
    (check,) = [each for each in made if each.kind == "gap_over_blind_floors"]
    assert is_blessed(made) is check.passed
    return check


@pytest.mark.parametrize(
    ("excess", "passed", "told"),
    [(0.4, True, "at least"), (0.1, True, "at least"), (0.099, False, "less than"), (-0.2, False, "less than")],
)
def test_a_default_run_refuses_what_a_blind_floor_comes_near(by_hand, excess, passed, told):
    check = gap(by_hand.audit(by_hand.figure(excess)))  # no interval, as on a few patients
    assert (check.passed, check.value, check.bound, check.n) == (passed, excess, 0.1, 200)
    assert check.text == (
        "The gap in macro_recall of the whole test split over what does not see the lungs (the border of the image) is "
        f"{excess:.3f}, {told} the 0.100 of gate.min_gap_over_blind_floors: macro_recall 0.900 against 0.500."
    )


def test_a_blur_of_the_lungs_is_no_blind_floor_and_the_nearest_counts(by_hand):
    audit = by_hand.audit(by_hand.figure(0.4))
    (border,) = audit.floors
    near = border.excess.model_copy(update={"macro_recall": by_hand.figure(0.05)})
    blur = border.model_copy(update={"name": "thumbnail", "sees": "a thumbnail", "sees_lungs": True, "excess": near})
    source = border.model_copy(update={"name": "source", "sees": "the name of the source", "excess": near})
    assert gap(audit.model_copy(update={"floors": (border, blur)})).value == 0.4
    assert "(the name of the source) is 0.050" in gap(audit.model_copy(update={"floors": (border, blur, source)})).text


def test_a_gap_that_cannot_be_told_is_not_met(by_hand):
    assert gap(None).text.endswith("no audit was made; wire the auditor before the gate.")
    audit = by_hand.audit(by_hand.undefined)
    one_class = audit.model_copy(update={"model": audit.model.model_copy(update={"macro_recall": by_hand.undefined})})
    assert "is undefined (not identifiable from this data), and gate.min_gap_over_blind_floors asks for 0.1" in gap(one_class).text
    blurs = audit.model_copy(update={"floors": tuple(floor.model_copy(update={"sees_lungs": True}) for floor in audit.floors)})
    assert "the audit has no such floor" in gap(blurs).text


@pytest.mark.parametrize(
    ("bound", "passed", "end"),
    [(0.3, True, "0.300, at least the 0.300"), (0.31, False, "0.300, below the 0.310"), (0.3001, False, "0.3000, below the 0.3001")],
)
def test_the_lower_end_of_the_excess_is_what_counts(by_hand, bound, passed, end):
    (check,) = checks(by_hand.audit(by_hand.figure(0.4, 0.3, 0.5)), min_excess_over_floor=bound)
    assert (check.passed, check.kind, check.metric, check.value, check.bound, check.n) == (
        passed,
        "excess",
        "macro_recall",
        0.3,
        bound,
        200,
    )
    assert check.text == (
        "The excess in macro_recall of the whole test split over the nearest floor (the border of the image) is 0.400, and the lower end "
        f"of its interval {end} of gate.min_excess_over_floor: macro_recall 0.900 against 0.500."
    )


def test_one_that_is_not_met_refuses_the_model(by_hand):
    assert is_blessed(decide(SLICES, GateConfig(min_excess_over_floor=0.1), by_hand.audit(by_hand.figure(0.4, 0.3, 0.5))))
    assert not is_blessed(decide(SLICES, GateConfig(min_excess_over_floor=0.1), by_hand.audit(by_hand.figure(0.05, -0.1, 0.2))))


def test_an_excess_without_an_interval_is_not_met(by_hand):
    (check,) = checks(by_hand.audit(by_hand.figure(0.4)), min_excess_over_floor=0.1)
    assert not check.passed
    assert "is 0.400 without an interval (fewer than 10 patients), and gate.min_excess_over_floor asks for 0.1" in check.text


def beside(audit, metric, **excesses):
    """The audit with a floor of each excess, in this order, before its own."""
    (border,) = audit.floors
    floors = [
        border.model_copy(update={"name": name, "sees": f"the {name}", "excess": border.excess.model_copy(update={metric: excess})})
        for name, excess in excesses.items()
    ]
    return audit.model_copy(update={"floors": (*floors, border)})


@pytest.mark.parametrize(("metric", "key"), [("macro_recall", "min_excess_over_floor"), ("within_source", "min_excess_within_source")])
def test_every_floor_must_be_exceeded_whichever_was_best_on_eval(by_hand, metric, key):
    best = by_hand.figure(0.4, 0.3, 0.5)
    audit = by_hand.audit(best, within=by_hand.figure(0.9, 0.8, 0.95), within_excess=best, best_within="border_ring")
    assert checks(audit, **{key: 0.02})[0].passed
    # The border of the image is best on eval; on test a thumbnail reaches the model, and comes to it as a histogram does, but for a draw.
    reached = beside(audit, metric, thumbnail=by_hand.figure(0.0, -0.06, 0.06), histogram=by_hand.figure(0.1, -0.06, 0.2))
    (check,) = checks(reached, **{key: 0.02})
    assert (check.passed, check.value) == (False, -0.06)
    assert "(the thumbnail) is 0.000, and the lower end of its interval -0.060, below the 0.020" in check.text
    assert check.text.endswith(" It is not shown either over: the histogram.")
    assert checks(reached, **{key: -0.06})[0].passed
    assert "not shown" not in checks(beside(audit, metric, thumbnail=best), **{key: 0.3})[0].text


def test_one_floor_without_an_interval_is_one_that_is_not_exceeded(by_hand):
    audit = beside(by_hand.audit(by_hand.figure(0.4, -0.3, 0.5)), "macro_recall", thumbnail=by_hand.figure(0.4))
    (check,) = checks(audit, min_excess_over_floor=0.1)
    assert (check.passed, check.value) == (False, None)
    assert "(the thumbnail) is 0.400 without an interval (fewer than 10 patients)" in check.text
    assert check.text.endswith(" It is not shown either over: the border of the image.")
    (check,) = checks(audit.model_copy(update={"floors": ()}), min_excess_over_floor=0.1)
    assert not check.passed


@pytest.mark.parametrize("key", ["min_excess_over_floor", "min_excess_within_source", "max_interval_width"])
def test_without_an_audit_what_needs_one_is_not_met(key):
    (check,) = checks(None, **{key: 0.1})
    assert not check.passed
    assert check.text.endswith("no audit was made; wire the auditor before the gate.")
    assert not is_blessed(decide(SLICES, GateConfig(**{key: 0.1})))


def test_excess_within_sources(by_hand):
    known = {"within": by_hand.figure(0.9, 0.8, 0.95), "within_excess": by_hand.figure(0.4, 0.2, 0.5)}
    (check,) = checks(by_hand.audit(by_hand.figure(0.4), **known), min_excess_within_source=0.1)
    assert (check.passed, check.kind, check.metric, check.value) == (True, "excess_within_source", "within_source", 0.2)
    (check,) = checks(by_hand.audit(by_hand.figure(0.4), **known), min_excess_within_source=0.25)
    assert not check.passed
    assert "within the sources of the whole test split over the nearest floor there (the border of the image) is 0.400" in check.text
    assert "0.200, below the 0.250 of gate.min_excess_within_source: AUC 0.900 against 0.900." in check.text


def test_what_is_not_identifiable_is_not_met(by_hand):
    (check,) = checks(by_hand.audit(by_hand.figure(0.4, 0.3, 0.5)), min_excess_within_source=0)
    assert (check.passed, check.value) == (False, None)
    assert "is not identifiable from this data, and gate.min_excess_within_source asks for 0." in check.text


@pytest.mark.parametrize(
    ("least", "passed", "text"),
    [
        (200, True, "The whole test split has 200 images, at least the 200 of gate.min_images."),
        (201, False, "The whole test split has 200 images, fewer than the 201 of gate.min_images."),
    ],
)
def test_the_number_of_images_needs_no_audit(least, passed, text):
    (check,) = checks(None, min_images=least)
    assert (check.passed, check.text, check.kind) == (passed, text, "images")


@pytest.mark.parametrize(
    ("most", "passed", "text"),
    [
        (0.1, True, "is 0.100 wide, [0.850, 0.950], on 200 images, at most the 0.100 of gate.max_interval_width."),
        (0.09, False, "is 0.100 wide, [0.850, 0.950], on 200 images, more than the 0.090 of gate.max_interval_width."),
    ],
)
def test_the_interval_of_each_thresholded_metric_is_measured(by_hand, most, passed, text):
    (check,) = checks(by_hand.audit(by_hand.figure(0.4)), max_interval_width=most)
    assert check.text == f"The 95 % interval of macro_recall of the whole test split {text}"
    assert (check.passed, check.kind, check.metric) == (passed, "interval", "macro_recall")


def test_the_intervals_of_slices(by_hand):
    thresholds = tuple(
        ValueThreshold(metric="macro_recall", lower_bound=bound, slice={"source": source})
        for bound, source in ((0.1, "a"), (0.2, "a"), (0.1, "z"))
    )
    few, absent = checks(by_hand.audit(by_hand.figure(0.4)), value_thresholds=thresholds, max_interval_width=0.5)
    assert (few.passed, few.n, few.slice) == (False, 7, {"source": "a"})
    assert few.text == (
        "The 95 % interval of macro_recall of the slice source=a does not exist (fewer than 10 patients) on 7 images, "
        "and gate.max_interval_width asks for 0.5."
    )
    assert (absent.passed, absent.n) == (False, 0)
    assert "of the slice source=z: no test image is in the slice." in absent.text


def test_a_width_of_nothing_is_refused():
    with pytest.raises(ValidationError, match="there are none"):
        GateConfig(value_thresholds=(), max_interval_width=0.1)
