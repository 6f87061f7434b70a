"""What every reader must keep, whatever the layout it reads.

A reader needs a sample here: a function that makes a small folder in its layout, with two usable images at least.
"""

import inspect
import os
from pathlib import Path

import pytest

from components.base.errors import UsageError
from components.ingest.readers.registry import READERS, find_reader, read_records
from components.ingest.records import DataSource, Record
from schemas import features
from schemas.label_map import UNMAPPED, load_label_map


def manifest_sample(root: Path) -> None:
    (root / "images").mkdir()
    for name in ("a.png", "b.png"):
        (root / "images" / name).write_bytes(b"pixels are not opened")
    (root / "metadata.csv").write_text(
        "filename,label,source,patient_id,view,age\nimages/b.png,normal,north,7,PA,50\nimages/a.png,covid19,north,,AP Supine,\n"
    )


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"pixels are not opened")


def nih_sample(root: Path) -> None:
    touch(root, "images_001/images/00000001_000.png", "images_002/images/00000002_000.png")
    (root / "Data_Entry_2017_v2020.csv").write_text(
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
        "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]\n"
        "00000001_000.png,Effusion|Pneumonia,0,1,057Y,M,PA,2682,2749,0.143,0.143\n"
        "00000002_000.png,No Finding,3,2,414,F,AP,2500,2048,0.171,0.171\n"
    )
    (root / "train_val_list.txt").write_text("00000001_000.png\n")
    (root / "test_list.txt").write_text("00000002_000.png")
    (root / "BBox_List_2017.csv").write_text("Image Index,Finding Label,Bbox [x,y,w,h],,,\n00000001_000.png,Infiltrate,512,256,600.5,128\n")


def covidx_sample(root: Path) -> None:
    touch(root, "train/COVID(1).png", "test/b.jpg")
    (root / "train_COVIDx9B.txt").write_text("COVID 1 COVID(1).png positive sirm\n")
    (root / "test_COVIDx9B.txt").write_text("7 b.jpg negative cohen\n")


COHEN_HEADER = "patientid,offset,sex,age,finding,view,modality"


def cohen_sample(root: Path) -> None:
    touch(root, "images/a.png", "images/b.png")
    (root / "metadata.csv").write_text(
        f"{COHEN_HEADER},folder,filename\n"
        "2,0,M,65,Pneumonia/Viral/COVID-19,AP Supine,X-ray,images,a.png\n3,,F,,No Finding,PA,X-ray,images,b.png\n"
    )


def figure1_sample(root: Path) -> None:
    touch(root, "images/COVID-00003a.jpg", "images/COVID-00003b.png")
    (root / "metadata.csv").write_text(
        f"{COHEN_HEADER}\nCOVID-00003a,8,M,28,COVID-19,AP erect,X-ray\nCOVID-00003b,8,M,50+,COVID-19,,X-ray\n"
    )


def actualmed_sample(root: Path) -> None:
    touch(root, "images/a.png", "images/b.png")
    (root / "metadata.csv").write_text(f"{COHEN_HEADER},imagename\nANON1,,,,COVID-19,PA,X-ray,a.png\nANON2,,,,No finding,AP,X-ray,b.png\n")


def cxnet_sample(root: Path) -> None:
    touch(root, "chest_xray_images/covid19/083.jpg", "chest_xray_images/covid19/500.webp")
    (root / "metadata.csv").write_text(
        "\ufefffilename,patient_id,sex,age,view,label\r\n83.jpg,11,male,47,AP,COVID-19\r\n", encoding="utf-8"
    )


def rsna_sample(root: Path) -> None:
    touch(root, "stage_2_train_images/aa.dcm", "stage_2_train_images/bb.dcm", "stage_2_test_images/cc.dcm")
    (root / "stage_2_train_labels.csv").write_text(
        "patientId,x,y,width,height,Target\naa,,,,,0\nbb,264.0,152.0,213.0,379.0,1\nbb,562,152,500,453,1\n"
    )
    (root / "stage_2_detailed_class_info.csv").write_text("patientId,class\naa,Normal\nbb,Lung Opacity\nbb,Lung Opacity\n")


def kermany_sample(root: Path) -> None:
    touch(root, "chest_xray/train/PNEUMONIA/person1_bacteria_1.jpeg", "chest_xray/test/NORMAL/IM-0001-0001.jpeg")


def image_folder_sample(root: Path) -> None:
    touch(root, "train/COVID/a.png", "test/Normal/b.png")


SAMPLES = {
    "actualmed": actualmed_sample,
    "covid_chestxray": cohen_sample,
    "covid_cxnet": cxnet_sample,
    "covidx": covidx_sample,
    "figure1": figure1_sample,
    "image_folder": image_folder_sample,
    "kermany": kermany_sample,
    "manifest": manifest_sample,
    "nih_chestxray14": nih_sample,
    "rsna_pneumonia": rsna_sample,
}


@pytest.fixture(params=sorted(READERS))
def sample(request, tmp_path):
    """A reader and a folder in its layout."""
    assert request.param in SAMPLES, f"add a sample of the layout that {request.param!r} reads"
    SAMPLES[request.param](tmp_path)
    return READERS[request.param], tmp_path


def test_a_reader_is_a_function_named_read_in_a_module_of_its_own(sample):
    reader, _ = sample
    module = inspect.getmodule(reader)
    assert reader.__name__ == "read"
    assert module is not None
    assert module.read is reader
    root, columns, *options = inspect.signature(reader).parameters.values()
    assert (root.name, columns.name) == ("root", "columns")
    for option in options:
        assert option.kind is inspect.Parameter.KEYWORD_ONLY
        assert isinstance(option.default, str), "an option is a text, and has a default"
    assert module.__name__.startswith("components.ingest.readers.")


def test_records_name_files_below_the_root(sample):
    reader, root = sample
    records = list(reader(root, ()))
    assert len(records) >= 2
    for record in records:
        assert isinstance(record, Record)
        assert not os.path.isabs(record.name)
        assert (root / record.name).is_file()


def test_records_are_complete_and_in_one_vocabulary(sample):
    reader, root = sample
    for record in reader(root, ()):
        assert record.label
        assert record.source
        assert record.view in features.VIEWS
        assert record.sex in features.SEXES
        assert record.split in ("", *features.SPLITS)
        assert record.age_years is None or 0 <= record.age_years <= features.TOP_AGE
        assert record.findings is None or set(record.findings) <= set(features.FINDINGS)
        assert isinstance(record.patient_id, str)
        assert record.extra == {}
        assert (record.problem, record.skip) == ("", "")
        for box in record.boxes:
            assert 0 <= box.x < box.x + box.width <= 1
            assert 0 <= box.y < box.y + box.height <= 1
        for text in (record.label, record.source, record.patient_id):
            text.encode()


def test_the_order_is_the_same_every_time(sample):
    reader, root = sample
    assert list(reader(root, ())) == list(reader(root, ()))


def test_nothing_is_written(sample):
    reader, root = sample
    before = sorted(root.rglob("*"))
    list(reader(root, ()))
    assert sorted(root.rglob("*")) == before


def test_a_column_that_does_not_exist_is_named(sample):
    reader, root = sample
    with pytest.raises(UsageError, match="no_such_column"):
        list(reader(root, ("no_such_column",)))


def test_every_reader_has_a_map_of_its_labels(sample):
    reader, root = sample
    labels = load_label_map(inspect.getmodule(reader).__name__.rpartition(".")[2], {})
    mapped = [labels.read(record.label) for record in reader(root, ())]
    assert all(why != UNMAPPED for _, why in mapped)
    assert any(class_name in features.DEFAULT_CLASSES for class_name, _ in mapped)


def test_files_that_are_not_there_are_still_listed_or_were_never_known(sample):
    # A csv that names more than is on disk is normal, a folder walk cannot; neither may fail.
    reader, root = sample
    records = list(reader(root, ()))
    (root / records[0].name).unlink()
    assert len(list(reader(root, ()))) in (len(records), len(records) - 1)


def test_an_unknown_option_names_the_nearest():
    with pytest.raises(UsageError, match="reader 'manifest' has no option 'filname'; did you mean 'filename'"):
        list(read_records(DataSource("manifest", Path(), {"filname": "x"}), ()))


def test_an_empty_folder_is_refused(sample, tmp_path_factory):
    reader, _ = sample
    with pytest.raises(UsageError):
        list(reader(tmp_path_factory.mktemp("empty"), ()))


def test_an_unknown_reader_names_the_nearest():
    with pytest.raises(UsageError, match="unknown reader 'manifst'; did you mean 'manifest'"):
        find_reader("manifst")
    with pytest.raises(UsageError, match="there are: "):
        find_reader("zzz")
