import pytest

from components.base.errors import UsageError
from components.ingest.readers.rsna_pneumonia import read
from schemas.label_map import LEFT_OUT, load_label_map

LABELS = "patientId,x,y,width,height,Target\n"
CLASSES = "patientId,class\n"
OTHER = "No Lung Opacity / Not Normal"


@pytest.fixture
def records(put, tmp_path):
    def make(labels, classes, columns=()):
        put("stage_2_train_labels.csv", LABELS + "".join(f"{row}\n" for row in labels))
        put("stage_2_detailed_class_info.csv", CLASSES + "".join(f"{row}\n" for row in classes))
        return list(read(tmp_path, columns))

    return make


def test_an_image_has_one_record_with_all_its_boxes(records):
    marked, normal = records(
        ["b,,,,,0", "a,256,512,128,256,1", "a,0,0,1024,1024,1"], ["b,Normal", "a,Lung Opacity", "a,Lung Opacity"], columns=("Target",)
    )
    assert (marked.name, marked.label, marked.source, marked.patient_id) == ("stage_2_train_images/a.dcm", "Lung Opacity", "rsna", "a")
    assert [(box.label, box.x, box.y, box.width, box.height) for box in marked.boxes] == [
        ("Lung Opacity", 0.25, 0.5, 0.125, 0.25),
        ("Lung Opacity", 0.0, 0.0, 1.0, 1.0),
    ]
    assert (normal.name, normal.label, normal.boxes, normal.problem) == ("stage_2_train_images/b.dcm", "Normal", (), "")
    assert (marked.extra, normal.extra) == ({"Target": "1"}, {"Target": "0"})


def test_test_images_are_not_listed(records, put):
    put("stage_2_test_images/z.dcm")
    assert [record.patient_id for record in records(["a,,,,,0"], ["a,Normal"])] == ["a"]


@pytest.mark.parametrize(("label", "expected"), [("Normal", ("normal", "")), ("Lung Opacity", ("pneumonia", "")), (OTHER, ("", LEFT_OUT))])
def test_labels_become_classes(label, expected):
    assert load_label_map("rsna_pneumonia", {}).read(label) == expected


@pytest.mark.parametrize(
    ("labels", "classes", "problem"),
    [
        (["secret,x,1,2,3,1"], ["secret,Lung Opacity"], "stage_2_train_labels.csv, line 2: the box cannot be read"),
        (["secret,1,1,0,3,1"], ["secret,Lung Opacity"], "stage_2_train_labels.csv, line 2: the box cannot be read"),
        (["secret,,,,,0,9"], ["secret,Normal"], "stage_2_train_labels.csv, line 2: more cells than the header"),
        (
            ["secret,,,,,0"],
            ["secret,Normal", "secret,Lung Opacity"],
            "stage_2_detailed_class_info.csv, line 3: another class than a row above has for this image",
        ),
        (["secret,,,,,0"], [], "no row in stage_2_detailed_class_info.csv"),
        ([], ["secret,Normal"], "no row in stage_2_train_labels.csv"),
        ([], [",Normal"], "stage_2_detailed_class_info.csv, line 2: no patientId or no class"),
        ([], ["secret"], "stage_2_detailed_class_info.csv, line 2: no patientId or no class"),
    ],
)
def test_what_is_damaged_says_its_line_and_no_name(records, labels, classes, problem):
    [record] = records(labels, classes)
    assert record.problem == problem


def test_a_patient_of_two_classes_is_one_record(records):
    [record] = records(["a,,,,,0"], ["a,Normal", f"a,{OTHER}", "a,Normal"])
    assert "line 3" in record.problem


@pytest.mark.parametrize("file", ["stage_2_train_labels.csv", "stage_2_detailed_class_info.csv"])
def test_both_tables_are_needed(records, tmp_path, file):
    records(["a,,,,,0"], ["a,Normal"])
    (tmp_path / file).unlink()
    with pytest.raises(UsageError, match=rf"should hold .*{file}.*docs/datasets\.md"):
        list(read(tmp_path, ()))


def test_a_damaged_header_names_the_column(tmp_path, put):
    put("stage_2_train_labels.csv", "patientId,x,y,w,h,Target\n")
    put("stage_2_detailed_class_info.csv", CLASSES)
    with pytest.raises(UsageError, match="has no column 'width'"):
        list(read(tmp_path, ()))
