from pathlib import Path

import pytest

from components.base.errors import UsageError
from components.base.layers import load_layers

BASE = "seed: 1\ntrainer:\n  epochs: 12\n  schedule: cosine\ningest:\n  split: {train: 0.7}\n"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.yaml"
    path.write_text(BASE)
    return path


def test_later_layers_win(base: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("seed: 2\ntrainer: {epochs: 3, schedule: constant}\n")
    tree = load_layers(config, {"CXR__TRAINER__EPOCHS": "4", "CXR__SEED": "5", "OTHER": "x"}, ["seed=6"], base)
    assert tree == {"seed": 6, "trainer": {"epochs": 4, "schedule": "constant"}, "ingest": {"split": {"train": 0.7}}}


def test_values_are_yaml(base: Path) -> None:
    assert load_layers(None, {}, ["seed=[1, {a: b}]"], base)["seed"] == [1, {"a": "b"}]


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("trainer.epoch=3", "unknown configuration key 'trainer.epoch'; did you mean 'trainer.epochs'?"),
        ("epochs=3", "did you mean 'trainer.epochs'?"),
        ("ingest.split.trian=0.5", "did you mean 'ingest.split.train'?"),
        ("xyzzy=3", "base.yaml lists every key"),
        # Alike by their section alone.
        (
            "trainer.chute=3",
            "unknown configuration key 'trainer.chute'; pipeline/configs/base.yaml lists every key, and parameters of the ",
        ),
        ("ingest.epochs=3", "unknown configuration key 'ingest.epochs'; pipeline/configs/base.yaml lists every key"),
        ("trainer=3", "trainer is a section; set one of its keys: epochs, schedule"),
        ("seed", "write it as --set section.key=value"),
        ("seed=[1", "not valid YAML"),
    ],
)
def test_mistakes_are_named_in_one_line(base: Path, assignment: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_layers(None, {}, [assignment], base)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("content", "message"), [(b"a: [", "valid YAML"), (b"- 1\n", "keys and values"), (b"\xff", "UTF-8")])
def test_unreadable_files_are_named(base: Path, tmp_path: Path, content: bytes, message: str) -> None:
    config = tmp_path / "odd.yaml"
    config.write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        load_layers(config, {}, [], base)
    assert str(config) in str(caught.value)


def test_a_missing_file_is_named(base: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_layers(tmp_path / "absent.yaml", {}, [], base)


def test_a_mapping_that_base_leaves_empty_takes_any_key(base, tmp_path):
    base.write_text(base.read_text() + "free: {}\n")
    tree = load_layers(None, {}, ["free.one=1", "free={two: 2}", "free.one=3"], base)
    assert tree["free"] == {"one": 3, "two": 2}
