import gzip
from collections import Counter

import pytest

from components.base.errors import UsageError
from components.ingest.readers.covidx import REPEATED, read
from schemas.label_map import load_label_map

# Lines of each list, counted with awk: split -> label -> lines.
COUNTS = {
    "5": {
        "train": {"pneumonia": 5475, "normal": 7966, "COVID-19": 517},
        "test": {"pneumonia": 100, "normal": 100, "COVID-19": 100},
    },
    "7B": {"train": {"negative": 13794, "positive": 1670}, "test": {"negative": 100, "positive": 100}},
    "9A": {
        "train": {"pneumonia": 5555, "normal": 8085, "COVID-19": 16490},
        "test": {"pneumonia": 100, "normal": 100, "COVID-19": 200},
    },
    "9B": {"train": {"negative": 13992, "positive": 16490}, "test": {"negative": 200, "positive": 200}},
}
SOURCES = {
    "5": {"rsna": 13389 + 196, "cohen": 533, "actualmed": 58, "figure1": 35, "sirm": 46, "unknown": 1},
    "7B": {"rsna": 13468, "cohen": 777, "actualmed": 185, "figure1": 35, "sirm": 1199},
    "9A": {
        "rsna": 13389 + 199 + 200,
        "ricord": 1096,
        "cohen": 322,
        "actualmed": 25,
        "bimcv": 200,
        "figure1": 24,
        "stonybrook": 14132,
        "sirm": 943,
    },
    "9B": {
        "rsna": 13389 + 199 + 200,
        "ricord": 1096,
        "cohen": 567,
        "actualmed": 132,
        "bimcv": 200,
        "figure1": 24,
        "stonybrook": 14132,
        "sirm": 943,
    },
}


@pytest.fixture
def lists(put, tmp_path):
    def write(train="", test="", version="9B", columns=()):
        put(f"train_COVIDx{version}.txt", train)
        put(f"test_COVIDx{version}.txt", test)
        return list(read(tmp_path, columns))

    return write


@pytest.mark.parametrize("version", sorted(COUNTS))
def test_every_list_of_the_sample_has_what_was_counted(layout, version, notices):
    records = list(read(layout("covidx"), (), version=version))
    expected = Counter({(split, label): n for split, labels in COUNTS[version].items() for label, n in labels.items()})
    if version == "7B":
        # One Actualmed patient with a negative image in train and two positive ones in test.
        expected -= Counter({("test", "positive"): 2})
        expected += Counter({("train", "positive"): 2})
    assert Counter((record.split, record.label) for record in records) == expected
    assert Counter(record.source for record in records) == SOURCES[version]
    assert {(record.problem, record.skip) for record in records} == {("", "")}
    patients = {split: {(r.source, r.patient_id) for r in records if r.split == split} for split in ("train", "test")}
    assert patients["train"] & patients["test"] == set()
    told = ["covidx: 1 patient stands in several official splits; kept in train"] if version == "7B" else []
    assert notices() == told


def test_the_images_of_the_sample_are_found(layout):
    root = layout("covidx")
    found = [record for record in read(root, (), version="7B") if (root / record.name).is_file()]
    assert len(found) == sum(1 for folder in ("train", "test") for _ in (root / folder).iterdir()) == 20
    # The test folder of the sample holds what an earlier version tested on.
    assert {record.name.split("/")[0] for record in found} == {"train", "test"}


def test_several_versions_are_named(layout):
    with pytest.raises(UsageError, match="several versions of the lists: 5, 7B, 9A, 9B; choose one with the option version=NAME"):
        list(read(layout("covidx"), ()))


def test_a_patient_with_a_blank_is_read_from_the_right(lists):
    one, two = lists("COVID 1 COVID(1).png positive sirm\nCOVID 2 COVID(2).PNG positive sirm\n")
    assert (one.patient_id, one.name, one.label, one.source) == ("COVID 1", "train/COVID(1).png", "positive", "sirm")
    assert (two.patient_id, two.name) == ("COVID 2", "train/COVID(2).PNG")


def test_a_patient_that_looks_like_a_file_is_no_file(lists):
    [record] = lists("scan.jpg scan(1).png positive cohen\n")
    assert (record.patient_id, record.name) == ("scan.jpg", "train/scan(1).png")


@pytest.mark.parametrize(
    ("source", "normalised"),
    [("rnsa", "rsna"), ("fig1", "figure1"), ("actmed", "actualmed"), ("RICORD", "ricord"), ("cohen", "cohen"), ("", "unknown")],
)
def test_sources_bear_the_names_of_the_readers(lists, source, normalised):
    [record] = lists(f"7 a.png normal {source}\n", version="5")
    assert record.source == normalised


def test_a_blank_source_is_rsna_only_where_the_name_is_of_its_kind(lists):
    uuid = "47c78742-4998-4878-aec4-37b11b1354ac"
    rsna, unknown = lists(f"{uuid} {uuid}.png normal\n8 SARS-10.1148.jpeg pneumonia\n", version="5")
    assert (rsna.source, rsna.patient_id, rsna.label) == ("rsna", uuid, "normal")
    assert (unknown.source, unknown.label) == ("unknown", "pneumonia")


def test_two_images_of_a_figure_1_patient_are_of_one(lists):
    one, two = lists("COVID-00003a COVID-00003a.jpg positive fig1\nCOVID-00003b COVID-00003b.jpg positive fig1\n")
    assert one.patient_id == two.patient_id == "COVID-00003"


def test_a_patient_in_both_lists_is_kept_in_train_and_told(lists, notices):
    records = lists("9 a.png positive actmed\n9 b.png positive cohen\n", "9 c.png negative actmed\n9 d.png negative rsna\n")
    assert [(record.name, record.split) for record in records] == [
        ("train/a.png", "train"),
        ("train/b.png", "train"),
        ("test/c.png", "train"),
        ("test/d.png", "test"),
    ]
    assert notices() == ["covidx: 1 patient stands in several official splits; kept in train"]


def test_a_file_that_is_listed_again_is_skipped_unless_its_class_differs(lists):
    records = lists("1 a.png normal rsna\n1 a.png normal rsna\n1 a.png pneumonia rsna\n", "2 a.png normal rsna\n")
    assert [(record.name, record.skip) for record in records] == [
        ("train/a.png", ""),
        ("train/a.png", REPEATED),
        ("train/a.png", ""),
        ("test/a.png", ""),
    ]


@pytest.mark.parametrize("folder", ["", "images/", "test/"])
def test_images_lie_in_their_split_or_in_one_folder(lists, put, folder):
    put(f"{folder}a.png")
    [record] = lists("1 a.png normal rsna\n")
    assert record.name == f"{folder}a.png"


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("train_COVIDx8B.txt", "8b"),
        ("labels/train_COVIDx_CXR-3A.txt", "CXR-3A"),
        ("labels/train_COVIDx7A.txt.gz", "7A"),
        ("train_COVIDx.txt", "unnamed"),
        ("train.txt", "unnamed"),
    ],
)
def test_lists_are_found_by_every_name_that_was_published(tmp_path, put, name, version, notices):
    line = b"1 a.png positive bimcv\n"
    put(name, gzip.compress(line) if name.endswith(".gz") else line)
    assert list(read(tmp_path, ())) == list(read(tmp_path, (), version=version)) != []
    assert set(notices()) == {"covidx: this version has no list for test"}


def test_a_list_for_validation_is_eval(tmp_path, put):
    for split in ("train", "val", "test"):
        put(f"{split}.txt", f"{split} {split}.jpg positive bimcv\n")
        put(f"{split}/{split}.jpg")
    assert [(record.split, record.name) for record in read(tmp_path, ())] == [
        ("train", "train/train.jpg"),
        ("eval", "val/val.jpg"),
        ("test", "test/test.jpg"),
    ]


def test_the_lists_of_severity_are_none_of_ours(tmp_path, put):
    put("train_COVIDxSev.txt", "1 a.png positive ricord\n")
    put("requirements.txt", "numpy\n")
    with pytest.raises(UsageError, match=r"should hold train_COVIDx<version>\.txt .*docs/datasets\.md"):
        list(read(tmp_path, ()))


def test_a_version_that_is_not_there_is_named(lists, tmp_path):
    lists("1 a.png normal rsna\n", version="9B")
    with pytest.raises(UsageError, match="no lists of the version '10'; there is 9B"):
        list(read(tmp_path, (), version="10"))


@pytest.mark.parametrize("line", ["1 a.png", "a normal rsna", "1 a.png normal rsna more", "secret"])
def test_a_damaged_line_says_its_number_and_no_name(lists, line):
    good, bad = lists(f"7 b.png normal rsna\n{line}\n")
    assert (good.problem, bad.problem) == ("", "train list, line 2: not a patient, a file, a class and a source")


def test_columns_are_refused(lists):
    with pytest.raises(UsageError, match="'age'"):
        lists("1 a.png normal rsna\n", columns=("age",))


@pytest.mark.parametrize(
    ("label", "class_name"), [("normal", "normal"), ("pneumonia", "pneumonia"), ("COVID-19", "covid19"), ("positive", "covid19")]
)
def test_labels_become_classes(label, class_name):
    assert load_label_map("covidx", {}).read(label) == (class_name, "")


def test_negative_is_a_class_of_its_own():
    assert load_label_map("covidx", {}).read("negative") == ("negative", "")
