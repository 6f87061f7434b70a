import os

import pytest

from components.base.errors import UsageError
from components.ingest.readers.image_folder import LINKED_FOLDER, MASK, NO_LABEL, read
from schemas.label_map import load_label_map


@pytest.fixture
def records(put, tmp_path):
    def make(*names, **options):
        for name in names:
            put(name)
        return list(read(tmp_path, (), **options))

    return make


@pytest.mark.parametrize(
    ("name", "split", "label"),
    [
        ("train/COVID/a.png", "train", "COVID"),
        ("Training/normal/a.png", "train", "normal"),
        ("val/x/a.png", "eval", "x"),
        ("VALID/x/a.png", "eval", "x"),
        ("validation/x/a.png", "eval", "x"),
        ("eval/x/a.png", "eval", "x"),
        ("TEST/x/a.png", "test", "x"),
        ("testing/x/deeper/still/a.png", "test", "x"),
        ("COVID/a.png", "", "COVID"),
        ("COVID/images/a.png", "", "COVID"),
        ("tests/a.png", "", "tests"),
    ],
)
def test_folders_are_split_and_label(records, name, split, label):
    [record] = records(name)
    assert (record.name, record.split, record.label, record.source, record.patient_id) == (name, split, label, "image_folder", "")
    assert (record.skip, record.problem) == ("", "")


@pytest.mark.parametrize("name", ["a.png", "train/a.png"])
def test_a_file_outside_the_labels_is_skipped(records, name):
    [record] = records(name)
    assert (record.label, record.skip) == ("", NO_LABEL)


def test_masks_are_skipped(records):
    image, mask = records("COVID/images/a.png", "COVID/Masks/a.png")
    if image.skip:
        image, mask = mask, image
    assert (image.skip, mask.skip) == ("", MASK)


def test_what_people_and_systems_leave_is_no_image(records):
    left = [".hidden.png", "._a.png", "Thumbs.db", "desktop.ini", ".DS_Store", "x.csv", "x.txt", "README.MD", "x.json", "x.xml", "x.html"]
    found = records("x/a.png", "x/b", "x/c.dcm", "x/d.unheard", "x/.git/config", "x/__MACOSX/a.png", *[f"x/{name}" for name in left])
    assert [record.name for record in found] == ["x/a.png", "x/b", "x/c.dcm", "x/d.unheard"]


def test_links_to_folders_are_named_and_not_followed(records, put, tmp_path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.png").write_bytes(b"x")
    put("x/a.png")
    (tmp_path / "x" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "x" / "itself").symlink_to("itself")
    (tmp_path / "y").symlink_to(outside, target_is_directory=True)
    (tmp_path / "x" / "link.png").symlink_to("a.png")
    assert [(record.name, record.problem) for record in records()] == [
        ("y", LINKED_FOLDER),
        ("x/a.png", ""),
        ("x/itself", ""),  # the listing looks closer at links to files
        ("x/link.png", ""),
        ("x/loop", LINKED_FOLDER),
    ]


def test_a_deep_tree_is_walked(records):
    name = "x/" + "d/" * 400 + "a.png"
    assert [record.name for record in records(name)] == [name]


def test_the_order_is_by_name(records, monkeypatch):
    names = ["b/2.png", "b/1.png", "a/z.png", "a/y/1.png", "A/1.png"]
    ordered = [record.name for record in records(*names)]
    assert ordered == ["A/1.png", "a/z.png", "a/y/1.png", "b/1.png", "b/2.png"]
    scan = os.scandir

    class Backwards:
        def __init__(self, folder):
            with scan(folder) as entries:
                self._entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

        def __enter__(self):
            return iter(self._entries)

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(os, "scandir", Backwards)
    assert [record.name for record in records()] == ordered


def test_names_that_are_not_utf_8_survive(records, tmp_path):
    name = os.fsdecode(b"r\xf6ntgen")
    [record] = records(f"{name}/{name}.png", patient="(.*)")
    assert os.fsencode(record.name) == b"r\xf6ntgen/r\xf6ntgen.png"
    assert (tmp_path / record.name).is_file()
    assert (record.label, record.patient_id) == ("röntgen", "röntgen")


def test_the_patient_is_the_first_group_in_the_name_without_its_suffix(records):
    one, two, none = records("x/p12_1.png", "x/p12_2.png", "x/q.p9.png", patient=r"(p\d+)_")
    assert (one.patient_id, two.patient_id, none.patient_id) == ("p12", "p12", "")


def test_the_source_is_an_option(records):
    [record] = records("x/a.png", source="north")
    assert record.source == "north"


@pytest.mark.parametrize(
    ("options", "says"), [({"patient": "("}, "no regular expression"), ({"patient": "p"}, "has no group"), ({"source": " "}, "source")]
)
def test_wrong_options_are_named(records, options, says):
    with pytest.raises(UsageError, match=says):
        records("x/a.png", **options)


def test_a_folder_that_cannot_be_read_is_named(records, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied", folder)

    records("x/a.png")
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UsageError, match="cannot be read: Permission denied"):
        records()


@pytest.mark.parametrize(
    ("label", "class_name"),
    [("NORMAL", "normal"), ("Pneumonia", "pneumonia"), ("COVID", "covid19"), ("covid-19", "covid19"), ("COVID19", "covid19"), ("tb", "tb")],
)
def test_common_spellings_are_merged_and_others_kept(label, class_name):
    assert load_label_map("image_folder", {}).read(label) == (class_name, "")
