"""The command, given a model to serve in place of a run: it says what to give, and never to write there."""

import json

import pytest

from tests.components.explainer.command import call


def make_served(folder, weights=b"1"):
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.index").write_bytes(weights)


@pytest.mark.parametrize("given", ["out/serving/1795943869", "out/serving", "out/pipeline/name/pusher/pushed_model/18"])
def test_a_model_to_serve_names_its_run(place, capsys, given):
    """The run that has it, not the newest, and a command that then works."""
    out = place / "out"
    for folder in ("pipeline/name/trainer/model/3/Format-Serving", "pipeline/name/pusher/pushed_model/18", "serving/1795943869"):
        make_served(out / folder)
    make_served(out / "pipeline" / "name" / "trainer" / "model" / "4" / "Format-Serving", b"2")
    newest = out / "runs" / "20260102-000000-00"
    newest.mkdir()
    (newest / "run.json").write_text(json.dumps({"model": "pipeline/name/trainer/model/4"}))
    before = sorted(out.rglob("*"))
    assert call(place, model=given) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "run_pipeline" not in line
    assert "the newest run with this model is 20260101-000000-00: give --model " in line
    advised = line.rpartition("--model ")[2]
    assert sorted(out.rglob("*")) == before
    assert call(place, images=["other.jpg"], model=advised) == 0


def test_a_copied_model_to_serve_asks_for_the_run_that_trained_it(place, capsys):
    make_served(place / "copied")
    assert call(place, model="copied") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "run_pipeline" not in line
    assert line.endswith("no run of an output folder around it has this model: give the run that trained it as --model")


def test_no_advice_is_given_to_run_anything_in_a_folder_without_a_model(place, capsys):
    for folder in ("out/serving", "out/runs", "empty"):
        (place / folder).mkdir(exist_ok=True)
        assert call(place, model=folder) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "holds no run and no model.keras; give an output folder" in line
        assert "--output" not in line
