"""External data are not divided: everything is test."""

import pytest

from components.base.errors import DataRefusedError, UsageError
from components.ingest.config import SplitConfig
from components.ingest.ledger import ledger_path, load_ledger
from components.ingest.verify import verify

ONLY_TEST = {"split": SplitConfig(only_test=True)}


def test_everything_is_test_whatever_the_data_say(data_folder, run, table, tmp_path):
    data = data_folder().fill(3)
    data.add("official.png", split="train", patient_id="p")
    records = run(data, **ONLY_TEST)
    assert {row["split"] for row in table(records.folder / "splits.csv")} == {"test"}
    assert [cell["images"] for cell in records.summary["cells"]] == [4, 3]
    assert list(verify(tmp_path / "output")) == []
    again = run(data, **ONLY_TEST)
    assert (again.reused, again.digest) == (True, records.digest)


def test_one_class_and_one_image_are_enough(data_folder, run):
    data = data_folder()
    data.add("one.png")
    assert run(data, **ONLY_TEST).summary["counts"]["written"] == 1


def test_no_image_of_any_class_is_refused_with_the_labels_there_are(data_folder, run):
    data = data_folder()
    data.add("one.png", label="tuberculosis")
    with pytest.raises(DataRefusedError, match=r"no usable image has one of the classes normal, pneumonia; .*'tuberculosis' \(1\)"):
        run(data, **ONLY_TEST)


def test_a_divided_output_folder_stays_divided(data_folder, run, tmp_path):
    data = data_folder().fill(8)
    run(data)
    with pytest.raises(UsageError, match=r"divided by ingest\.split"):
        run(data, **ONLY_TEST)
    run(data, output="other", **ONLY_TEST)
    assert load_ledger(ledger_path(tmp_path / "other")).division == {"only": "test"}
    with pytest.raises(UsageError, match=r"divided by ingest\.split"):
        run(data, output="other")


def test_folds_divide_and_so_do_not_go_with_it():
    with pytest.raises(ValueError, match="set one of them"):
        SplitConfig(only_test=True, folds=3)
