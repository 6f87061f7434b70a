import json

import pytest

from components.base.errors import DataRefusedError, UsageError
from components.ingest.config import SplitConfig
from components.ingest.ledger import Ledger, ledger_path, load_ledger, split_of_place


def test_a_ledger_comes_back(tmp_path):
    path = ledger_path(tmp_path)
    assert load_ledger(path) is None
    book = Ledger.of(SplitConfig())
    assert book.add({"b": "test", "a": "train"}, ["2", "1"])
    book.save(path)
    assert load_ledger(path) == book
    assert [entry.name for entry in path.parent.iterdir()] == ["ledger.json"]
    assert json.loads(path.read_text())["groups"] == {"a": "train", "b": "test"}


def test_nothing_new_is_nothing_new():
    book = Ledger.of(SplitConfig())
    book.add({"a": "train"}, ["1"])
    assert not book.add({"a": "train"}, ["1"])


def test_a_group_keeps_its_split_for_ever():
    book = Ledger.of(SplitConfig())
    book.add({"a": "train"}, ["1"])
    with pytest.raises(DataRefusedError, match="another split for 1 of 2 groups"):
        book.add({"a": "test", "b": "eval"}, [])
    assert book.groups == {"a": "train"}


@pytest.mark.parametrize("changes", [{"seed": 7}, {"train": 0.6, "eval": 0.2, "test": 0.2}, {"official": False}, {"folds": 5}])
def test_another_division_needs_another_output(tmp_path, changes):
    with pytest.raises(UsageError, match=r"train: 0.7, eval: 0.15, test: 0.15, official: true, seed: 2020.*another --output"):
        Ledger.of(SplitConfig()).check(SplitConfig(**changes), ledger_path(tmp_path))


def test_folds_share_a_ledger_whichever_of_them_is_test(tmp_path):
    book = Ledger.of(SplitConfig(folds=5))
    book.add({"a": "4"}, ["1"])
    book.save(tmp_path / "ledger.json")
    kept = load_ledger(tmp_path / "ledger.json")
    kept.check(SplitConfig(folds=5, fold=3), tmp_path)
    with pytest.raises(UsageError, match="folds: 5, seed: 2020"):
        kept.check(SplitConfig(folds=4), tmp_path)


@pytest.mark.parametrize(("fold", "splits"), [(0, ["test", "eval", "train", "train"]), (3, ["eval", "train", "train", "test"])])
def test_the_fold_that_is_test_decides_the_splits(fold, splits):
    assert [split_of_place(str(place), SplitConfig(folds=4, fold=fold)) for place in range(4)] == splits


def test_every_flipped_byte_of_a_ledger_is_found(tmp_path):
    path = tmp_path / "ledger.json"
    book = Ledger.of(SplitConfig())
    book.add({"a": "train", "b": "test"}, ["1"])
    book.save(path)
    whole = path.read_bytes()
    survived = []
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        try:
            if load_ledger(path) == book and not whole[position : position + 1].isspace():
                survived.append(position)
        except UsageError:
            continue
    assert survived == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 3}', '{"version": 2, "groups": {"a": "nowhere"}}'])
def test_a_damaged_ledger_is_a_usage_error(tmp_path, content):
    path = tmp_path / "ledger.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="is no ledger of splits"):
        load_ledger(path)
