"""Results of the built-in phantom say so wherever they are shown."""

import csv
import io
import json

import pytest

from pipeline.experiments.page import render_page
from pipeline.experiments.result import Cell
from pipeline.experiments.run import shown_command
from pipeline.experiments.statistics import compare
from pipeline.experiments.table import render
from pipeline.experiments.wording import PHANTOM


def test_the_first_sentence_says_that_the_images_are_of_no_patient(make_cell) -> None:
    comparison = compare([make_cell(phantom=True), make_cell(variant="balance=none", phantom=True)], ["accuracy"])
    assert render(comparison, "table").startswith(f"ablation\n\n{PHANTOM}\n\n")
    assert render(comparison, "markdown").startswith(f"**{PHANTOM}**\n\n")
    page = render_page(comparison)
    assert page.index("<h1>") < page.index(PHANTOM) < page.index("<h2")
    assert json.loads(render(comparison, "json"))["phantom"]
    assert {line["phantom"] for line in csv.DictReader(io.StringIO(render(comparison, "csv")))} == {"True"}


def test_of_patients_nothing_is_said(make_cell) -> None:
    comparison = compare([make_cell()], ["accuracy"])
    for text in (*(render(comparison, form) for form in ("table", "markdown", "csv")), render_page(comparison)):
        assert PHANTOM not in text
    assert {line["phantom"] for line in csv.DictReader(io.StringIO(render(comparison, "csv")))} == {""}


def test_a_result_of_before_this_was_noted_is_not_of_the_phantom(make_cell) -> None:
    content = json.loads(make_cell().model_dump_json())
    del content["phantom"]
    assert not Cell.model_validate(content).phantom


@pytest.mark.parametrize(
    ("data", "texts", "environ", "told"),
    [
        ([], ["trainer.epochs=3"], {}, False),
        (["somewhere"], [], {}, True),
        ([], ["data.sources=[{reader: manifest, root: somewhere}]"], {}, True),
        ([], [], {"CXR__DATA__SOURCES": "[]"}, True),
    ],
)
def test_the_command_names_data_only_where_some_were_given(tmp_path, data, texts, environ, told) -> None:
    command = shown_command(tmp_path / "some.yaml", data, texts, environ)
    assert ("--data DIR" in command) is told
    assert "somewhere" not in command
    assert command.endswith("--results DIR")
