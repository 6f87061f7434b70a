import json
from pathlib import Path

import pytest

from components.base.errors import UsageError
from pipeline.experiments.result import read_cell, read_cells


def test_a_result_comes_back_as_it_was(make_cell, tmp_path: Path) -> None:
    cell = make_cell()
    cell.save(tmp_path / "ablation" / "a.json")
    assert read_cell(tmp_path / "ablation" / "a.json") == cell
    assert [path.name for path in (tmp_path / "ablation").iterdir()] == ["a.json"]


def test_the_file_is_the_agreed_one(make_cell, tmp_path: Path) -> None:
    make_cell().save(tmp_path / "a.json")
    content = json.loads((tmp_path / "a.json").read_text())
    assert content["version"] == 1
    assert set(content["predictions"]) == {"order", "group", "source", "label", "probabilities"}
    assert len(content["predictions"]["probabilities"][0]) == 3
    assert {type(value) for row in content["predictions"]["probabilities"] for value in row} == {int}


def test_findings_may_be_unstated(make_cell) -> None:
    predictions = {
        "order": "o",
        "group": [0, 1],
        "source": {"names": ["a"], "index": [0, 0]},
        "label": [[1, -1], [0, 1]],
        "probabilities": [[9000, 8000], [100, 200]],
    }
    assert make_cell(task="multilabel", classes=("effusion", "mass"), predictions=predictions).predictions.label[0] == (1, -1)


def broken(key: str, value: object):
    def change(content: dict) -> None:
        *path, last = key.split(".")
        for part in path:
            content = content[part]
        content[last] = value

    return change


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("version", 2, "version: "),
        ("surprise", 1, "surprise: "),
        ("division", "fold x", "no division 'fold x'; write \"eval\""),
        ("seconds", -1, "seconds: "),
        ("predictions.group", [0], "1 images have a group and 300 have label"),
        ("predictions.label", [3] * 300, "label 3 is none of 3 classes"),
        ("predictions.label", [[0, 1, 0]] * 300, "a multiclass label is one class"),
        ("predictions.probabilities", [[0, 10_001, 0]] * 300, "less than or equal to 10000"),
        ("predictions.probabilities", [[5000, 5000]] * 300, "needs 3 probabilities"),
        ("predictions.source.index", [9] * 300, "points past source.names"),
        ("task", "multilabel", "a multilabel label is a list of findings"),
        ("measured.date", "yesterday", "measured.date: "),
    ],
)
def test_what_is_not_a_result_is_refused(make_cell, tmp_path: Path, key: str, value: object, message: str) -> None:
    content = json.loads(make_cell().model_dump_json())
    broken(key, value)(content)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    with pytest.raises(UsageError) as caught:
        read_cells(tmp_path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}: not a result: ")
    assert "\n" not in str(caught.value)


def test_a_missing_or_torn_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.json: No such file or directory; run the experiment first"):
        read_cell(tmp_path / "none.json")
    (tmp_path / "torn.json").write_text('{"version": 1, "exp')
    with pytest.raises(UsageError, match=r"torn\.json: not a result"):
        read_cells(tmp_path)
    assert read_cells(tmp_path / "no folder") == []


@pytest.mark.parametrize(
    ("division", "family"),
    [
        ("eval", "eval"),
        ("fold 0 by patient", "folds by patient"),
        ("fold 12 by image", "folds by image"),
        ("without kermany_guangzhou", "without kermany_guangzhou"),
    ],
)
def test_folds_of_one_kind_are_one_family(make_cell, division: str, family: str) -> None:
    assert make_cell(division=division).family == family
