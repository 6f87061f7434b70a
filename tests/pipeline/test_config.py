from pathlib import Path

import pytest
import yaml

from components.base.errors import UsageError
from components.base.layers import BASE
from pipeline.config import Config, load_config, parse_source

CONFIGS = sorted(BASE.parent.glob("*.yaml"))


def test_base_yaml_names_every_key_with_its_default() -> None:
    assert load_config(None, {}, []) == Config()
    assert yaml.safe_load(Config().to_yaml()).keys() == yaml.safe_load(BASE.read_text()).keys()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_shipped_configuration_loads_and_opens_with_its_command(path: Path) -> None:
    load_config(path, {}, [])
    header = [line for line in path.read_text().splitlines()[:8] if line.startswith("#")]
    assert any("run_pipeline.py" in line for line in header)
    assert any("measured" in line for line in header)


@pytest.mark.parametrize("value", ["off", "transform", "online", "both"])
def test_augmentation_off_is_a_word_and_not_false(value: str) -> None:
    assert load_config(None, {}, [f"augmentation={value}"]).augmentation == value


@pytest.mark.parametrize("value", ["off", "eval"])
def test_temperature_off_is_a_word_and_not_false(value: str) -> None:
    assert load_config(None, {}, [f"trainer.temperature={value}"]).trainer.temperature == value


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("trainer.epochs=0", "configuration key 'trainer.epochs': input should be greater than or equal to 1, not 0"),
        ("ingest.split.train=0.9", "train, eval and test must sum to 1, not 1.2"),
        ("data.classes=[normal]", "at least two classes"),
        ("gate.value_thresholds=[{metric: accuracy, lower_bound: .nan}]", "lower_bound"),
        ("data.fingerprints=some", "'data.fingerprints'"),
        ("ingest.split.only_test=true", "leaves nothing to train on"),
        ("data.private_dir=''", "name a folder, or null"),
        ("augmentation=sometimes", "'augmentation'"),
        ("explainer.ace.resolutions=[0]", "'explainer.ace.resolutions.0': input should be greater than or equal to 1, not 0"),
        ("explainer.ace.resolutions=[15, 15]", "'explainer.ace.resolutions': a resolution stands there twice"),
        ("trainer.balance=clas_weight", "'trainer.balance'"),
        ("trainer.temperature=test", "'trainer.temperature'"),
        ("trainer={task: multilabel, objective: auc, temperature: eval}", "a sigmoid for each finding; set temperature to off"),
        ("trainer.head=logistic", "initial_weights is imagenet or the path of a model.keras"),
        ("trainer={architecture: resnet50, initial_weights: imagenet, head: logistic, mixup: 0.2}", "mixup"),
        ("trainer={architecture: resnet50, initial_weights: imagenet, head: logistic}", "augmentation both: take transform or off"),
        ("trainer={architecture: resnet50, initial_weights: imagenet, head: logistic}", "configuration: trainer.head logistic is"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(assignment: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_config(None, {}, [assignment])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_classes_are_chosen_ordered_and_merged() -> None:
    config = load_config(None, {}, ["data.classes=[normal, {abnormal: [pneumonia, covid19]}]"])
    assert list(config.data.class_map.names) == ["normal", "abnormal"]


def test_data_arguments_replace_the_sources() -> None:
    config = load_config(None, {}, ["data.sources=[{reader: manifest, root: /a}]"], ["/b", "manifest=/c=d"])
    assert [(source.reader, str(source.root)) for source in config.data.sources] == [("manifest", "/b"), ("manifest", "/c=d")]


def test_a_folder_with_an_equals_sign_is_a_folder() -> None:
    assert parse_source("/data/a=b") == {"reader": "manifest", "root": "/data/a=b"}


def test_paths_stay_out_of_the_shared_text() -> None:
    config = load_config(None, {}, ["data.private_dir=/home/jane"], ["/home/jane/scans"])
    assert "jane" in config.to_yaml()
    assert "jane" not in config.to_yaml(with_paths=False)


def test_the_home_folder_is_expanded() -> None:
    config = load_config(None, {}, ["data.private_dir=~/private"], ["~/scans"])
    assert config.data.private_dir == Path.home() / "private"
    assert config.data.sources[0].root == Path.home() / "scans"


def test_a_threshold_names_a_column_as_the_slice_table_does() -> None:
    config = load_config(None, {}, ["gate.value_thresholds=[{metric: accuracy, slice: {extra/sex: F}, lower_bound: 0.5}]"])
    assert config.gate.value_thresholds[0].slice == {"sex": "F"}
