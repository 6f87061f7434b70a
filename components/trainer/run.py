"""`run_fn`: what TFX's Trainer calls to train the best candidate of the search."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
from tfx.components.trainer.fn_args_utils import FnArgs

from components.base import progress
from components.trainer import dataset
from components.trainer.architectures import own_cnn
from components.trainer.balance import balanced_weights
from components.trainer.config import TrainerConfig
from components.trainer.export import export
from components.trainer.model_fit import fit
from components.trainer.network import NetworkSpec


def run_fn(fn_args: FnArgs) -> None:
    """Train on the train split, stop by the eval split, and write model, history and TensorBoard logs.

    Args:
      fn_args: `custom_config` holds seed, augmentation, classes, transform and trainer; `hyperparameters` is the configuration of a
        keras_tuner.HyperParameters, or None for the architecture's defaults.
    """
    custom = fn_args.custom_config
    config = TrainerConfig(**custom["trainer"])
    classes, image_px, seed = custom["classes"], custom["transform"]["image_px"], custom["seed"]
    parameters = chosen_parameters(fn_args.hyperparameters)
    keras.utils.set_random_seed(seed)

    train = dataset.read_examples(fn_args.train_files, image_px)
    evaluation = dataset.read_examples(fn_args.eval_files, image_px)
    counts = dataset.label_counts(train, len(classes))
    weights = balanced_weights(counts) if config.balance == "class_weight" else [1.0] * len(classes)
    facts = ", ".join(f"{name} {weight:.3f} ({count} images)" for name, weight, count in zip(classes, weights, counts, strict=True))
    progress.notice("trainer", f"class weights: {facts}")

    model = own_cnn.build(parameters, NetworkSpec(image_px, len(classes), seed))
    history = fit(
        model,
        dataset.training_dataset(
            train,
            len(classes),
            config.batch_size,
            seed,
            use_views=custom["augmentation"] in ("transform", "both"),
            online=custom["augmentation"] in ("online", "both"),
            class_weights=weights,
        ),
        dataset.evaluation_dataset(evaluation, len(classes), config.batch_size),
        config,
        parameters["learning_rate"],
        log_dir=Path(fn_args.model_run_dir),
    )
    facts_of_run = {
        **asdict(history),
        "class_counts": dict(zip(classes, counts, strict=True)),
        "class_weights": dict(zip(classes, weights, strict=True)),
        "parameters": parameters,
        "parameter_count": model.count_params(),
    }
    (Path(fn_args.model_run_dir) / "history.json").write_text(json.dumps(facts_of_run, indent=2) + "\n", encoding="utf-8")
    serving_dir = Path(fn_args.serving_model_dir)
    export(model, fn_args.transform_graph_path, serving_dir, serving_dir.parent / "keras", classes, image_px, parameters)


def chosen_parameters(hyperparameters: dict[str, Any] | None) -> dict[str, Any]:
    """Read the values out of a keras_tuner.HyperParameters configuration, over the architecture's defaults."""
    values = hyperparameters["values"] if hyperparameters else {}
    # Keras Tuner's own bookkeeping of Hyperband travels among the values.
    return {**own_cnn.DEFAULTS, **{name: value for name, value in values.items() if not name.startswith("tuner/")}}
