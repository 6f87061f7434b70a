"""The search as TFX runs it: its own executor, artifacts on disk, our tuner_fn by its importable path."""

import json
import shutil

import keras
import keras_tuner
import numpy as np
import pytest
import tensorflow as tf
from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.components.tuner.executor import Executor
from tfx.dsl.components.base import base_executor
from tfx.types import artifact_utils, standard_artifacts

from components.base.errors import DataRefusedError
from components.trainer import objective
from components.trainer.architectures import own_cnn
from components.trainer.candidate import architecture_parameters
from components.trainer.config import TrainerConfig
from components.trainer.network import LOGITS, NetworkSpec
from tuning.config import TuningConfig
from tuning.trials import read_search
from tuning.tuner import tuner_fn

IMAGE_PX = 16
CLASSES = ["normal", "pneumonia", "covid19"]
TUNING = TuningConfig(
    max_trials=2, epochs=1, min_stages=2, max_stages=2, widths=(2, 4), kernel_sizes=(3,), max_parameters=2000, batch_size=8
)


def _write_split(folder, count, seed):
    folder.mkdir(parents=True)
    generator = np.random.default_rng(seed)
    with tf.io.TFRecordWriter(str(folder / "part-00000-of-00001.gz"), options="GZIP") as writer:
        for number in range(count):
            label = number % 3
            image = generator.integers(80 * label, 80 * label + 90, (IMAGE_PX, IMAGE_PX), dtype=np.uint8).tobytes()
            feature = {
                "id": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"%016x" % number])),
                "label_index": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
                "age": tf.train.Feature(int64_list=tf.train.Int64List(value=[-1])),
                "findings": tf.train.Feature(int64_list=tf.train.Int64List(value=[-1] * 14)),
                **{name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"unknown"])) for name in ("source", "sex", "view")},
                "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image])),
                "views$ragged_values": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image])),
            }
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())


class Run:
    """One execution of TFX's Tuner in a folder."""

    def __init__(self, root, **custom):
        self.root = root
        self.custom = {
            "seed": 3,
            "augmentation": "both",
            "classes": CLASSES,
            "transform": {"image_px": IMAGE_PX, "views": 1},
            "tuning": TUNING.model_dump(mode="json"),
            "trainer": TrainerConfig().model_dump(mode="json"),
            "directory": str(root / "tuning" / "digest"),
            "code_digest": "0",
            **custom,
        }
        self.search_folder = root / "tuning" / "digest"

    def execute(self, name):
        examples = standard_artifacts.Examples()
        examples.uri = str(self.root / "examples")
        examples.split_names = artifact_utils.encode_split_names(["train", "eval", "test"])
        outputs = {}
        for key, kind in (("best_hyperparameters", standard_artifacts.HyperParameters), ("tuner_results", standard_artifacts.TunerResults)):
            artifact = kind()
            artifact.uri = str(self.root / name / key)
            (self.root / name / key).mkdir(parents=True)
            outputs[key] = [artifact]
        properties = {
            "tuner_fn": "tuning.tuner.tuner_fn",
            "train_args": "{}",
            "eval_args": "{}",
            "custom_config": json.dumps(self.custom),
        }
        context = base_executor.BaseExecutor.Context(tmp_dir=str(self.root / "tmp"), unique_id=name)
        Executor(context).Do({"examples": [examples]}, outputs, properties)
        best = json.loads((self.root / name / "best_hyperparameters" / "best_hyperparameters.txt").read_text())
        results = json.loads((self.root / name / "tuner_results" / "tuner_results.json").read_text())
        return best, results


def _write_examples(root):
    _write_split(root / "examples" / "Split-train", 24, seed=1)
    _write_split(root / "examples" / "Split-eval", 9, seed=2)
    # Reading it would fail.
    (root / "examples" / "Split-test").mkdir()
    (root / "examples" / "Split-test" / "part-00000-of-00001.gz").write_text("not for the search")


@pytest.fixture(autouse=True, scope="module")
def eager():
    """Spare the making of graphs: it takes far longer than these few steps."""
    compile_model = objective.compile_model

    def compile_eagerly(model, *arguments):
        compile_model(model, *arguments)
        model.run_eagerly = True

    with pytest.MonkeyPatch.context() as patch:
        # TFX reloads the module of tuner_fn, which imports it from here again.
        patch.setattr(objective, "compile_model", compile_eagerly)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of an execution and what it gave."""
    root = tmp_path_factory.mktemp("finished")
    _write_examples(root)
    return root, Run(root).execute("first")


def test_the_search_ends_in_hyperparameters_that_the_trainer_can_build(finished):
    root, (best, results) = finished
    search = read_search(root / "tuning" / "digest")
    assert (search.algorithm, search.max_trials) == ("random", 2)
    assert [trial.status for trial in search.trials] == ["completed"] * 2
    assert len(results) == 2
    values = keras_tuner.HyperParameters.from_config(best).values
    winner = max(search.trials, key=lambda trial: trial.score)
    assert values == winner.hyperparameters
    parameters = architecture_parameters(own_cnn.DEFAULTS, values, {})
    assert {name: parameters[name] for name in values} == values
    model = own_cnn.build(parameters, NetworkSpec(IMAGE_PX, len(CLASSES), 0))
    assert model.count_params() == winner.parameter_count <= TUNING.max_parameters
    assert json.loads((root / "tuning" / "digest" / "trials.json").read_text())["algorithm"] == "random"
    assert {path.name for path in (root / "tuning" / "digest" / "logs").iterdir()} == {"0", "1"}


def test_an_unchanged_rerun_reads_no_data_prints_nothing_and_gives_the_same(finished, tmp_path, capsys):
    root, expected = finished
    shutil.copytree(root / "tuning", tmp_path / "tuning")
    (tmp_path / "examples").mkdir()
    assert Run(tmp_path).execute("second") == expected
    assert capsys.readouterr().out == ""


def test_a_search_in_two_parts_and_in_another_folder_gives_the_same(finished):
    root, expected = finished
    other = Run(root, directory=str(root / "tuning" / "other"))
    other.custom["tuning"] = {**other.custom["tuning"], "max_trials": 1}
    other.execute("half")
    other.custom["tuning"] = {**other.custom["tuning"], "max_trials": 2}
    assert other.execute("rest") == expected


def test_two_worker_processes_train_the_candidates_of_one(finished, caplog):
    root, (_, results) = finished
    other = Run(root, directory=str(root / "tuning" / "workers"))
    other.custom["tuning"] = {**other.custom["tuning"], "workers": 2}
    with caplog.at_level("INFO", logger="cxr.progress"):
        best, found = other.execute("workers")
    search = read_search(root / "tuning" / "workers")
    assert [trial.status for trial in search.trials] == ["completed"] * 2
    assert {trial.worker for trial in search.trials} <= {"worker1", "worker2"}
    assert all(f"worker{number} is process " in caplog.text for number in (1, 2))

    # The scores differ in the last digits: here they are of compiled graphs.
    def values(rows):
        return sorted(({**row, "score": None} for row in rows), key=lambda row: row["trial_id"])

    assert values(found) == values(results)
    winner = max(search.trials, key=lambda trial: trial.score)
    assert keras_tuner.HyperParameters.from_config(best).values == winner.hyperparameters


@pytest.fixture(scope="module")
def offered(tmp_path_factory):
    """Set up a search over some examples, and give its hypermodel and what it is fitted with."""
    root = tmp_path_factory.mktemp("offered")
    _write_examples(root)

    def offer(name, trainer, **tuning):
        config = TUNING.model_copy(update=tuning)
        custom = Run(
            root,
            trainer=trainer.model_dump(mode="json"),
            tuning=config.model_dump(mode="json"),
            directory=str(root / "tuning" / name),
            augmentation="off",
        ).custom
        files = {split: [str(root / "examples" / f"Split-{split}" / "*")] for split in ("train", "eval")}
        result = tuner_fn(FnArgs(train_files=files["train"], eval_files=files["eval"], custom_config=custom))
        return result.tuner.hypermodel, result.fit_kwargs

    return offer


def candidate(**values):
    parameters = keras_tuner.HyperParameters()
    for name, value in values.items():
        parameters.Fixed(name, value)
    return parameters


def rates(optimizer, steps):
    found = []
    for step in range(steps):
        optimizer.iterations.assign(step)
        found.append(float(optimizer.learning_rate))
    return found


def loss_of(model):
    return float(model.loss(np.array([[1, 0, 0]], np.float32), np.array([[0.6, 0.3, 0.1]], np.float32)))


def test_the_values_of_a_trial_reach_its_network_optimizer_rate_and_loss(offered):
    hypermodel, fitted_with = offered("values", TrainerConfig(parameters={"block": "plain"}), epochs=3)
    chosen = {"optimizer": "sgd", "schedule": "constant", "weight_decay": 0.125, "label_smoothing": 0.3, "learning_rate": 0.5}
    model = hypermodel.build(candidate(stages=2, width=6, dropout=0.4, **chosen))
    assert fitted_with["epochs"] == 3
    assert model.get_layer("stem_conv").filters == 6
    assert model.get_layer("dropout").rate == 0.4
    assert "stage1_sum" not in [layer.name for layer in model.layers]
    assert isinstance(model.optimizer, keras.optimizers.SGD)
    assert model.optimizer.weight_decay == 0.125
    assert rates(model.optimizer, 9) == [0.5] * 9
    assert loss_of(model) == pytest.approx(-(0.8 * np.log(0.6) + 0.1 * np.log(0.3) + 0.1 * np.log(0.1)), rel=1e-5)


def test_what_a_trial_does_not_choose_is_the_trainers(offered):
    trainer = TrainerConfig(learning_rate=0.25, weight_decay=0.5, balance="focal", parameters={"dropout": 0.6, "width": 2, "stages": 2})
    hypermodel, _ = offered("rest", trainer, epochs=3, objective="auc")
    model = hypermodel.build(candidate(learning_rate=0.125))
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert model.optimizer.weight_decay == 0.5
    assert model.get_layer("dropout").rate == 0.6
    # Three epochs of three batches, the first of them warm-up.
    found = rates(model.optimizer, 10)
    assert (int(np.argmax(found)), found[3], found[9]) == (3, pytest.approx(0.25), pytest.approx(0.0025))
    assert loss_of(model) == pytest.approx(-(0.4**2) * np.log(0.6), rel=1e-5)


def test_a_trial_learns_from_the_batches_of_the_trainer(offered, monkeypatch):
    hypermodel, _ = offered("batches", TrainerConfig(mixup=1.0), batch_size=6)
    given = []
    monkeypatch.setattr(keras.Model, "fit", lambda model, training, **named: given.append((training, named["validation_data"])))
    hypermodel.fit(candidate(), keras.Sequential())
    training, validation = ([parts[1] for parts in batches.as_numpy_iterator()] for batches in given[0])
    assert [len(targets) for targets in training] == [6] * 4
    assert any(((targets > 0.05) & (targets < 0.95)).any() for targets in training)
    np.testing.assert_array_equal(np.concatenate(validation).argmax(axis=1), np.arange(9) % 3)


def test_a_trial_is_trained_without_the_robust_method_of_the_trainer(offered, monkeypatch):
    hypermodel, _ = offered("robust", TrainerConfig(balance="none", robust={"method": "group_dro"}), batch_size=6)
    given = []
    monkeypatch.setattr(keras.Model, "fit", lambda model, training, **named: given.append(training))
    hypermodel.fit(candidate(), keras.Sequential())
    targets = np.concatenate([parts[1] for parts in given[0].as_numpy_iterator()])
    # Group DRO draws images with replacement; a plain epoch has each of the 24 once.
    np.testing.assert_array_equal(targets.sum(axis=0), [8, 8, 8])


def test_a_trial_of_a_pretrained_network_trains_its_head_alone(offered, tmp_path):
    start = own_cnn.build({**own_cnn.DEFAULTS, "stages": 2, "width": 4}, NetworkSpec(IMAGE_PX, len(CLASSES), 8))
    start.save(tmp_path / "model.keras")
    hypermodel, _ = offered("pretrained", TrainerConfig(initial_weights=str(tmp_path / "model.keras")))
    model = hypermodel.build(candidate(stages=2, width=4))
    assert {layer.name for layer in model.layers if layer.trainable_weights} == {LOGITS}
    np.testing.assert_array_equal(model.get_layer("stem_conv").kernel, start.get_layer("stem_conv").kernel)


def test_data_that_cannot_be_trained_on_end_the_search_with_their_own_error(tmp_path):
    _write_examples(tmp_path)
    for path in (tmp_path / "examples" / "Split-eval").iterdir():
        path.unlink()
    with pytest.raises(DataRefusedError):
        Run(tmp_path).execute("first")
    assert [trial.status for trial in read_search(tmp_path / "tuning" / "digest").trials] == ["interrupted"]


def test_search_and_training_go_by_the_same_metric():
    assert TuningConfig().objective == TrainerConfig().objective
