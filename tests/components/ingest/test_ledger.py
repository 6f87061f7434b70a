import json

import pytest

from components.base.errors import DataRefusedError, UsageError
from components.ingest.config import SplitConfig
from components.ingest.ledger import Ledger, ledger_path, load_ledger


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


@pytest.mark.parametrize("changes", [{"seed": 7}, {"train": 0.6, "eval": 0.2, "test": 0.2}])
def test_another_division_needs_another_output(tmp_path, changes):
    with pytest.raises(UsageError, match=r"train: 0.7, eval: 0.15, test: 0.15, seed: 2020.*another --output"):
        Ledger.of(SplitConfig()).check(SplitConfig(**changes), ledger_path(tmp_path))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "groups": {"a": "nowhere"}}'])
def test_a_damaged_ledger_is_a_usage_error(tmp_path, content):
    path = tmp_path / "ledger.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="is no ledger of splits"):
        load_ledger(path)
