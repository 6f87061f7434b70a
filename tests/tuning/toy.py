"""A search over tiny networks on a handful of numbers; several tests and the processes that they start use it."""

import os
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from components.trainer.config import TrainerConfig
from tuning.budget import Budget, Limit
from tuning.config import TuningConfig
from tuning.oracle import create_oracle
from tuning.resume import prepare_folder
from tuning.search import ArchitectureSearch, Candidates
from tuning.trials import objective_name

SPACE = {
    "min_stages": 2,
    "max_stages": 3,
    "blocks_per_stage": (1,),
    "widths": (2, 3, 4),
    "kernel_sizes": (3,),
    "max_dropout": 0.1,
    "epochs": 2,
}
CLASSES = 2


def data():
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    y = np.eye(CLASSES, dtype="float32")[(x[:, 0] > 0).astype(int)]
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(4)
    return batches, batches


class Toy:
    """One search in a folder; counts the networks built and breaks on demand."""

    def __init__(self, folder, seed=1, break_on=(), callbacks=(), workers=(), **settings):
        self.folder, self.seed, self.workers = Path(folder), seed, workers
        self.config = TuningConfig(**{"max_trials": 3, **SPACE, **settings})
        self.break_on = dict(break_on)
        self.callbacks = list(callbacks)
        self.built = []

    def build(self, values):
        self.built.append({name: value for name, value in values.items() if not name.startswith("tuner/")})
        fault = self.break_on.get(len(self.built))
        if isinstance(fault, BaseException):
            raise fault
        inputs = keras.Input([4])
        hidden = keras.layers.Dense(values["width"], activation="relu")(inputs)
        model = keras.Model(inputs, keras.layers.Dense(CLASSES, activation="softmax")(hidden))
        rate = float("nan") if fault == "nan" else values["learning_rate"]
        metrics = [keras.metrics.CategoricalAccuracy(name="macro_recall")]
        if self.config.objective == "auc":
            metrics.append(keras.metrics.AUC(name="auc"))
        model.compile(keras.optimizers.Adam(rate), "categorical_crossentropy", metrics=metrics, run_eagerly=True)
        return model

    def tuner(self):
        if "KERASTUNER_ORACLE_IP" not in os.environ:
            about = {
                "identity": "toy",
                "algorithm": self.config.algorithm,
                "objective": objective_name(self.config.objective),
                "max_trials": self.config.max_trials,
            }
            self.notes = prepare_folder(self.folder, about)
        limits = {"max_parameters": Limit(self.config.max_parameters, "weights", lambda values: values["width"] * 500)}
        if self.config.max_flops:
            limits["max_flops"] = Limit(self.config.max_flops, "operations", lambda values: values["stages"] * 100)
        oracle = create_oracle(self.config, TrainerConfig(), self.seed, Budget(limits))
        return ArchitectureSearch(
            oracle, Candidates(lambda values: self.build(values), data), self.folder, seed=7, batch_size=4, workers=self.workers
        )

    def run(self, logs=False):
        tuner = self.tuner()
        callbacks = [keras.callbacks.TensorBoard(str(self.folder / "logs"), write_graph=False)] if logs else []
        tuner.search(epochs=self.config.epochs, verbose=0, callbacks=[*callbacks, *self.callbacks])
        return tuner
