from collections import Counter

import pytest

from components.base.errors import UsageError
from components.ingest.readers.covid_chestxray import read
from schemas.label_map import LEFT_OUT, UNMAPPED, load_label_map

HEADER = "patientid,sex,age,finding,view,modality,folder,filename\n"


@pytest.fixture
def records(put, tmp_path):
    def make(*rows, header=HEADER, columns=()):
        put("metadata.csv", header + "".join(f"{row}\n" for row in rows))
        return list(read(tmp_path, columns))

    return make


def test_the_sample_has_what_was_counted(layout):
    root = layout("covid-chestxray-dataset")
    records = list(read(root, ()))
    assert len(records) == 758
    assert Counter(record.skip for record in records) == {"": 617, "CT": 84, "lateral view": 57}
    frontal = [record for record in records if not record.skip]
    labels = load_label_map("covid_chestxray", {})
    assert Counter(labels.read(record.label) for record in frontal) == {
        ("covid19", ""): 429,
        ("pneumonia", ""): 81,
        ("normal", ""): 13,
        ("", LEFT_OUT): 94,
    }
    assert Counter(record.view for record in frontal) == {"PA": 303, "AP": 275, "unknown": 39}
    assert sum((root / record.name).is_file() for record in records) == 16
    assert {record.source for record in records} == {"cohen"}
    assert all(record.patient_id for record in records)


def test_a_row_becomes_a_record(records):
    [record] = records("311a,F,68,Pneumonia/Viral/COVID-19,AP Supine,X-ray,images,a.jpg", columns=("finding",))
    assert (record.name, record.label, record.source) == ("images/a.jpg", "Pneumonia/Viral/COVID-19", "cohen")
    assert (record.patient_id, record.view, record.sex, record.age_years) == ("311a", "AP", "F", 68)
    assert (record.extra, record.skip, record.problem) == ({"finding": "Pneumonia/Viral/COVID-19"}, "", "")


@pytest.mark.parametrize(
    ("view", "modality", "skip"),
    [
        ("PA", "X-ray", ""),
        ("AP Erect", "X-ray", ""),
        ("", "X-ray", ""),
        ("?", "X-ray", ""),
        ("L", "X-ray", "lateral view"),
        ("Left Lateral", "X-ray", "lateral view"),
        ("Axial", "CT", "CT"),
        ("Coronal", "CT", "CT"),
        ("PA", "CT", "CT"),
        ("Coronal", "X-ray", "axial or coronal view"),
        ("PA", "Ultrasound of Erika", "no radiograph"),
    ],
)
def test_what_is_no_frontal_radiograph_is_skipped_by_constants(records, view, modality, skip):
    [record] = records(f"1,F,50,COVID-19,{view},{modality},images,a.jpg")
    assert record.skip == skip


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        ("Pneumonia", ("pneumonia", "")),
        ("Pneumonia/Viral/COVID-19", ("covid19", "")),
        ("Pneumonia/Viral/SARS", ("pneumonia", "")),
        ("Pneumonia/Bacterial/Staphylococcus/MRSA", ("pneumonia", "")),
        ("No Finding", ("normal", "")),
        ("COVID-19, ARDS", ("covid19", "")),
        ("SARS", ("pneumonia", "")),
        ("Tuberculosis", ("", LEFT_OUT)),
        ("todo", ("", LEFT_OUT)),
        ("Unknown", ("", LEFT_OUT)),
        ("", ("", LEFT_OUT)),
        ("Something new", ("", UNMAPPED)),
    ],
)
def test_findings_are_read_as_their_nearest_parent(finding, expected):
    assert load_label_map("covid_chestxray", {}).read(finding) == expected


def test_the_folder_is_the_column(records):
    named, blank = records("1,F,50,todo,Axial,CT,volumes,a.nii.gz", "1,F,50,todo,PA,X-ray,,b.png")
    assert (named.name, blank.name) == ("volumes/a.nii.gz", "images/b.png")


def test_damaged_rows_say_their_line_and_no_name(records):
    short, long = records("erika,F,50", "erika,F,50,x,PA,X-ray,images,a.png,more")
    assert (short.problem, long.problem) == ("line 2: no file", "line 3: more cells than the header; is a comma not quoted?")


@pytest.mark.parametrize("column", ["patientid", "finding", "view", "modality", "folder", "filename"])
def test_a_damaged_header_names_the_column(records, column):
    with pytest.raises(UsageError, match=f"has no column '{column}'"):
        records(header=HEADER.replace(column, "something"))


def test_another_folder_says_what_it_should_hold(tmp_path):
    with pytest.raises(UsageError, match=r"should hold metadata\.csv and images/; docs/datasets\.md"):
        list(read(tmp_path, ()))
