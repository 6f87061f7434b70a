from collections import Counter

import pytest

from components.base.errors import UsageError
from components.ingest.readers.covid_cxnet import read
from schemas.label_map import LEFT_OUT, load_label_map

HEADER = "filename,patient_id,sex,age,view,label,pcr_test\r\n"
FOLDER = "chest_xray_images/covid19"


@pytest.fixture
def records(put, tmp_path):
    def make(rows, files, columns=()):
        for file in files:
            put(f"{FOLDER}/{file}")
        put("metadata.csv", "\ufeff" + HEADER + "".join(f"{row},10,male,68,AP,COVID-19,positive\r\n" for row in rows))
        return list(read(tmp_path, columns))

    return make


def test_the_sample_has_what_was_counted(layout):
    root = layout("covid-cxnet")
    records = list(read(root, ()))
    on_disk = [record for record in records if (root / record.name).is_file()]
    assert len(on_disk) == len({record.name for record in on_disk}) == 19
    # 452 rows, of which 7 have their file in the sample, and 12 files without a row.
    assert len(records) == 452 + 12
    assert Counter(bool(record.patient_id) for record in on_disk) == {True: 7, False: 12}
    assert Counter(record.label for record in records) == {"COVID-19": 451, "covid19": 12, "": 1}
    assert {(record.problem, record.skip, record.source) for record in records} == {("", "", "covid-cxnet")}


@pytest.mark.parametrize(
    ("row", "file"), [("83.jpg", "083.jpg"), ("083.jpg", "83.jpg"), ("375.png", "375.PNG"), ("403.jpg", "403.jpeg"), ("9.png", "009p-.jpg")]
)
def test_a_row_finds_its_file_by_the_number(records, row, file):
    [record] = records([row], [file])
    assert (record.name, record.patient_id, record.view, record.sex, record.age_years) == (f"{FOLDER}/{file}", "10", "AP", "M", 68)


def test_the_very_name_stands_before_the_number(records):
    named, left = records(["83.jpg"], ["083.jpg", "83.jpg"])
    assert (named.name, left.name, left.patient_id) == (f"{FOLDER}/83.jpg", f"{FOLDER}/083.jpg", "")


def test_a_number_of_two_files_names_neither(records):
    listed, *left = records(["83.jpg"], ["083.jpg", "0083.jpg"])
    assert listed.name == f"{FOLDER}/83.jpg"
    assert [record.name for record in left] == [f"{FOLDER}/0083.jpg", f"{FOLDER}/083.jpg"]


def test_a_number_is_no_part_of_a_longer_one(records):
    listed, left = records(["8.jpg"], ["83.jpg"])
    assert (listed.name, left.name) == (f"{FOLDER}/8.jpg", f"{FOLDER}/83.jpg")


def test_files_without_a_row_are_read_with_the_label_of_their_folder(records):
    listed, left = records(["1.jpg"], ["1.jpg", "2.webp"], columns=("pcr_test",))
    assert (listed.label, listed.extra) == ("COVID-19", {"pcr_test": "positive"})
    assert (left.name, left.label, left.patient_id, left.extra) == (f"{FOLDER}/2.webp", "covid19", "", {"pcr_test": ""})


def test_a_row_without_a_label_is_left_out():
    assert load_label_map("covid_cxnet", {}).read("") == ("", LEFT_OUT)


def test_damaged_rows_say_their_line(put, tmp_path):
    put("metadata.csv", HEADER + ",10,male,68,AP,COVID-19,positive\n1.jpg,10,male,68,AP,COVID-19,positive,more\n")
    assert [record.problem[:20] for record in read(tmp_path, ())] == ["line 2: no filename", "line 3: more cells t"]


@pytest.mark.parametrize("column", ["filename", "patient_id", "label"])
def test_a_damaged_header_names_the_column(put, tmp_path, column):
    put("metadata.csv", HEADER.replace(column, "something"))
    with pytest.raises(UsageError, match=f"has no column '{column}'"):
        list(read(tmp_path, ()))
