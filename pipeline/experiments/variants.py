"""The configuration of every variant: what it changes itself lies over what the command line sets.

A variant is named by its changes. Were --set above them, "frozen, 224 px" could be trained at 256 px and keep its name.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from components.base.errors import UsageError
from pipeline.config import Config, load_config
from pipeline.experiments.experiment import Experiment, assignments
from pipeline.run import check_training
from schemas import features

# What a training depends on; variants that differ in other sections alone would be one network under two names.
_OF_A_TRAINING: Final = {"seed", "augmentation", "data", "phantom", "ingest", "transform", "trainer"}


def variant_configs(experiment: Experiment, given: Sequence[str], environ: Mapping[str, str], data: Sequence[str]) -> dict[str, Config]:
    """Read the configuration of every variant: base.yaml < environment < settings of the experiment < --set < changes of the variant.

    Args:
      experiment: its settings and its variants.
      given: the --set texts.
      environ: the environment, for CXR__SECTION__KEY variables.
      data: the --data texts.
    Returns:
      Name of the variant to its configuration, in the order of the experiment.
    Raises:
      UsageError: a key or a value is wrong, and the message names the variant; every variant sets a key itself that is in `given`;
        two variants have one configuration, and the message names both.
    """
    configs: dict[str, Config] = {}
    for name, changes in experiment.all_variants.items():
        texts = [*assignments(experiment.settings), *given, *assignments(changes)]
        try:
            configs[name] = load_config(None, environ, texts, data)
            check_training(configs[name].trainer, with_findings=True)
        except UsageError as error:
            raise UsageError(f"variant {name!r}: {error}") from error
    _refuse_without_effect(experiment, given)
    _refuse_twins(configs)
    return configs


def outputs(config: Config) -> tuple[str, ...]:
    """Name what a network of this configuration answers: the findings of a multilabel task, else the classes."""
    return features.FINDINGS if config.trainer.task == "multilabel" else config.data.class_map.names


def _refuse_without_effect(experiment: Experiment, given: Sequence[str]) -> None:
    own = [set(_keys(changes)) for changes in experiment.all_variants.values()]
    everywhere = set.intersection(*own)
    for text in given:
        key, _, value = text.partition("=")
        for set_by_all in sorted(everywhere & set(_keys({key.strip(): yaml.safe_load(value)}))):
            raise UsageError(
                f"--set {text}: changes nothing: every variant sets {set_by_all} itself, and that wins; "
                "change the variants in an experiment file of your own"
            )


def _refuse_twins(configs: Mapping[str, Config]) -> None:
    known: dict[str, str] = {}
    for name, config in configs.items():
        former = known.setdefault(config.model_dump_json(include=_OF_A_TRAINING), name)
        if former != name:
            raise UsageError(
                f"variants {former!r} and {name!r} have the same configuration, so that one network would stand under two names; "
                "leave one out, or take back the --set that makes them alike"
            )


def _keys(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _keys(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"
