import gzip
from collections import Counter

import pytest

from components.base.errors import DataRefusedError, UsageError
from components.ingest.readers.nih_chestxray14 import read
from schemas.label_map import load_label_map

HEADER_2020 = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]\n"
)
# The first release: a comma more at the end, and ages as DICOM writes them.
HEADER_2017 = HEADER_2020.replace("\n", ",\n")
BOX_HEADER = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n"


@pytest.fixture
def table(put):
    def write(*rows, header=HEADER_2020, name="Data_Entry_2017_v2020.csv"):
        return put(name, header + "".join(f"{row}\n" for row in rows))

    return write


def row(name="00000001_000.png", label="No Finding", age="57", visit="0"):
    return f"{name},{label},{visit},1,{age},M,PA,2682,2749,0.143,0.143"


def test_the_sample_has_what_was_counted(layout):
    root = layout("nih_chestxray14")
    files = {path.relative_to(root).as_posix() for path in root.glob("images_*/images/*.png")}
    records = list(read(root, ()))
    assert len(records) == 112_120
    assert len({record.patient_id for record in records}) == 30_805
    assert sum(record.findings == () for record in records) == 60_361
    assert sum("Pneumonia" in (record.findings or ()) for record in records) == 1_431
    assert sum(len(record.boxes) for record in records) == 984
    assert sum(bool(record.boxes) for record in records) == 880
    assert Counter((record.sex, record.view) for record in records) == {
        ("F", "AP"): 18_613,
        ("F", "PA"): 30_167,
        ("M", "AP"): 26_197,
        ("M", "PA"): 37_143,
    }
    assert Counter(record.problem for record in records) == {"": 112_120}
    assert Counter(record.split for record in records) == {"": 112_120}
    on_disk = [record for record in records if record.name in files]
    assert len(on_disk) == len(files) == 32
    labels = load_label_map("nih_chestxray14", {})
    assert Counter(labels.read(record.label) for record in on_disk) == {("normal", ""): 11, ("pneumonia", ""): 21}


def test_a_row_becomes_a_record(tmp_path, table, put):
    put("images_007/images/a.png")
    table(row("a.png", "Effusion|Pneumonia", visit="12"))
    [record] = read(tmp_path, ("Patient Age",))
    assert (record.name, record.label, record.source, record.patient_id) == (
        "images_007/images/a.png",
        "Effusion|Pneumonia",
        "nih_chestxray14",
        "1",
    )
    assert (record.findings, record.view, record.sex, record.age_years, record.follow_up) == (("Effusion", "Pneumonia"), "PA", "M", 57, 12)
    assert record.extra == {"Patient Age": "57"}


@pytest.mark.parametrize(("text", "years"), [("058Y", 58), ("007M", 0), ("013D", 0), ("414", None), ("95", 90), ("", None)])
def test_the_first_release_is_read_with_its_ages(tmp_path, table, text, years):
    table(row(age=text), header=HEADER_2017, name="Data_Entry_2017.csv")
    [record] = read(tmp_path, ())
    assert record.problem == ""
    assert record.age_years == years


def test_the_newer_table_stands_before_the_older(tmp_path, table):
    table(row("old.png"), header=HEADER_2017, name="Data_Entry_2017.csv")
    table(row("new.png"))
    assert [record.name for record in read(tmp_path, ())] == ["images/new.png"]


@pytest.mark.parametrize("folder", ["images/", "images_001/images/", "images_001/", "images/images/", ""])
def test_images_are_found_where_people_unpack_them(tmp_path, table, put, folder):
    put(f"{folder}a.png")
    table(row("a.png"))
    [record] = read(tmp_path, ())
    assert record.name == f"{folder}a.png"


def test_a_row_without_a_file_is_listed_by_a_name_below_the_root(tmp_path, table):
    table(row("a.png"))
    [record] = read(tmp_path, ())
    assert (record.name, record.problem) == ("images/a.png", "")


def test_the_official_lists_are_the_split(tmp_path, table, put):
    put("train_val_list.txt", "a.png\r\nb.png\r\n")
    put("test_list.txt.gz", gzip.compress(b"c.png"))
    table(*[row(f"{name}.png") for name in "abcd"])
    assert [record.split for record in read(tmp_path, ())] == ["train", "train", "test", ""]


def test_boxes_are_fractions_of_the_original(tmp_path, table, put):
    put("BBox_List_2017.csv", BOX_HEADER + "a.png,Infiltrate,256,512,128,1000\na.png,Mass,0,0,1024,1024\n")
    table(row("a.png", "Infiltration"), row("b.png"))
    marked, other = read(tmp_path, ())
    assert [(box.label, box.x, box.y, box.width, box.height) for box in marked.boxes] == [
        ("Infiltration", 0.25, 0.5, 0.125, 0.5),
        ("Mass", 0.0, 0.0, 1.0, 1.0),
    ]
    assert other.boxes == ()


def test_a_damaged_box_is_a_problem_of_its_image_alone(tmp_path, table, put):
    put("BBox_List_2017.csv", BOX_HEADER + "a.png,Mass,nan,1,2,3\n")
    table(row("a.png", "Mass"), row("b.png"))
    assert [record.problem for record in read(tmp_path, ())] == ["line 2: a box of this image in BBox_List_2017.csv cannot be read", ""]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (",No Finding,0,1,57,M,PA", "line 2: no Image Index"),
        ("a.png,,0,1,57,M,PA", "line 2: no Finding Labels"),
        ("a.png,x,0,1,57,M,PA,1,2,3,4,5,6", "line 2: more cells"),
        ("a.png", "line 2: no Finding Labels"),
    ],
)
def test_a_damaged_row_says_its_line_and_no_name(tmp_path, table, line, problem):
    table(line)
    [record] = read(tmp_path, ())
    assert record.problem.startswith(problem)
    assert "png" not in record.problem


def test_a_finding_of_another_vocabulary_is_not_called_none(tmp_path, table):
    table(row(label="Fracture|Mass"))
    [record] = read(tmp_path, ())
    assert record.findings is None


@pytest.mark.parametrize("column", ["Image Index", "Finding Labels", "Patient ID", "Patient Age"])
def test_a_damaged_header_names_the_column(tmp_path, table, column):
    table(row(), header=HEADER_2020.replace(column, "something"))
    with pytest.raises(UsageError, match=f"has no column '{column}'"):
        list(read(tmp_path, ()))


def test_another_folder_says_what_it_should_hold(tmp_path):
    with pytest.raises(UsageError, match=r"should hold Data_Entry_2017_v2020\.csv or .*docs/datasets\.md"):
        list(read(tmp_path, ()))


def test_a_gzip_that_is_cut_off_is_refused(tmp_path, put):
    put("Data_Entry_2017_v2020.csv.gz", gzip.compress((HEADER_2020 + row()).encode())[:-9])
    with pytest.raises(DataRefusedError, match="ends early"):
        list(read(tmp_path, ()))
