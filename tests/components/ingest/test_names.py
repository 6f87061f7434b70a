import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.names import escape_cell, escape_name, unescape

NAMES = st.text(st.characters(exclude_categories=()), max_size=20)


@given(NAMES)
def test_escaped_names_are_one_printable_line_and_come_back(name):
    for escaped in (escape_name(name), escape_cell(name)):
        assert escaped.isprintable()
        escaped.encode()
        assert unescape(escaped) == name


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-rf.png", "@sum"])
def test_a_cell_is_never_a_formula(name):
    assert escape_cell(name).startswith("\\x")


def test_known_names():
    assert escape_name("line\nbreak.png") == "line\\x0abreak.png"
    assert escape_name("latin1_\udce9.png") == "latin1_\\udce9.png"
    assert escape_name("röntgen_胸部.png") == "röntgen_胸部.png"
    assert escape_cell("=cmd()_formula.png") == "\\x3dcmd()_formula.png"


@given(NAMES)
def test_a_csv_gives_them_back(name):
    text = io.StringIO()
    csv.writer(text).writerow([escape_cell(name), "x"])
    assert len(text.getvalue().splitlines()) == 1
    [[cell, _]] = csv.reader(io.StringIO(text.getvalue()))
    assert unescape(cell) == name
