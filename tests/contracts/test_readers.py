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


SAMPLES = {"manifest": manifest_sample}


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
