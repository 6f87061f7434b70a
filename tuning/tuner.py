"""`tuner_fn`: what TFX's Tuner calls to set up the architecture search."""

import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import keras
from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.components.tuner.component import TunerFnResult

from components.base import progress
from components.base.source_digest import ROOT
from components.trainer.architectures import own_cnn
from components.trainer.candidate import architecture_parameters, with_candidate
from components.trainer.config import RobustConfig, TrainerConfig
from components.trainer.dataset import without_rows
from components.trainer.examples import Examples, read_examples, stated
from components.trainer.network import NetworkSpec, body_layers
from components.trainer.networks import architecture, build_network
from components.trainer.objective import compile_model
from components.trainer.schedule import learning_rate_schedule
from components.trainer.training import Setting, batches, eval_batches
from tuning.budget import Budget, Limit
from tuning.chief import NODE, Worker, is_worker
from tuning.config import TuningConfig
from tuning.oracle import create_oracle
from tuning.resume import prepare_folder
from tuning.search import LOGS, ArchitectureSearch, Candidates
from tuning.space import OWN_CNN, search_identity
from tuning.trials import DIRECTION, objective_name


def tuner_fn(fn_args: FnArgs) -> TunerFnResult:
    """Set up the search over the train split, judged on the eval split.

    The result is random search, bayesian optimisation or Hyperband, by `tuning.algorithm`. What an earlier search of the same
    configuration left in the folder is taken up again.

    Args:
      fn_args: `train_files` and `eval_files` are patterns of transformed examples; `custom_config` holds seed, augmentation, classes,
        transform, tuning, trainer, code_digest and directory, the folder of the search.
    """
    custom = fn_args.custom_config
    config = TuningConfig(**custom["tuning"])
    # A robust method is a wrapping of the network and a drawing of images that go together; a search takes neither.
    trainer = TrainerConfig(**custom["trainer"]).model_copy(update={"robust": RobustConfig()})
    setting = Setting(trainer, tuple(custom["classes"]), custom["transform"]["image_px"], custom["augmentation"], custom["seed"])
    folder = Path(custom["directory"])

    oracle = create_oracle(config, trainer, setting.seed, _budget(config, trainer, setting.spec))
    about = {
        "identity": search_identity(custom),
        "algorithm": config.algorithm,
        "objective": objective_name(config.objective),
        "direction": DIRECTION,
        "max_trials": oracle.max_trials,
    }
    if not is_worker():
        for note in prepare_folder(folder, about):
            progress.notice(NODE, note)

    data = _Data(fn_args, setting, config.batch_size)

    def build(values: dict[str, Any]) -> keras.Model:
        training = with_candidate(trainer, values)
        parameters = architecture_parameters(architecture(trainer.architecture).DEFAULTS, values, trainer.parameters)
        model = build_network(trainer.architecture, parameters, setting.spec, trainer.initial_weights).model
        if trainer.is_pretrained:
            # As in the first phase of the training, which is what so few epochs can tell candidates by.
            for layer in body_layers(model):
                layer.trainable = False
        rate = learning_rate_schedule(
            training.schedule, training.learning_rate or parameters["learning_rate"], config.epochs * data.steps(), data.steps()
        )
        # The metric that the search goes by must be there, whatever the trainer's early stopping goes by.
        compile_model(model, len(setting.classes), training.model_copy(update={"objective": config.objective}), rate)
        return model

    candidates = Candidates(build, data.fresh)
    callbacks = [keras.callbacks.TensorBoard(str(folder / LOGS), write_graph=False)]
    workers = [_worker(fn_args)] * config.workers if config.workers > 1 and not is_worker() else []
    return TunerFnResult(
        tuner=ArchitectureSearch(oracle, candidates, folder, setting.seed, config.batch_size, workers),
        fit_kwargs={"epochs": config.epochs, "callbacks": callbacks, "verbose": 0},
    )


def _budget(config: TuningConfig, trainer: TrainerConfig, spec: NetworkSpec) -> Budget:
    if trainer.architecture != OWN_CNN:
        # Its size is not searched: another candidate would be as large.
        return Budget({})

    def counted(count: Callable[[Mapping[str, Any], NetworkSpec], int]) -> Callable[[dict[str, Any]], int]:
        return lambda values: count(architecture_parameters(own_cnn.DEFAULTS, values, trainer.parameters), spec)

    limits = {"max_parameters": Limit(config.max_parameters, "weights", counted(own_cnn.count_parameters))}
    if config.max_flops:
        limits["max_flops"] = Limit(config.max_flops, "operations an image", counted(own_cnn.count_flops))
    return Budget(limits)


def _worker(fn_args: FnArgs) -> Worker:
    job = {"train_files": list(fn_args.train_files), "eval_files": list(fn_args.eval_files), "custom_config": fn_args.custom_config}
    # Found from any folder, as this module was.
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tuning.start_worker import main; sys.exit(main())"
    return Worker((sys.executable, "-c", program), job)


class _Data:
    """The two splits, read from disk when the first trial needs them and then kept for all."""

    def __init__(self, fn_args: FnArgs, setting: Setting, batch_size: int) -> None:
        self._setting = setting
        self._batch_size = batch_size
        self._train = cache(lambda: self._read(fn_args.train_files))
        self._eval = cache(lambda: self._read(fn_args.eval_files))

    def fresh(self) -> tuple[Any, Any]:
        """Make the batches of train and eval for one trial.

        They are new each time: the order of a dataset that another trial has used depends on how often it was used.
        """
        training = without_rows(batches(self._train(), self._setting, self._batch_size))
        return training, eval_batches(self._eval(), self._setting, self._batch_size)

    def steps(self) -> int:
        """Count the batches of an epoch."""
        return max(1, len(self._train()) // self._batch_size)

    def _read(self, patterns: list[str]) -> Examples:
        return stated(read_examples(patterns, self._setting.image_px), self._setting.config.task)
