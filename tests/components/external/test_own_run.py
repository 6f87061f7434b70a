import json

import pytest

from components.evaluator.assess import assess
from components.external.own_run import compare, read_own_run
from tests.components.external.written import CONFIG


@pytest.fixture
def run(tmp_path, table):
    run = tmp_path / "output" / "runs" / "20260101-000000-00"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"records": "records/abc"}))
    assess(table, CONFIG, seed=3).save(run)
    return run


def write_summary(run):
    records = run.parents[1] / "records" / "abc"
    records.mkdir(parents=True)
    cells = [{"source": source, "label": "normal", "split": "train", "images": 1, "groups": 1} for source in ("nih", "cohen")]
    (records / "summary.json").write_text(json.dumps({"digest": "abc", "classes": ["normal"], "counts": {}, "cells": cells}))


def test_a_run_tells_its_sources_and_its_figures(run, table):
    write_summary(run)
    own = read_own_run(run)
    assert (own.run_id, own.sources) == ("20260101-000000-00", ("cohen", "nih"))
    assert own.assessment == assess(table, CONFIG, seed=3)


@pytest.mark.parametrize("content", ["{}", '{"records": ""}', '{"records": "records/abc"}', "damaged"])
def test_sources_are_not_known_where_the_records_are_gone(run, content):
    (run / "run.json").write_text(content)
    assert read_own_run(run).sources is None


def test_figures_stand_beside_each_other_within_sources_first(run, table):
    own = read_own_run(run)
    here = assess(table, CONFIG.model_copy(update={"draws": 200}), seed=4)
    lines = compare(here, own)
    assert [line.name for line in lines] == [
        "Normal or pneumonia, AUC within sources",
        "Macro recall",
        "Accuracy",
        "Macro F1",
        "Macro AUC",
        "Expected calibration error",
    ]
    assert [line.chance for line in lines] == [0.5, None, None, None, None, None]
    assert (lines[0].here, lines[0].there) == (here.within_source[0].pooled, own.assessment.within_source[0].pooled)
    assert compare(here, None) == ()


def test_a_run_without_an_assessment_has_nothing_to_compare(run, table):
    (run / "assessment.json").unlink()
    assert compare(assess(table, CONFIG, seed=3), read_own_run(run)) == ()
