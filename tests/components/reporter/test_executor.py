import json
from pathlib import Path

import pytest
from tfx.dsl.components.base import base_executor
from tfx.orchestration import pipeline
from tfx.types import channel, standard_artifacts

from components.base import artifacts
from components.reporter.component import Reporter, ReporterSpec
from components.reporter.executor import Executor

PROPERTIES = {"code_digest": "0123456789abcdef", "config_yaml": "seed: 7\n", "metadata_path": "", "phantom": 1, "seed": 7}


def inputs_of(folders: object) -> dict[str, list]:
    found = {}
    for key, parameter in ReporterSpec.INPUTS.items():
        if key != "pushed_model":
            found[key] = [parameter.type()]
            found[key][0].uri = str(getattr(folders, key))
    return found


def pushed_model(version: str | None) -> standard_artifacts.PushedModel:
    model = standard_artifacts.PushedModel()
    model.set_int_custom_property("pushed", int(version is not None))
    if version is not None:
        model.set_string_custom_property("pushed_version", version)
        model.set_string_custom_property("pushed_destination", "/srv/models/cxr/3")
    return model


@pytest.mark.parametrize(
    ("pushed", "told"),
    [([pushed_model("3")], "was pushed as version 3"), ([pushed_model(None)], "it was not pushed"), ([], "it was not pushed")],
)
def test_the_executor_writes_page_and_numbers(tmp_path: Path, plain_report, pushed: list, told: str) -> None:
    folders = plain_report.folders
    report = artifacts.Report()
    report.uri = str(tmp_path / "report")
    properties = {**PROPERTIES, "records_dir": str(folders.records), "tuning_dir": str(folders.tuning)}
    context = base_executor.BaseExecutor.Context(pipeline_run_id="20260101-120000")
    Executor(context).Do({**inputs_of(folders), "pushed_model": pushed}, {"report": [report]}, properties)
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    numbers = json.loads((tmp_path / "report" / "report.json").read_text())
    assert told in page
    assert "/srv/models" not in page
    assert "nothing here says anything about patients" in page
    assert numbers["provenance"]["run_id"] == "20260101-120000"
    assert numbers["provenance"]["seed"] == 7
    assert numbers["phantom"] is True
    assert numbers["assessment"] == plain_report.numbers["assessment"]
    assert numbers["audit"] == plain_report.numbers["audit"]
    assert numbers["provenance"]["openings"] is None
    assert "How often the test split was opened is not on record." in page
    assert numbers["search"]["trials"][0]["score"] == 0.84


def test_the_executor_works_without_search_and_push(tmp_path: Path, plain_report) -> None:
    report = artifacts.Report()
    report.uri = str(tmp_path)
    properties = {**PROPERTIES, "records_dir": str(plain_report.folders.records), "tuning_dir": ""}
    Executor().Do(inputs_of(plain_report.folders), {"report": [report]}, properties)
    assert json.loads((tmp_path / "report.json").read_text())["search"] is None


@pytest.mark.parametrize("pushed", [True, False])
def test_the_component_fits_into_a_pipeline(tmp_path: Path, pushed: bool) -> None:
    channels = {key: channel.Channel(type=parameter.type) for key, parameter in ReporterSpec.INPUTS.items()}
    if not pushed:
        del channels["pushed_model"]
    reporter = Reporter(**channels, **PROPERTIES, records_dir="r", tuning_dir="").with_id("reporter")
    assert reporter.outputs["report"].type is artifacts.Report
    assert ("pushed_model" in reporter.inputs) == pushed
    assert pipeline.Pipeline("cxr", str(tmp_path), components=[reporter]).components == [reporter]
