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
from components.trainer import dataset
from components.trainer.architectures import own_cnn
from components.trainer.balance import balanced_weights
from components.trainer.candidate import architecture_parameters, with_candidate
from components.trainer.config import TrainerConfig
from components.trainer.model_fit import compile_model
from components.trainer.network import NetworkSpec
from tuning.budget import Budget, Limit
from tuning.chief import NODE, Worker, is_worker
from tuning.config import TuningConfig
from tuning.oracle import create_oracle
from tuning.resume import prepare_folder
from tuning.search import LOGS, ArchitectureSearch, Candidates
from tuning.space import OWN_CNN, overruled, search_identity
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
    config, trainer = TuningConfig(**custom["tuning"]), TrainerConfig(**custom["trainer"])
    image_px, class_count, seed = custom["transform"]["image_px"], len(custom["classes"]), custom["seed"]
    folder = Path(custom["directory"])
    spec = NetworkSpec(image_px, class_count, seed)

    oracle = create_oracle(config, trainer, seed, _budget(config, trainer, spec))
    about = {
        "identity": search_identity(custom),
        "algorithm": config.algorithm,
        "objective": objective_name(config.objective),
        "direction": DIRECTION,
        "max_trials": oracle.max_trials,
    }
    if not is_worker():
        for note in [*prepare_folder(folder, about), *overruled(config, trainer)]:
            progress.notice(NODE, note)

    def build(values: dict[str, Any]) -> keras.Model:
        parameters = architecture_parameters(own_cnn.DEFAULTS, values, trainer.parameters)
        training = with_candidate(trainer, values)
        model = own_cnn.build(parameters, spec)
        compile_model(model, class_count, training.learning_rate or parameters["learning_rate"], training.label_smoothing)
        return model

    candidates = Candidates(build, _Data(fn_args, custom, config.batch_size, trainer.balance).fresh)
    callbacks = [keras.callbacks.TensorBoard(str(folder / LOGS), write_graph=False)]
    workers = [_worker(fn_args)] * config.workers if config.workers > 1 and not is_worker() else []
    return TunerFnResult(
        tuner=ArchitectureSearch(oracle, candidates, folder, seed, config.batch_size, workers),
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

    def __init__(self, fn_args: FnArgs, custom: Mapping[str, Any], batch_size: int, balance: str) -> None:
        self._custom = custom
        self._batch_size = batch_size
        self._balance = balance
        image_px = custom["transform"]["image_px"]
        self._train = cache(lambda: dataset.read_examples(fn_args.train_files, image_px))
        self._eval = cache(lambda: dataset.read_examples(fn_args.eval_files, image_px))

    def fresh(self) -> tuple[Any, Any]:
        """Make the batches of train and eval for one trial.

        They are new each time: the order of a dataset that another trial has used depends on how often it was used.
        """
        train, class_count, augmentation = self._train(), len(self._custom["classes"]), self._custom["augmentation"]
        weighted = self._balance == "class_weight"
        training = dataset.training_dataset(
            train,
            class_count,
            self._batch_size,
            self._custom["seed"],
            use_views=augmentation in ("transform", "both"),
            online=augmentation in ("online", "both"),
            class_weights=balanced_weights(dataset.label_counts(train, class_count)) if weighted else None,
        )
        return training, dataset.evaluation_dataset(self._eval(), class_count, self._batch_size)
