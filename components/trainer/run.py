"""`run_fn`: what TFX's Trainer calls to train the best candidate of the search."""

import json
from pathlib import Path

from tfx.components.trainer.fn_args_utils import FnArgs

from components.trainer.config import TrainerConfig
from components.trainer.examples import read_examples
from components.trainer.export import export
from components.trainer.training import Setting, train
from components.trainer.training_data import write_training_data
from components.transform.config import TransformConfig


def run_fn(fn_args: FnArgs) -> None:
    """Train on the train split, stop by the eval split, and write model, history and TensorBoard logs.

    Args:
      fn_args: `custom_config` holds seed, augmentation, classes, transform and trainer, the folder `records` that all was made of, and how
        much of its `fingerprints` goes with the model; `hyperparameters` is the configuration of a keras_tuner.HyperParameters, or None
        for the architecture's defaults.
    """
    custom = fn_args.custom_config
    setting = Setting(
        config=TrainerConfig(**custom["trainer"]),
        classes=tuple(custom["classes"]),
        image_px=custom["transform"]["image_px"],
        augmentation=custom["augmentation"],
        seed=custom["seed"],
    )
    values = fn_args.hyperparameters["values"] if fn_args.hyperparameters else {}
    trained = train(
        read_examples(fn_args.train_files, setting.image_px),
        read_examples(fn_args.eval_files, setting.image_px),
        setting,
        values,
        log_dir=Path(fn_args.model_run_dir),
    )
    (Path(fn_args.model_run_dir) / "history.json").write_text(json.dumps(trained.facts, indent=2) + "\n", encoding="utf-8")
    serving_dir = Path(fn_args.serving_model_dir)
    export(
        trained.model,
        fn_args.transform_graph_path,
        serving_dir,
        serving_dir.parent / "keras",
        setting.classes,
        setting.image_px,
        TransformConfig(**custom["transform"]).harmonise.model_dump(),
        trained.parameters,
        trained.temperature,
    )
    write_training_data(Path(custom["records"]), serving_dir, custom["fingerprints"], trained.temperature)
