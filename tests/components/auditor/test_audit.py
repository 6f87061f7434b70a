import json
import subprocess
import sys

import numpy as np
import pytest

from components.auditor.audit import Audit
from components.auditor.near import NearFloors, near_floors
from components.auditor.slice_intervals import slice_intervals
from components.auditor.verdict import verdict
from components.base.errors import UserError
from components.evaluator.intervals import NO_SPREAD, Interval, resample
from components.evaluator.slices import Slices
from components.gate.config import GateConfig, ValueThreshold
from components.gate.decide import threshold_slices
from components.gate.requirements import check_requirements
from components.predictions.table import Predictions
from schemas import features


@pytest.fixture
def made(by_hand):
    return by_hand.audit([by_hand.floor("source", 0.5, (0.4, 0.3, 0.5)), by_hand.floor("thumbnail", 0.6, (0.3, 0.2, 0.4))], "thumbnail")


def test_an_audit_is_read_as_it_was_written(made, tmp_path):
    assert Audit.load(made.save(tmp_path)) == Audit.load(tmp_path) == made
    assert made.floor("source").measures.macro_recall.value == 0.5
    assert made.find({"source": "b"}).n == 9
    assert made.find({"source": "z"}) is None


@pytest.mark.parametrize("damage", [{"version": 1}, {"floors": 3}, {"more": 1}])
def test_an_audit_of_another_version_is_refused(made, tmp_path, damage):
    path = made.save(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **damage}))
    with pytest.raises(UserError, match=r"audit.json is absent, damaged or not of version 2; run the auditor node again"):
        Audit.load(tmp_path)
    with pytest.raises(UserError, match="absent"):
        Audit.load(tmp_path / "nowhere.json")


def test_reading_an_audit_needs_no_tensorflow():
    code = "import sys, components.auditor.audit; sys.exit('tensorflow' in sys.modules or 'tfx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def answered():
    """Predictions of 40 images of as many patients; every other of the last ten is of covid19, and answered wrongly."""
    labels, rows = np.arange(40) % 2, np.arange(40)
    names = np.array([f"{row:016x}" for row in rows])
    return Predictions(
        classes=np.array(["normal", "covid19"]),
        id=names,
        group=names,
        source=np.where(rows < 20, "a", "b"),
        split=np.full(40, "test"),
        view=np.full(40, "AP"),
        label=np.array(["normal", "covid19"])[labels],
        label_index=labels,
        probabilities=np.eye(2, dtype=np.float32)[np.where(rows < 30, labels, 0)],
        embedding=np.zeros((40, 1), np.float32),
        extra={"scanner": np.where(rows < 15, "", "new")},
        attributes={
            features.SEX: np.where(rows % 4 < 2, "F", "M"),
            features.MODE: np.full(40, "L"),
            features.quality("inverted"): np.zeros(40, np.int64),
            features.quality("lateral"): (rows >= 10).astype(np.int64),
        },
    )


def test_slices_are_those_of_the_crossings_after_the_whole(answered):
    found = slice_intervals(answered, [["source"], ["label", "source"]], resample(answered.group, 200, 5))
    assert [(row.slice, row.n) for row in found] == [
        ({}, 40),
        ({"source": "a"}, 20),
        ({"source": "b"}, 20),
        ({"label": "normal", "source": "a"}, 10),
        ({"label": "normal", "source": "b"}, 10),
        ({"label": "covid19", "source": "a"}, 10),
        ({"label": "covid19", "source": "b"}, 10),
    ]
    assert found[1].metrics["macro_recall"].value == 1
    assert found[1].metrics["macro_recall"].low == pytest.approx(0.8316, abs=5e-5)  # Clopper and Pearson, 20 of 20
    assert found[2].metrics["macro_recall"].value == 0.75
    assert found[6].metrics["recall/covid19"].value == 0.5
    assert found[0].metrics["macro_recall"].low < 0.875 < found[0].metrics["macro_recall"].high


def test_a_slice_by_a_column_that_is_missing_is_an_error(answered):
    with pytest.raises(UserError, match="hold no 'vendor'"):
        slice_intervals(answered, [["vendor"]], resample(answered.group, 200, 5))


@pytest.mark.parametrize(
    ("where", "images"),
    [
        ({}, 40),
        ({"sex": "F"}, 20),
        ({"mode": "L"}, 40),
        ({"quality/lateral": "1"}, 30),
        ({"quality/inverted": "0"}, 40),  # up nowhere
        ({"scanner": "not stated"}, 15),
        ({"sex": "M", "source": "a", "label": "normal"}, 5),
    ],
    ids=str,
)
def test_the_gate_finds_the_width_of_every_slice_that_a_threshold_can_name(made, answered, where, images):
    threshold = ValueThreshold(metric="accuracy", lower_bound=0, slice=where)
    gate = GateConfig(value_thresholds=(threshold,), max_interval_width=1, min_gap_over_blind_floors=None)
    crossings = threshold_slices(gate)
    audit = made.model_copy(update={"slices": slice_intervals(answered, crossings, resample(answered.group, 200, 5))})
    (check,) = check_requirements(Slices(("normal", "covid19")), gate, audit)
    assert check.n == images
    assert f"on {images} images" in check.text


def test_the_verdict_names_what_comes_near_and_what_that_means(by_hand):
    found = verdict(
        by_hand.audit(
            [
                by_hand.floor("source", 0.88, (0.02, -0.03, 0.07)),
                by_hand.floor("border_ring", 0.82, (0.08, 0.03, 0.13)),
                by_hand.floor("lungs_blacked_out", 0.6, (0.3, 0.2, 0.4)),
                by_hand.floor("thumbnail", 0.85, (0.05, 0.01, 0.09)),
            ],
            "source",
        ),
        0.1,
    )
    assert found == (
        "Within sources: not identifiable from this data, so that no figure here tells the class from the source.",
        "The macro recall of the model is 0.900 [0.850, 0.950], that of the best floor (the name of the source) 0.880 [0.830, 0.930]: "
        "excess 0.020 [-0.030, 0.070].",
        "These reach the model and do not see the lungs: the name of the source (0.880). "
        "The model's figure is no evidence that it reads them.",
        "These come near the model and do not see the lungs: the border of the image (0.820). Most of the model's figure needs no lungs.",
        "These come near the model and see the lungs as a blur: an 8 x 8 thumbnail of the whole image (0.850). "
        "Most of the model's figure needs no detail.",
        "A linear classifier tells the source from the model's embedding with a balanced accuracy of 0.700 [0.600, 0.800] "
        "(chance 0.500; from an 8 x 8 thumbnail 0.800 [0.700, 0.900]).",
        "With the outer 10 % of each side filled with its mean, macro recall goes from 0.900 [0.850, 0.950] to 0.800 [0.700, 0.900], "
        "a drop of 0.100 [0.020, 0.200]: the model reads the border, or is upset by a frame that it never saw.",
    )


def test_the_verdict_where_no_floor_comes_near(by_hand):
    floors = [by_hand.floor("border_ring", 0.6, (0.3, 0.2, 0.4), within=0.5, excess_within=(0.4, 0.3, 0.5))]
    found = verdict(by_hand.audit(floors, "border_ring", "border_ring", within=0.9), 0.1)
    assert found[0] == (
        "Within sources the AUC of the model (normal vs covid19) is 0.900 [0.850, 0.950], that of the best floor (the border of the image) "
        "0.500 [0.450, 0.550]: excess 0.400 [0.300, 0.500]."
    )
    assert found[2] == "No floor comes within 0.1 of the model's macro recall: none of them explains it."


def test_an_excess_without_an_interval_is_not_shown_to_be_one(by_hand):
    floors = [
        by_hand.floor("source", 0.4, (0.5,)),
        by_hand.floor("border_ring", 0.8, (0.1, 0.01, 0.2)),
        by_hand.floor("thumbnail", 0.85, (0.05,)),
    ]
    audit = by_hand.audit(floors, "border_ring")
    assert near_floors(audit, 0.05) == NearFloors((), (), (floors[0], floors[2]))
    assert verdict(audit, 0.05)[2:4] == (
        "These lie below the model and do not see the lungs: the name of the source (0.400). "
        "There are too few patients of a class to show by how much.",
        "These lie below the model and see the lungs as a blur: an 8 x 8 thumbnail of the whole image (0.850). "
        "There are too few patients of a class to show by how much.",
    )


def test_a_floor_near_the_model_is_told_without_an_interval_too(by_hand):
    floors = [by_hand.floor("border_ring", 0.963, (0.037,)), by_hand.floor("source", 0.33, (0.67,))]
    audit = by_hand.audit(floors, "border_ring")
    assert near_floors(audit, 0.1) == NearFloors((), (floors[0],), (floors[1],))
    assert verdict(audit, 0.1)[2].startswith("These come near the model and do not see the lungs: the border of the image (0.963).")
    assert near_floors(by_hand.audit([by_hand.floor("source", 0.9, (0.0,))], "source"), 0.1).reaching


def test_an_excess_whose_interval_begins_at_0_is_reached(by_hand):
    floors = [by_hand.floor("border_ring", 0.6, (0.3, 0.0, 0.4)), by_hand.floor("source", 0.6, (0.3, 0.001, 0.4))]
    assert near_floors(by_hand.audit(floors, "border_ring"), 0.1) == NearFloors((floors[0],), (), ())


def test_the_border_tells_by_accuracy_what_macro_recall_has_too_few_patients_for(by_hand):
    audit = by_hand.audit([by_hand.floor("source", 0.4, (0.5, 0.4, 0.6))], "source")

    def told(**drop):
        border = audit.border.model_copy(update={"drop": drop})
        return next(text for text in verdict(audit.model_copy(update={"border": border}), 0.1) if text.startswith("With the outer"))

    bare = by_hand.interval(0.2)
    assert told(macro_recall=bare, accuracy=by_hand.interval(0.189, 0.061, 0.346)).endswith(
        "a drop of 0.200, too few patients of a class for an interval; accuracy drops by 0.189 [0.061, 0.346]: "
        "the model reads the border, or is upset by a frame that it never saw."
    )
    assert told(macro_recall=bare, accuracy=by_hand.interval(0.1, -0.1, 0.2)).endswith("[-0.100, 0.200]: no drop is shown.")
    assert told(macro_recall=bare, accuracy=bare).endswith("too few patients to tell.")


def test_why_there_is_no_interval_is_said_once(by_hand):
    floors = [by_hand.floor("source", 0.4, (0.5,)), by_hand.floor("border_ring", 0.85, (0.05,))]
    audit = by_hand.audit(floors, "border_ring")
    bare = Interval(1.0, None, None, 4, 0.0, "fewer than 10 patients")
    sure = Interval(1.0, 0.8316, 1.0, 20, 0.0, "", NO_SPREAD)
    few = audit.model_copy(
        update={
            "model": audit.model.model_copy(update={"macro_recall": bare}),
            "source_probe": audit.source_probe.model_copy(update={"embedding": sure, "thumbnail": bare}),
        }
    )
    found = verdict(few, 0.1)
    assert found[1].startswith(
        "The macro recall of the model is 1.000, that of the best floor (the border of the image) 0.850 [0.800, 0.900]"
    )
    assert found[-2:] == (
        "Figures without brackets have no interval: fewer than 10 patients.",
        "Brackets that are not of the draws alone: the same in every draw; exact bound.",
    )
    assert " ".join(found).count("fewer than 10 patients") == 1
    assert not any(
        "without brackets" in sentence
        for sentence in verdict(by_hand.audit([by_hand.floor("source", 0.4, (0.5, 0.4, 0.6))], "source"), 0.1)
    )
