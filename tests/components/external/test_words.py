from dataclasses import replace

import pytest

from components.base.temperature import ModelTemperature
from components.evaluator.assess import assess, measure
from components.evaluator.choices import no_choices
from components.evaluator.config import EvaluatorConfig
from components.external.made_with import MadeWith
from components.external.shared import KINDS
from components.external.words import describe
from tests.components.external.written import NONE, content_of, outcome

CONFIG = EvaluatorConfig(draws=100, slices=(("source",), ("label",)), operating_points=({"label": "covid19", "sensitivity": 0.9},))


@pytest.fixture(scope="module")
def found(table):
    return assess(table, CONFIG, seed=3)


def lines_of(table, found, made=None, phantom=(), **changes):
    return list(describe(replace(content_of(table, made=made), phantom=phantom, outcome=outcome(**changes), assessment=found)))


def test_a_model_of_the_phantom_and_images_of_it_are_said_to_be_so(table, found):
    lines = lines_of(table, found, made=MadeWith(None, ("phantom_site_a", "phantom_site_b")))
    assert lines[1] == "a model of synthetic phantom images (phantom_site_a, phantom_site_b): nothing here says anything about patients"
    assert sum("synthetic" in line for line in lines) == 1
    lines = lines_of(table, found, phantom=("phantom_site_c",))
    told = "synthetic phantom images among the scored ones (phantom_site_c): nothing here says anything about patients"
    assert lines[lines.index("scored: 10 images of 5 patients") + 1] == told
    assert not any("synthetic" in line for line in lines_of(table, found))


def test_one_image_is_no_images(table, found):
    changes = {"trained_on": {"train": 1}, "scored": {"images": 1, "patients": 1}, "excluded": {**NONE, "near copy": 1}}
    lines = lines_of(table, found, **changes, excluded_groups=1, found_in={"train": 1})
    assert "model 0123456789abcdef, made with 1 image (train 1)" in lines
    assert "scored: 1 image of 1 patient" in lines
    assert "left out as shared with the model's data: 1 image (near copy: 1) in 1 group; found in train 1" in lines


def test_counts_come_first_and_pairs_within_sources_before_the_slices(table, found):
    left_out = {"excluded": {**NONE, "near copy": 2, "same patient": 1}, "excluded_groups": 2, "found_in": {"train": 3}}
    lines = lines_of(table, found, **left_out)
    assert lines[:7] == [
        "model 0123456789abcdef, made with 100 images (train 70, eval 15, test 15)",
        "read: listed 12, written 10, quarantined 1, skipped 1, absent 0",
        "skipped: label is in no class: 1",
        "quarantined: empty: 1",
        "no image of pneumonia and covid19",
        "left out as shared with the model's data: 3 images (near copy: 2, same patient: 1) in 2 groups; found in train 3",
        "scored: 10 images of 5 patients",
    ]
    assert lines[7].startswith("covid19 at a sensitivity of 0.9 on eval: sensitivity 0.")
    assert lines[8].startswith(f"temperature {found.temperature.value:.3f} of eval: log loss here ")
    assert lines[10] == "Pairs of classes within sources (AUC)"
    within = [line.split() for line in lines[11].splitlines()]
    assert within[0] == ["pair", "pooled", "cohen", "nih", "rsna"]
    # covid19 comes from a source of its own.
    assert "not identifiable" in lines[11].splitlines()[2]
    assert lines[-1].splitlines()[0].split()[:3] == ["slice", "images", "patients"]
    assert "source=cohen" in lines[-1]
    assert "label=" not in lines[-1]


def test_what_was_not_looked_for_is_said(table, found):
    lines = lines_of(table, found, not_looked_for=dict.fromkeys(KINDS, "no fingerprints"))
    assert "left out as shared with the model's data: nothing was looked for" in lines
    assert "not looked for: same patient: no fingerprints" in lines
    lines = lines_of(table, found, not_looked_for={"same patient": "another key"})
    assert "left out as shared with the model's data: nothing" in lines


def test_images_without_patient_are_told_after_the_patients(table, found):
    lines = lines_of(table, found, without_patient=4)
    told = "no patient is named for 4 of the 10 images that were read; each counts as one, copies aside"
    assert lines[lines.index("scored: 10 images of 5 patients") + 1] == told
    assert not any("no patient is named" in line for line in lines_of(table, found, without_patient=0))


def test_without_a_run_it_says_what_is_absent(table):
    test = table.subset(table.split == "test")
    lines = lines_of(table, measure(test, CONFIG, 3, no_choices(CONFIG, "no run here")), eval_choices="no run here")
    assert "no thresholds and no temperature: no run here" in lines
    assert not any(line.startswith(("temperature", "no temperature")) for line in lines)
    assert "covid19 at a sensitivity of 0.9 on eval: sensitivity n/a (no run here), specificity n/a (no run here)" in lines


@pytest.mark.parametrize(
    ("carried", "line"),
    [
        (
            ModelTemperature(value=1.5, note="", applied=True, eval_images=9),
            "temperature 1.500 of eval in the model's probabilities: log loss here ",
        ),
        (ModelTemperature(value=None, note="all right", applied=False, eval_images=9), "no temperature: all right"),
    ],
)
def test_without_a_run_the_model_itself_says_what_became_of_its_temperature(table, carried, line):
    test = table.subset(table.split == "test")
    choices = no_choices(CONFIG, "no run here", carried)
    lines = lines_of(table, measure(test, CONFIG, 3, choices), eval_choices="no run here")
    assert "no thresholds: no run here" in lines
    [told] = [each for each in lines if each.startswith(line)]
    assert (", without it " in told) == carried.applied
