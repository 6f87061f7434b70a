"""Tables say where their results are of another version of the code than the one that compares."""

import pytest

from pipeline.experiments.code_version import code_version
from pipeline.experiments.page import render_page
from pipeline.experiments.statistics import compare
from pipeline.experiments.table import render


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        (("now", "now"), "the version that made this table"),
        (("now", "c0de"), "1 of 2 cells of another version than made this table"),
        (("c0de", "c0de"), "2 of 2 cells of another version than made this table"),
    ],
)
def test_the_provenance_names_the_code(make_cell, codes, told) -> None:
    known = {"now": code_version(), "c0de": "c0de"}
    first, second = (known[code] for code in codes)
    comparison = compare([make_cell(code=first), make_cell(variant="balance=none", code=second)], ["accuracy"])
    sentence = f"Code: {', '.join(digest[:12] for digest in sorted({first, second}))}; {told}."
    for text in (render(comparison, "table"), render(comparison, "markdown"), render_page(comparison)):
        assert sentence in text
