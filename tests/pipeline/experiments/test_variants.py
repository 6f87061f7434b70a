import pytest

from components.base.errors import UsageError
from pipeline.experiments.__main__ import parser
from pipeline.experiments.experiment import Experiment
from pipeline.experiments.variants import variant_configs

FROZEN = {"trainer.architecture": "efficientnet_lite0", "trainer.initial_weights": "imagenet", "trainer.body_rate": 0.0}


def configs(variants, given=(), environ=None, **settings):
    experiment = Experiment(name="some", title="some", settings=settings, variants=variants)
    return variant_configs(experiment, given, environ or {}, ())


def sizes(variants, given=(), environ=None, **settings):
    return {name: config.transform.image_px for name, config in configs(variants, given, environ, **settings).items()}


def test_what_a_variant_changes_wins_over_set_and_set_over_the_settings():
    variants = {"frozen": FROZEN, "frozen, 224 px": {**FROZEN, "transform.image_px": 224}}
    assert sizes(variants, transform={"image_px": 128}) == {"frozen": 128, "frozen, 224 px": 224}
    assert sizes(variants, ["transform.image_px=256"], transform={"image_px": 128}) == {"frozen": 256, "frozen, 224 px": 224}


def test_the_environment_lies_under_the_settings_and_under_set():
    variants, environ = {"a": {}}, {"CXR__TRANSFORM__IMAGE_PX": "64"}
    assert sizes(variants, environ=environ) == {"a": 64}
    assert sizes(variants, environ=environ, transform={"image_px": 128}) == {"a": 128}
    assert sizes(variants, ["transform.image_px=256"], environ) == {"a": 256}


def test_keys_within_a_mapping_are_laid_over_each_other_one_by_one():
    variants = {"plain": {}, "no dropout": {"trainer.parameters": {"dropout": 0.0}}}
    found = configs(variants, ["trainer.parameters={dropout: 0.5, width: 8}"])
    assert found["plain"].trainer.parameters == {"dropout": 0.5, "width": 8}
    assert found["no dropout"].trainer.parameters == {"dropout": 0.0, "width": 8}


@pytest.mark.parametrize(
    "given",
    [
        "trainer.epochs=3",
        " trainer.epochs =3",
        "trainer={epochs: 3}",
        "trainer={patience: 3, epochs: 3}",
    ],
)
def test_a_set_that_changes_nothing_is_refused(given):
    variants = {"a": {"trainer.epochs": 4}, "b": {"trainer": {"epochs": 5, "patience": 2}}}
    with pytest.raises(UsageError, match=r"changes nothing: every variant sets trainer\.epochs itself"):
        configs(variants, ["transform.image_px=64", given])


@pytest.mark.parametrize("given", ["trainer.epochs=3", "trainer.patience=3", "trainer.parameters={width: 8}"])
def test_a_set_that_changes_one_variant_is_taken(given):
    variants = {"a": {"trainer.epochs": 4, "trainer.parameters": {"dropout": 0.1}}, "b": {"trainer.parameters": {"dropout": 0.2}}}
    assert configs(variants, [given])["b"] != configs(variants)["b"]


def test_two_variants_with_one_configuration_are_refused_by_both_names():
    variants = {"frozen": FROZEN, "other": {}, "frozen, 224 px": {**FROZEN, "transform.image_px": 224}}
    with pytest.raises(UsageError, match="'frozen' and 'frozen, 224 px' have the same configuration"):
        configs(variants, ["transform.image_px=224"])
    # 96 px is the default: a change that changes nothing.
    with pytest.raises(UsageError, match="'a' and 'b'"):
        configs({"a": {}, "b": {"transform.image_px": 96}})


def test_variants_that_differ_in_what_no_training_reads_are_one_network():
    with pytest.raises(UsageError, match="'a' and 'b'"):
        configs({"a": {}, "b": {"tuning.max_trials": 1}})


@pytest.mark.parametrize("name", ["dropot", "dropout", "stages", "squeeze_excitation"])
def test_a_parameter_of_the_architecture_in_the_place_of_a_key_is_told_its_place(name):
    expected = rf"variant 'b': .*unknown configuration key 'trainer\.{name}'; pipeline.*lists every key, and .* under trainer\.parameters$"
    with pytest.raises(UsageError, match=expected):
        configs({"a": {}, "b": {f"trainer.{name}": 1}})


@pytest.mark.parametrize(("given", "reason"), [("trainer.epoch=3", "unknown configuration key"), ("trainer.epochs", "section.key=value")])
def test_a_wrong_set_names_the_variant(given, reason):
    with pytest.raises(UsageError, match=f"variant 'a': --set {given}.*{reason}"):
        configs({"a": {}}, [given])


def test_the_help_says_which_layer_wins(capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(["run", "--help"])
    assert "what a variant changes wins" in " ".join(capsys.readouterr().out.split())
