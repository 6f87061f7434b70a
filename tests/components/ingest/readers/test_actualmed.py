from collections import Counter

import pytest

from components.base.errors import UsageError
from components.ingest.readers.actualmed import read
from schemas.label_map import LEFT_OUT, load_label_map

HEADER = "patientid,offset,sex,age,finding,survival,view,modality,imagename,notes\n"


def test_the_sample_has_what_was_counted(layout):
    records = list(read(layout("actualmed"), ()))
    assert len(records) == 238
    assert len({record.patient_id for record in records}) == 215
    assert Counter(record.view for record in records) == {"PA": 199, "AP": 39}
    labels = load_label_map("actualmed", {})
    assert Counter(labels.read(record.label) for record in records) == {("normal", ""): 127, ("covid19", ""): 58, ("", LEFT_OUT): 53}
    assert {(record.problem, record.skip, record.source) for record in records} == {("", "", "actualmed")}


def test_the_file_is_the_column_imagename(tmp_path, put):
    put("metadata.csv", HEADER + "ANON1,,,,No finding,,AP,X-ray,CR.1.2.png,\r\nANON2,,,,,,PA,X-ray,,Inconclusive\r\n")
    named, unnamed = read(tmp_path, ())
    assert (named.name, named.patient_id, named.view, named.problem) == ("images/CR.1.2.png", "ANON1", "AP", "")
    assert unnamed.problem == "line 3: no file"


def test_what_is_inconclusive_is_left_out():
    labels = load_label_map("actualmed", {})
    assert labels.read("") == labels.read("Inconclusive") == ("", LEFT_OUT)


def test_a_damaged_header_names_the_column(tmp_path, put):
    put("metadata.csv", HEADER.replace("imagename", "filename"))
    with pytest.raises(UsageError, match="has no column 'imagename'"):
        list(read(tmp_path, ()))
