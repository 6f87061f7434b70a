"""Train one network on examples in memory: usable from a notebook, by TFX's Trainer and by the experiments."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base import progress
from components.base.errors import UserError
from components.base.plural import plural
from components.base.temperature import ModelTemperature
from components.trainer.balance import class_weights, draw_probabilities, positive_weights, source_probabilities
from components.trainer.candidate import architecture_parameters, with_candidate
from components.trainer.config import TrainerConfig
from components.trainer.dataset import Variation, evaluation_dataset, training_dataset, without_rows
from components.trainer.examples import Examples, label_counts, stated
from components.trainer.frozen import FeatureMemory, head_of
from components.trainer.logistic import INVERSE_PENALTIES, solutions
from components.trainer.model_fit import History, Phase, fit
from components.trainer.network import NetworkSpec
from components.trainer.networks import architecture, build_network, check_parameters
from components.trainer.robust import with_sources, without_sources, wrap
from components.trainer.temperature import carry_temperature

Augmentation = Literal["off", "transform", "online", "both"]


@dataclass(frozen=True)
class Setting:
    """What a training needs to know.

    Attributes:
      config: of the trainer.
      classes: names of the classes, or of the findings for task multilabel.
      image_px: side of the images, pixels.
      augmentation: the switch of the run.
      seed: of weights, order and variations.
    """

    config: TrainerConfig
    classes: tuple[str, ...]
    image_px: int
    augmentation: Augmentation
    seed: int

    @property
    def spec(self) -> NetworkSpec:
        """What the network must fit to."""
        return NetworkSpec(self.image_px, len(self.classes), self.seed, self.config.task, self.config.metadata)

    @property
    def variation(self) -> Variation:
        """How the images differ from epoch to epoch."""
        online = self.config.online_policy if self.augmentation in ("online", "both") else None
        return Variation(self.augmentation in ("transform", "both"), online, self.config.mixup)


@dataclass(frozen=True)
class Trained:
    """A trained network.

    Attributes:
      model: flat and functional; see components.trainer.network.finish.
      history: how the training went.
      parameters: of the architecture.
      facts: of history.json: history, class counts and weights, parameters, their number.
      temperature: what became of it; None where the configuration wants none.
    """

    model: keras.Model
    history: History
    parameters: dict[str, Any]
    facts: dict[str, Any]
    temperature: ModelTemperature | None = None


def train(
    train_examples: Examples,
    eval_examples: Examples,
    setting: Setting,
    values: Mapping[str, Any],
    log_dir: Path | None = None,
    memory: FeatureMemory | None = None,
) -> Trained:
    """Train a network, and keep its best epoch on eval.

    Args:
      train_examples: what is learned from.
      eval_examples: what early stopping goes by, and what a temperature is fitted on.
      setting: configuration, classes, augmentation and seed.
      values: what a search chose, by the names of tuning.space; may be empty.
      log_dir: where TensorBoard's logs go, if anywhere.
      memory: of what frozen bodies made of the images, where trainings share it.
    Raises:
      UserError: a parameter does not exist, initial weights cannot be had, findings are wanted and not stated, or the loss is not a
        number any more, or a robust method has images of one source alone.
    """
    started = time.monotonic()
    if setting.config.deterministic:
        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(setting.seed)
    config = with_candidate(setting.config, values)
    check_parameters(config)
    defaults = architecture(config.architecture).DEFAULTS
    parameters = architecture_parameters(defaults, values, config.parameters)
    rate = config.learning_rate or parameters["learning_rate"]
    training, evaluation = stated(train_examples, config.task), stated(eval_examples, config.task)

    if config.robust.method != "none":
        _check_sources(training, config)
    counts, weights = _balance(training, setting)
    model = _build(setting, config, parameters)
    positives = weights if config.task == "multilabel" and config.balance == "class_weight" else None
    phases = _phases(model, training, evaluation, setting, config, rate, memory or FeatureMemory())
    history = fit(model, phases, config, positives, log_dir)
    temperature = None
    if config.temperature == "eval":
        temperature = carry_temperature(model, eval_batches(evaluation, setting, config.batch_size), evaluation.labels)
    # The features of a frozen body are computed before the first epoch.
    history = replace(history, seconds=time.monotonic() - started)
    facts = {
        **asdict(history),
        "class_counts": dict(zip(setting.classes, counts, strict=True)),
        "class_weights": dict(zip(setting.classes, weights, strict=True)),
        "architecture": config.architecture,
        "initial_weights": config.initial_weights if config.initial_weights in ("none", "imagenet") else "file",
        "balance": config.balance,
        "parameters": {**parameters, "learning_rate": rate},
        "parameter_count": model.count_params(),
    }
    return Trained(model, history, facts["parameters"], facts, temperature)


def _check_sources(examples: Examples, config: TrainerConfig) -> None:
    names = np.unique(examples.sources).tolist()
    if len(names) < 2:
        raise UserError(
            f"trainer.robust.method {config.robust.method} sets sources against each other, and all training images are of {names[0]}; "
            "set it to none, or train on two sources or more"
        )


def _draws(examples: Examples, setting: Setting) -> npt.NDArray[np.float64] | None:
    """Say how likely each image is drawn, float64 [n]; None where each comes once an epoch."""
    if setting.config.robust.method == "group_dro":
        return source_probabilities(examples.sources)
    if setting.config.task == "multilabel":
        return None
    return draw_probabilities(examples.labels, examples.sources, setting.config.balance)


def _weights_of(examples: Examples, setting: Setting) -> list[float]:
    """Weigh each class, or the positives of each finding, by what is drawn."""
    balance, drawn = setting.config.balance, _draws(examples, setting)
    if setting.config.task == "multiclass":
        return class_weights(examples.labels, len(setting.classes), balance, drawn)
    return positive_weights(examples.findings, drawn) if balance == "class_weight" else [1.0] * len(setting.classes)


def _weights(examples: Examples, setting: Setting) -> npt.NDArray[np.float64]:
    """Weigh each image, float64 [n], as the balance weighs or draws it; for findings [n, k], their positives."""
    weights = np.array(_weights_of(examples, setting))
    if setting.config.task == "multilabel":
        return np.where(examples.findings == 1, weights, 1.0)
    drawn = _draws(examples, setting)
    return weights[examples.labels] * (1.0 if drawn is None else drawn * len(examples))


def batches(examples: Examples, setting: Setting, batch_size: int) -> tf.data.Dataset:
    """Make the training batches that a setting wants, with rows; see components.trainer.dataset.training_dataset."""
    config = setting.config
    multiclass = config.task == "multiclass"
    return training_dataset(
        examples,
        examples.targets(config.task, len(setting.classes)),
        batch_size,
        setting.seed,
        setting.variation,
        weights=np.array(_weights_of(examples, setting), np.float32)[examples.labels] if multiclass else None,
        probabilities=_draws(examples, setting),
        metadata=config.metadata,
    )


def eval_batches(examples: Examples, setting: Setting, batch_size: int) -> tf.data.Dataset:
    """Make the evaluation batches that a setting wants."""
    targets = examples.targets(setting.config.task, len(setting.classes))
    return evaluation_dataset(examples, targets, batch_size, metadata=setting.config.metadata)


def _balance(examples: Examples, setting: Setting) -> tuple[list[int], list[float]]:
    weights = _weights_of(examples, setting)
    if setting.config.task == "multilabel":
        counts, what = [int(count) for count in examples.findings.sum(axis=0)], "weights of the positives"
    else:
        counts, what = label_counts(examples, len(setting.classes)), "class weights"
    facts = ", ".join(
        f"{name} {weight:.3f} ({plural(count, 'image')})" for name, weight, count in zip(setting.classes, weights, counts, strict=True)
    )
    progress.notice("trainer", f"{what}: {facts}")
    return counts, weights


def _build(setting: Setting, config: TrainerConfig, parameters: Mapping[str, Any]) -> keras.Model:
    network = build_network(config.architecture, parameters, setting.spec, config.initial_weights)
    if network.layers_taken:
        progress.notice("trainer", f"{network.layers_taken} of {network.layer_count} layers start from {config.initial_weights}")
    return network.model


def _phases(
    model: keras.Model,
    training: Examples,
    evaluation: Examples,
    setting: Setting,
    config: TrainerConfig,
    rate: float,
    memory: FeatureMemory,
) -> list[Phase]:
    if not config.is_pretrained:
        return [_phase("all", model, training, evaluation, setting, config.epochs, rate)]
    frozen = config.body_rate == 0
    head_epochs = config.epochs if frozen else config.head_epochs
    phases = []
    if head_epochs:
        network, seen, judged, publish = model, training, evaluation, None
        if setting.variation.online is None and not setting.variation.mixup:
            # What the body sees does not change from epoch to epoch: it is looked at once.
            seen, judged = memory.features(model, training), memory.features(model, evaluation)
            head = head_of(model, seen)
            network, publish = head.network, head.publish
        made = _phase("head", network, seen, judged, setting, head_epochs, rate, constant=not frozen)
        if config.head == "logistic":
            targets = seen.targets(config.task, len(setting.classes))
            steps = solutions(network, seen, targets, _weights(seen, setting), setting.variation.use_views)
            made = replace(made, name="logistic head", epochs=len(INVERSE_PENALTIES), solutions=steps)
        phases.append(replace(made, publish=publish))
    if not frozen:
        phases.append(_phase("body", model, training, evaluation, setting, config.epochs, rate * config.body_rate))
    return phases


def _phase(
    name: str,
    network: keras.Model,
    training: Examples,
    evaluation: Examples,
    setting: Setting,
    epochs: int,
    rate: float,
    constant: bool = False,
) -> Phase:
    size, robust = setting.config.batch_size, setting.config.robust
    made, judged = batches(training, setting, size), eval_batches(evaluation, setting, size)
    if robust.method == "none" or (robust.method == "adversarial" and name == "head"):
        # An adversary changes features, and those of a frozen body do not change.
        return Phase(name, network, without_rows(made), judged, epochs, rate, constant)
    names, numbers = np.unique(training.sources, return_inverse=True)
    fitted = wrap(network, robust, len(names), setting.spec)
    return Phase(name, fitted, with_sources(made, numbers.astype(np.int64)), without_sources(judged), epochs, rate, constant)
