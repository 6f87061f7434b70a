from collections import Counter

import pytest

from components.base.errors import UsageError
from components.ingest.readers.figure1 import patient_of, read
from schemas.label_map import LEFT_OUT, load_label_map

HEADER = "patientid,offset,sex,age,finding,view,modality,notes\n"


def test_the_sample_has_what_was_counted(layout):
    root = layout("figure1")
    records = list(read(root, ()))
    assert len(records) == 55
    assert len({record.patient_id for record in records}) == 48
    labels = load_label_map("figure1", {})
    assert Counter(labels.read(record.label) for record in records) == {
        ("covid19", ""): 35,
        ("normal", ""): 3,
        ("pneumonia", ""): 2,
        ("", LEFT_OUT): 15,
    }
    on_disk = [record for record in records if (root / record.name).is_file()]
    assert len(on_disk) == len(list((root / "images").iterdir())) == 16
    assert Counter(record.view for record in records) == {"unknown": 37, "AP": 15, "PA": 3}


def test_the_file_is_the_id_with_the_suffix_on_disk(tmp_path, put):
    put("images/COVID-00045.png")
    put("images/COVID-00045a.JPG")
    put("images/COVID-00046.png")
    put("images/COVID-00046.jpg")
    ids = ("COVID-00045", "COVID-00045a", "COVID-00046", "COVID-00047")
    put("metadata.csv", HEADER + "".join(f"{id_},,M,50+,COVID-19,AP erect,X-ray,\n" for id_ in ids))
    assert [record.name for record in read(tmp_path, ())] == [
        "images/COVID-00045.png",
        "images/COVID-00045a.JPG",
        "images/COVID-00046.jpg",  # of two, the first by name
        "images/COVID-00047.jpg",  # nowhere: counted as absent
    ]


def test_two_images_of_a_patient_are_of_one():
    assert patient_of("COVID-00003a") == patient_of("COVID-00003b") == patient_of("COVID-00003") == "COVID-00003"
    assert patient_of("COVID-00013a") != patient_of("COVID-00003a")
    assert patient_of("abc") == "abc"


def test_latin_1_is_read(tmp_path, put):
    put("metadata.csv", HEADER.encode() + b"COVID-00001,,F,mid 50s,No finding,PA,X-ray,39\xb0C\n")
    [record] = read(tmp_path, ("notes",))
    assert (record.extra, record.age_years, record.label) == ({"notes": "39°C"}, None, "No finding")


def test_a_row_without_an_id_has_no_file(tmp_path, put):
    put("metadata.csv", HEADER + ",,F,50,COVID-19,PA,X-ray,\n")
    [record] = read(tmp_path, ())
    assert record.problem == "line 2: no file"


def test_an_id_that_climbs_is_looked_up_nowhere(tmp_path, put):
    put("metadata.csv", HEADER + "../../etc/passwd,,F,50,COVID-19,PA,X-ray,\n")
    [record] = read(tmp_path, ())
    assert record.name == "images/../../etc/passwd.jpg"  # the listing refuses it


def test_a_damaged_header_names_the_column(tmp_path, put):
    put("metadata.csv", HEADER.replace("finding", "diagnosis"))
    with pytest.raises(UsageError, match="has no column 'finding'"):
        list(read(tmp_path, ()))
