from collections import Counter

import pytest

from components.base.errors import UsageError
from components.ingest.readers.kermany import read


@pytest.fixture
def records(put, tmp_path):
    def make(*names):
        for name in names:
            put(name)
        return list(read(tmp_path, ()))

    return make


@pytest.mark.parametrize("inner", ["", "chest_xray/"])
def test_folders_are_split_and_label(records, inner):
    names = [
        f"{inner}{name}"
        for name in ("test/NORMAL/IM-0001-0001.jpeg", "train/PNEUMONIA/person1_bacteria_1.jpeg", "val/NORMAL/NORMAL2-IM-1427-0001.jpeg")
    ]
    assert [(record.name, record.split, record.label, record.source) for record in records(*names)] == [
        (names[0], "test", "NORMAL", "kermany_guangzhou"),
        (names[1], "train", "PNEUMONIA", "kermany_guangzhou"),
        (names[2], "eval", "NORMAL", "kermany_guangzhou"),
    ]


@pytest.mark.parametrize(
    ("stem", "patient"),
    [
        ("person1_bacteria_1", "person1_bacteria"),
        ("person1_bacteria_2", "person1_bacteria"),
        ("person1_virus_6", "person1_virus"),
        ("person1946_bacteria_4874", "person1946_bacteria"),
        ("IM-0115-0001", "IM-0115"),
        ("IM-0437-0001-0002", "IM-0437"),
        ("NORMAL2-IM-0666-0001", "NORMAL2-IM-0666"),
        ("NORMAL2-IM-1116-0001-0002", "NORMAL2-IM-1116"),
        ("scan", ""),
    ],
)
def test_the_patient_stands_in_the_file_name(records, stem, patient):
    [record] = records(f"train/NORMAL/{stem}.jpeg")
    assert record.patient_id == patient


def test_a_child_in_train_and_test_is_kept_in_train_and_told(records, notices):
    one, two, three = records(
        "test/PNEUMONIA/person7_virus_2.jpeg", "test/PNEUMONIA/person7_bacteria_3.jpeg", "train/PNEUMONIA/person7_virus_1.jpeg"
    )
    assert [(record.name.rsplit("/", 1)[1], record.split) for record in (one, two, three)] == [
        ("person7_bacteria_3.jpeg", "test"),
        ("person7_virus_2.jpeg", "train"),
        ("person7_virus_1.jpeg", "train"),
    ]
    assert notices() == ["kermany: 1 patient stands in several official splits; kept in train"]


def test_what_mac_os_and_the_archive_leave_is_no_image(records):
    found = records(
        "chest_xray/train/NORMAL/IM-0115-0001.jpeg",
        "chest_xray/train/NORMAL/.DS_Store",
        "chest_xray/train/NORMAL/._IM-0115-0001.jpeg",
        "chest_xray/train/.DS_Store",
        "chest_xray/__MACOSX/train/NORMAL/._IM-0115-0001.jpeg",
        "chest_xray/chest_xray/train/NORMAL/IM-0115-0001.jpeg",  # the archive of Kaggle holds everything twice
        "__MACOSX/chest_xray/train/NORMAL/._IM-0115-0001.jpeg",
        "chest_xray/train/stray.jpeg",
    )
    assert Counter(record.name for record in found) == {"chest_xray/train/NORMAL/IM-0115-0001.jpeg": 1}


def test_another_folder_says_what_it_should_hold(records):
    with pytest.raises(UsageError, match=r"should hold train/NORMAL.*docs/datasets\.md"):
        records("NORMAL/a.jpeg")
