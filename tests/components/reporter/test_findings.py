import pytest

from components.auditor.config import AuditorConfig
from components.auditor.near import NearFloors, near_floors
from components.evaluator.assessment import Assessment, Figure, PairWithin, SliceFigures, Temperature
from components.evaluator.intervals import Interval
from components.reporter.collect_data import parse_summary
from components.reporter.collect_gate import Check, Verdict
from components.reporter.confounding import Confounding
from components.reporter.findings import find
from components.reporter.shortcuts import BorderLoss, Shortcuts, find_shortcuts

KNOWN = Figure(value=0.9, low=0.8, high=0.95)
BARE = Figure(value=0.7, low=None, high=None, note="fewer than 10 patients")
LOST = Figure(value=None, low=None, high=None, note="not identifiable from this data")
ONE_CLASS = Figure(value=None, low=None, high=None, note="n/a (one class)")
CLEAN = Confounding("none", {}, {}, ("a",), (), None, None)
NO_FLOOR = NearFloors((), ())
LOSS = Interval(0.3, 0.25, 0.35, 90, 0.0)
NO_EARLIER = "no earlier model was blessed on these data"
APART = Check("change", "accuracy", {}, 0.02, 0.9, None, 9, False, "none.", NO_EARLIER)
BLESSED = Verdict(True, (Check("value", "accuracy", {}, 0.5, 0.9, None, 9, True, "fine."),), True, "3")


# At "s" one patient of b has two images, and c has patients enough; at "t", where b is not, c has more.
CELLS = (("s", "a", 30, 15), ("s", "b", 2, 1), ("s", "c", 24, 12), ("t", "c", 40, 20))
DATA = parse_summary(
    {
        "digest": "0",
        "classes": ["a", "b", "c"],
        "counts": {},
        "cells": [{"source": s, "label": c, "split": "test", "images": n, "groups": g} for s, c, n, g in CELLS],
    }
)


def assessment(pairs: dict[tuple[str, str], Figure], macro: Figure = KNOWN, accuracy: Figure = KNOWN) -> Assessment:
    row = SliceFigures(
        slice={},
        n=9,
        patients=1,
        class_counts={},
        metrics={"macro_recall": macro, "accuracy": accuracy},
        confusion=[],
        confusion_shares=[],
    )
    return Assessment(
        classes=("normal", "pneumonia", "covid19"),
        draws=100,
        seed=7,
        level=0.95,
        splits={},
        within_source=[PairWithin(pair=pair, pooled=figure, by_source={"s": figure}, images={}) for pair, figure in pairs.items()],
        slices=[row],
        operating_points=[],
        calibration=[],
        temperature=Temperature(value=None, note="", eval_log_loss=None, after=[]),
    )


def found(pairs: dict, verdict: Verdict = BLESSED, confounding: Confounding = CLEAN, floors: NearFloors = NO_FLOOR, **more):
    figures = {key: more.pop(key) for key in ("macro", "accuracy") if key in more}
    shortcuts = Shortcuts(floors, more.get("border"))
    return find(DATA, assessment(pairs, **figures), verdict, confounding, shortcuts, more.get("phantom", False), 7)


def test_within_sources_stands_before_the_pooled_figure() -> None:
    does = found({("normal", "covid19"): KNOWN, ("normal", "pneumonia"): LOST}).does
    assert does.index("tells normal from covid19 with an AUC of 0.900 (0.800 to 0.950)") < does.index("macro recall is 0.900")
    assert "pneumonia" not in does
    assert "on all 9 test images of 1 patient" in does


def test_what_cannot_be_told_is_named() -> None:
    findings = found({("normal", "covid19"): LOST, ("pneumonia", "covid19"): LOST})
    assert findings.does.startswith("No source of the test split holds two classes")
    assert "to tell normal from covid19 and pneumonia from covid19 (not identifiable" in findings.not_shown


def test_missing_intervals_are_said_once() -> None:
    assert "; 1 of these figures has no interval (fewer than 10 patients)." in found({("a", "b"): KNOWN}, macro=BARE).does
    assert "; none of these figures has an interval (fewer than 10 patients)." in found({("a", "b"): BARE}, macro=BARE, accuracy=BARE).does
    assert "interval (" not in found({("a", "b"): KNOWN}).does


def test_one_class_has_an_accuracy_alone() -> None:
    assert "which are of one class, its accuracy is 0.900" in found({}, macro=ONE_CLASS).does


def test_more_pairs_than_fit_are_counted() -> None:
    does = found({(f"c{index}", "x"): KNOWN for index in range(5)}).does
    assert "c2 from x" in does
    assert "c3" not in does
    assert "; 2 more pairs below; on all 9 test images" in does


def test_a_pair_at_chance_is_not_said_to_be_told() -> None:
    chance, below = Figure(value=0.536, low=0.294, high=0.758), Figure(value=0.4, low=0.3, high=0.5)
    findings = found({("a", "b"): chance, ("a", "c"): KNOWN, ("b", "c"): below})
    assert (
        "the model tells a from c with an AUC of 0.900 (0.800 to 0.950), and has an AUC of 0.536 (0.294 to 0.758) for a from b"
        " and 0.400 (0.300 to 0.500) for b from c; on all"
    ) in findings.does
    assert "to tell a from b and b from c better than chance (no interval of its AUC lies above 0.5)" in findings.not_shown
    assert "the model has an AUC of 0.536" in found({("a", "b"): chance}).does
    assert "better than chance" not in found({("a", "c"): KNOWN}).not_shown


def test_a_pair_without_an_interval_is_not_said_to_be_told_whatever_its_auc() -> None:
    perfect = Figure(value=1.0, low=None, high=None, note="fewer than 10 patients")
    findings = found({("a", "c"): KNOWN, ("b", "c"): perfect})
    assert "the model tells a from c with an AUC of 0.900 (0.800 to 0.950); on all" in findings.does
    assert "1.000" not in findings.does
    told = "to tell b from c (AUC 1.000, 1 patient of b) better than chance (no interval: fewer than 10 patients)"
    assert told in findings.not_shown
    assert "no interval of its AUC lies" not in findings.not_shown


def test_where_no_pair_has_an_interval_the_first_sentence_says_that_none_is_told() -> None:
    findings = found({("a", "b"): BARE, ("a", "c"): BARE})
    assert findings.does.startswith(
        "Inside single sources, where the source cannot give the class away, the model is not shown to tell any classes,"
        " since none of its AUCs has an interval; on all 9 test images of 1 patient its macro recall is 0.900"
    )
    # a and c have patients enough at their source; that the figure has no interval is due to their shares, which no count tells.
    assert "to tell a from b (AUC 0.700, 1 patient of b) and a from c (AUC 0.700) better than chance (no interval" in findings.not_shown


def test_the_seed_the_hospital_and_the_phantom_are_always_told() -> None:
    assert found({}).not_shown == (
        "It is not shown to work on data of another hospital (none was tested), or to come out the same from another seed than 7."
    )
    assert "to say anything about patients" in found({}, phantom=True).not_shown
    unseen = Confounding("none", {}, {}, (), ("site b",), None, None)
    assert "at other hospitals than site b, which alone were not trained on" in found({}, confounding=unseen).not_shown


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (BLESSED, "It is blessed: it passed its only check of the gate, and was pushed as version 3."),
        (Verdict(True, BLESSED.checks * 2, False, ""), "It is blessed: it passed both checks of the gate, and it was not pushed."),
        (Verdict(True, BLESSED.checks * 3, True, "3"), "It is blessed: it passed all 3 checks of the gate, and was pushed as version 3."),
        (
            Verdict(True, (*BLESSED.checks, APART), True, "3"),
            f"It is blessed: it passed the only check of the gate that could be made ({NO_EARLIER}), and was pushed as version 3.",
        ),
        (
            Verdict(True, (*BLESSED.checks * 2, APART, APART), True, "3"),
            f"It is blessed: it passed both checks of the gate that could be made ({NO_EARLIER}), and was pushed as version 3.",
        ),
        (
            Verdict(True, (*BLESSED.checks * 3, APART), True, "3"),
            f"It is blessed: it passed all 3 checks of the gate that could be made ({NO_EARLIER}), and was pushed as version 3.",
        ),
        (
            Verdict(True, (APART,), True, "3"),
            f"It is blessed: no check of the gate could be made ({NO_EARLIER}), and it was pushed as version 3.",
        ),
        (Verdict(True, (), True, "3"), "It is blessed: the gate makes no check, and it was pushed as version 3."),
        (
            Verdict(False, (APART,), False, ""),
            f"It is not blessed and was not pushed, since no check of the gate could be made ({NO_EARLIER}).",
        ),
        (Verdict(False, (), False, ""), "It is not blessed and was not pushed, since the gate makes no check."),
        (Verdict(False, BLESSED.checks, False, ""), "It is not blessed and was not pushed, and the gate names no failed check."),
        (
            Verdict(False, (*BLESSED.checks, Check("value", "accuracy", {}, 0.5, 0.1, None, 9, False, "low.")), False, ""),
            "It is not blessed and was not pushed, since 1 of 2 checks failed:",
        ),
        (
            Verdict(False, (*BLESSED.checks, APART, Check("value", "accuracy", {}, 0.5, 0.1, None, 9, False, "low.")), False, ""),
            f"It is not blessed and was not pushed, since 1 of 2 checks that could be made ({NO_EARLIER}) failed:",
        ),
    ],
)
def test_the_decision(verdict: Verdict, told: str) -> None:
    assert found({}, verdict=verdict).decision == told


def test_floors_near_the_model_are_sorted_as_the_audit_sorts_them(plain_report) -> None:
    from components.auditor.audit import Audit

    audit = Audit.load(plain_report.folders.audit)
    wide = near_floors(audit, 1.0)
    assert {floor.name for floor in (*wide.reaching, *wide.close)} == {floor.name for floor in audit.floors}
    assert all((floor.excess.macro_recall.low or 0) <= 0 for floor in wide.reaching)
    assert near_floors(audit, 0.0).close == ()
    words = " ".join(sentence for sentence in audit.verdict if sentence.startswith("These "))
    named = near_floors(audit, AuditorConfig().near)
    for floor in audit.floors:
        assert (floor.sees in words) == (floor in (*named.reaching, *named.close))


def test_near_floors_are_told_by_what_they_see(plain_report) -> None:
    from components.auditor.audit import Audit

    floors = Audit.load(plain_report.folders.audit).floors
    blind, blurred = floors[0], floors[-1]
    told = found({}, floors=NearFloors((blind,), (blurred,))).not_shown
    assert "to read the lungs (the name of the source reaches its macro recall)" in told
    assert "to need detail (the histogram of the intensities of the whole image comes near it)" in told


def test_a_floor_whose_excess_has_no_interval_is_not_shown_to_be_exceeded(plain_report) -> None:
    from components.auditor.audit import Audit
    from components.reporter.limits import _of_floors

    floor = Audit.load(plain_report.folders.audit).floors[0]
    unshown = NearFloors((), (), (floor,))
    assert "to exceed what can be scored from the name of the source (no interval)" in found({}, floors=unshown).not_shown
    [limit] = _of_floors(unshown)
    assert limit.text.startswith(
        "The model exceeds, by too few patients for an interval, what can be scored from the name of the source, excess"
    )
    assert not limit.grave


def test_what_comes_near_the_model_without_the_lungs_is_grave_and_a_blur_is_not(plain_report) -> None:
    from components.auditor.audit import Audit
    from components.reporter.limits import _of_floors

    floors = Audit.load(plain_report.folders.audit).floors
    blind, blurred = floors[0], floors[-1]
    assert [limit.grave for limit in _of_floors(NearFloors((), (blind, blurred)))] == [True, False]
    assert [limit.grave for limit in _of_floors(NearFloors((blind, blurred), ()))] == [True, True]


def bordered(audit, macro_recall: Interval, accuracy: Interval = LOSS):
    drop = {"accuracy": accuracy, "macro_recall": macro_recall}
    return audit.model_copy(update={"border": audit.border.model_copy(update={"drop": drop})})


def test_a_loss_without_the_border_counts_where_its_interval_lies_above_near(plain_report) -> None:
    from components.auditor.audit import Audit

    audit = Audit.load(plain_report.folders.audit)
    large, small = Interval(0.432, 0.388, 0.476, 90, 0.0), Interval(0.3, 0.1, 0.5, 90, 0.0)
    loss = find_shortcuts(bordered(audit, large), 0.1).border
    assert loss == BorderLoss("macro_recall", 0.1, audit.border.before["macro_recall"], audit.border.after["macro_recall"], large)
    assert find_shortcuts(bordered(audit, large), 0.4).border is None
    assert find_shortcuts(bordered(audit, small), 0.1).border is None
    bare = Interval(0.5, None, None, 4, 0.0, "fewer than 10 patients")
    assert find_shortcuts(bordered(audit, bare), 0.1).border.metric == "accuracy"
    assert find_shortcuts(bordered(audit, bare, bare), 0.1).border is None


def test_a_loss_without_the_border_is_in_the_verdict_and_a_grave_limit(plain_report) -> None:
    told = "to read the lungs rather than the border (its macro recall drops by 0.200, 0.150 to 0.250, where that is masked,"
    assert f"{told} on images unlike any trained on)" in plain_report.numbers["findings"]["not_shown"]
    [limit] = [limit for limit in plain_report.numbers["limits"] if limit["headline"] == "Much is lost with the border"]
    assert limit["grave"]
    assert limit["text"] == (
        "With the outer 10 % of each side filled with the mean of the image, macro recall goes from 0.850 (0.800 to 0.900) to"
        " 0.650 (0.600 to 0.700), a drop of 0.200 (0.150 to 0.250). The model reads the border, or is upset by a frame that it never"
        " saw: an image with a masked border is unlike any that it was trained on."
    )
    assert "border" not in found({}).not_shown
