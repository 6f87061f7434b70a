import os

import pytest

from components.base.errors import DataRefusedError, UsageError
from components.ingest.readers.manifest import read
from components.ingest.views import normalise_view

HEADER = "filename,label,source,patient_id,view,age\n"


def rows(root, content, columns=()):
    (root / "metadata.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read(root, columns))


def test_a_row_becomes_a_record(tmp_path):
    [record] = rows(tmp_path, HEADER + "a.png, normal ,north,p1,AP erect,50\n", ("age",))
    assert (record.name, record.label, record.source, record.patient_id) == ("a.png", "normal", "north", "p1")
    assert (record.view, record.extra, record.problem) == ("AP", {"age": "50"}, "")


def test_a_byte_order_mark_is_dropped(tmp_path):
    [record] = rows(tmp_path, b"\xef\xbb\xbf" + HEADER.encode() + b"a.png,normal,north,p1,,\n")
    assert record.name == "a.png"


def test_utf16_is_understood(tmp_path):
    [record] = rows(tmp_path, (HEADER + "a.png,normal,Zürich,p1,,\n").encode("utf-16"))
    assert record.source == "Zürich"


def test_latin_1_is_read_where_utf_8_is_not(tmp_path):
    [record] = rows(tmp_path, HEADER.encode() + b"a.png,normal,Z\xfcrich,M\xfcller,,\n")
    assert (record.source, record.patient_id) == ("Zürich", "Müller")


def test_a_latin_1_name_finds_the_file_however_it_was_copied(tmp_path):
    content = HEADER.encode() + b"r\xf6ntgen.png,normal,north,,,\n"
    [record] = rows(tmp_path, content)
    assert record.name == "röntgen.png"
    (tmp_path / os.fsdecode(b"r\xf6ntgen.png")).write_bytes(b"x")
    [record] = rows(tmp_path, content)
    assert os.fsencode(record.name) == b"r\xf6ntgen.png"


@pytest.mark.parametrize("column", ["filename", "label", "source", "patient_id"])
def test_a_missing_column_is_named_with_the_file(tmp_path, column):
    with pytest.raises(UsageError, match=f"metadata.csv: has no column '{column}'; its header names .*add the column"):
        rows(tmp_path, HEADER.replace(column, "something"))


def test_semicolons_get_a_hint(tmp_path):
    with pytest.raises(UsageError, match="separate the columns by commas"):
        rows(tmp_path, HEADER.replace(",", ";"))


def test_an_empty_csv_has_no_columns(tmp_path):
    with pytest.raises(UsageError, match="its header names nothing"):
        rows(tmp_path, "")


def test_a_column_named_twice_is_refused(tmp_path):
    with pytest.raises(UsageError, match="two columns 'label'"):
        rows(tmp_path, "filename,label,source,patient_id,label\n")


def test_no_csv_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"metadata\.csv: no such file"):
        list(read(tmp_path, ()))


def test_an_open_quote_is_refused_with_its_line(tmp_path):
    with pytest.raises(DataRefusedError, match="line 3 is not csv"):
        rows(tmp_path, HEADER + 'a.png,normal,north,p1,,\n"b.png,normal,north,p1,,\n')


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",normal,north,p1,,", "no filename"),
        ("a.png,,north,p1,,", "no label"),
        ("a.png,normal,,p1,,", "no source"),
        ("a.png", "no label"),
        ("a,b.png,normal,north,p1,,", "more cells than the header"),
    ],
)
def test_a_bad_row_says_its_line_and_no_name(tmp_path, row, problem):
    [record] = rows(tmp_path, HEADER + row + "\n")
    assert problem in record.problem
    assert "line 2" in record.problem
    assert "png" not in record.problem


def test_blank_lines_are_no_rows_and_a_missing_patient_is_none(tmp_path):
    records = rows(tmp_path, HEADER + "\na.png,normal,north,,,\n , ,\n")
    assert [record.patient_id for record in records] == [""]


def test_nul_travels_to_the_check_of_paths(tmp_path):
    [record] = rows(tmp_path, HEADER.encode() + b"a\0b.png,normal,north,,,\n")
    assert record.name == "a\0b.png"


def test_a_newline_in_a_name_is_one_row(tmp_path):
    [record] = rows(tmp_path, HEADER + '"line\nbreak.png",normal,north,,,\n')
    assert record.name == "line\nbreak.png"


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("AP", "AP"),
        ("AP Supine", "AP"),
        ("AP erect", "AP"),
        ("ap_portable", "AP"),
        ("Antero-posterior", "AP"),
        ("pa", "PA"),
        ("", "unknown"),
        ("L", "unknown"),
        ("Lateral", "unknown"),
        ("AP or PA", "unknown"),
        ("CAP", "unknown"),
    ],
)
def test_views_have_one_vocabulary(text, view):
    assert normalise_view(text) == view
