import pytest
import yaml

from components.base.errors import UsageError
from components.base.layers import load_layers
from pipeline.experiments.experiment import Experiment, assignments, load_experiment

LEAST = {"name": "some", "title": "some", "variants": {"a": {}, "b": {"seed": 1}}}


def test_a_grid_is_every_combination():
    grid = {"trainer.balance": ["none", "focal"], "trainer.parameters": [{"dropout": 0.1}]}
    experiment = Experiment(name="some", title="some", grid=grid)
    assert list(experiment.all_variants.values()) == [
        {"trainer.balance": "none", "trainer.parameters": {"dropout": 0.1}},
        {"trainer.balance": "focal", "trainer.parameters": {"dropout": 0.1}},
    ]
    assert experiment.reference_name == "trainer.balance=none, trainer.parameters={'dropout': 0.1}"


def test_settings_reach_the_configuration_nested_or_dotted():
    settings = {
        "trainer": {"epochs": 3, "parameters": {"width": 8, "block": "plain"}},
        "transform.harmonise.histogram": "clahe",
        "augmentation": "off",
    }
    tree = load_layers(None, {}, assignments(settings, {"trainer.parameters": {"width": 9, "dropout": 0.1}}))
    assert tree["trainer"]["epochs"] == 3
    assert tree["trainer"]["parameters"] == {"width": 9, "block": "plain", "dropout": 0.1}
    assert tree["transform"]["harmonise"]["histogram"] == "clahe"
    assert tree["augmentation"] == "off"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "Not a slug"}, "name: small letters"),
        ({"variants": {}}, "name variants, or a grid"),
        ({"reference": "c"}, "reference 'c' is no variant; there are: a, b"),
        ({"seeds": [1, 1]}, "a seed is named twice"),
        ({"division": {"folds": 1}}, r"division\.folds"),
        ({"referense": "a"}, "unknown key 'referense'; did you mean 'reference'"),
        ({"division": {"fold": 3}}, r"unknown key 'division\.fold'; did you mean 'folds'"),
        ({"select": [{"sources": "a"}]}, r"unknown key 'select\.0\.sources'; did you mean 'source'"),
        ({"1": 1}, "unknown key '1'; there are name, title, select"),
        ({"variants": {"a": {}, "chosen by inner eval": {}}}, "the row of choose bears this name"),
        ({"references": {"c": ["b"]}}, "references: 'c' is no variant; there are: a, b"),
        ({"references": {"b": ["c"]}}, "references: 'c' is no variant"),
        ({"references": {"b": ["b"]}}, "references: 'b' is compared with itself"),
        ({"references": {"b": ["a"]}}, "references: 'a' is the reference, which is compared with none"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, changes, reason):
    path = tmp_path / "some.yaml"
    path.write_text(yaml.safe_dump({**LEAST, **changes}))
    with pytest.raises(UsageError, match=reason):
        load_experiment(path)


@pytest.mark.parametrize(("content", "reason"), [("[1", "not valid YAML"), ("1", "must hold the keys")])
def test_what_is_no_experiment_is_refused(tmp_path, content, reason):
    path = tmp_path / "some.yaml"
    path.write_text(content)
    with pytest.raises(UsageError, match=reason):
        load_experiment(path)
    with pytest.raises(UsageError, match="cannot be read"):
        load_experiment(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("references", "reason"),
    [
        ({"b": ["c"], "a": ["c"]}, "'c' is compared with 'a' and 'b'; name it once"),
        ({"b": ["c", "c"]}, "'c' is compared with 'b' and 'b'; name it once"),
        ({"b": ["c"], "c": ["d"], "d": ["b"]}, "is compared with itself in a circle"),
    ],
)
def test_references_that_do_not_lead_anywhere_are_refused(tmp_path, references, reason):
    path = tmp_path / "some.yaml"
    path.write_text(
        yaml.safe_dump({**LEAST, "variants": {name: {"seed": place} for place, name in enumerate("abcd")}, "references": references})
    )
    with pytest.raises(UsageError, match=f"references: .*{reason}"):
        load_experiment(path)
