"""What a run refuses before its first training, and what it says of its trainings."""

import re
from types import SimpleNamespace

import pytest
import tensorflow as tf

from components.base.errors import ExitCode, UsageError, UserError
from pipeline.experiments import cell
from pipeline.experiments.described import compare_folder
from pipeline.experiments.experiment import Experiment
from pipeline.experiments.page import render_page
from pipeline.experiments.run import Request, configure, run
from pipeline.experiments.table import render


def request(folder, *metrics, **more):
    settings = more.pop("settings", {})
    experiment = Experiment(
        name="some", title="some", settings=settings, variants={"a": {}, "b": {"seed": 1}}, seeds=(1,), metrics=metrics or ("accuracy",)
    )
    return Request(experiment, (), (), folder / "output", folder / "results", {}, **more)


@pytest.mark.parametrize(
    ("metric", "settings", "reason"),
    [
        ("called[covid]", {}, "no class 'covid'; did you mean 'covid19'"),
        ("auc[pneumonia,normal]", {"data": {"classes": ["normal", "covid19"]}}, "no class 'pneumonia'"),
        ("auc[pneumonia]", {"trainer": {"task": "multilabel", "objective": "auc"}}, "no class 'pneumonia'; did you mean 'Pneumonia'"),
        ("accuracy", {"trainer": {"task": "multilabel", "objective": "auc"}}, "a multilabel task has auc"),
    ],
)
def test_a_class_of_a_metric_is_looked_for_before_anything_is_read(tmp_path, metric, settings, reason):
    with pytest.raises(UsageError, match=reason):
        configure(request(tmp_path, metric, settings=settings))


def test_a_source_of_a_metric_is_looked_for_before_the_first_training(tmp_path, stub_images):
    with pytest.raises(UsageError, match="no images of source 'cohem'; did you mean 'cohen'"):
        run(request(tmp_path, "accuracy@cohem", dry_run=True))
    assert run(request(tmp_path, "accuracy@cohen", dry_run=True)) == 0


@pytest.fixture
def trainings(stub_images, monkeypatch, make_cell):
    """Runs whose trainings are stubs: `failing` maps a file's beginning to what it raises; gives the names of all that ran."""
    ran, failing = [], {}

    def run_cell(planned, experiment, *_):
        ran.append(planned.file_name)
        for start, error in failing.items():
            if planned.file_name.startswith(start):
                raise error
        return make_cell(
            identity=planned.identity,
            experiment=experiment,
            variant=planned.variant,
            division=planned.division.name,
            first_patient=1000 * len(ran),
            reference=planned.variant == "a",
        )

    monkeypatch.setattr(cell, "run_cell", run_cell)
    return SimpleNamespace(ran=ran, failing=failing)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UserError("The training loss is nan: the weights\n ran away."), "The training loss is nan: the weights ran away"),
        (MemoryError(), "out of memory; lower trainer.batch_size"),
        (tf.errors.ResourceExhaustedError(None, None, "OOM"), "out of memory; lower trainer.batch_size"),
    ],
)
def test_a_training_that_fails_is_written_down_and_the_grid_goes_on(tmp_path, trainings, capfd, error, reason):
    trainings.failing["b-seed-1-fold-0"] = error
    wanted = f"1 of 10 trainings failed, the first b, seed 1, fold 0 by patient: {reason}"
    with pytest.raises(UserError, match=re.escape(wanted)) as caught:
        run(request(tmp_path))
    assert caught.value.exit_code == ExitCode.STAGE_FAILED
    assert "\n" not in str(caught.value)
    assert len(trainings.ran) == len(set(trainings.ran)) == 10
    assert re.search(rf"2/10 +FAILED .*b, seed 1, fold 0 by patient: {re.escape(reason)}", capfd.readouterr().err)
    # It stands, until it is asked for again.
    with pytest.raises(UserError, match=re.escape(wanted)):
        run(request(tmp_path))
    assert "10 trainings, 9 of them done, of which 9 by another version of the code, 1 failed; " in capfd.readouterr().err
    assert len(trainings.ran) == 10
    trainings.failing.clear()
    assert run(request(tmp_path, again=True)) == 1
    assert run(request(tmp_path)) == 0
    assert len(list((tmp_path / "results").iterdir())) == 11


def test_a_failure_of_another_configuration_does_not_stand(tmp_path, trainings):
    trainings.failing["b-seed-1-fold-0"] = MemoryError()
    with pytest.raises(UserError, match="1 of 10"):
        run(request(tmp_path))
    for path in (tmp_path / "results").glob("*.json"):
        path.unlink()
    trainings.failing.clear()
    assert run(request(tmp_path, settings={"trainer": {"epochs": 2}})) == 10


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("a fault of ours")])
def test_an_interrupt_and_a_fault_of_ours_end_the_grid(tmp_path, trainings, error):
    trainings.failing["a-seed-1-fold-1"] = error
    with pytest.raises((KeyboardInterrupt, UserError)):
        run(request(tmp_path))
    assert len(trainings.ran) == 3
    assert not list((tmp_path / "results").glob("*.failed"))


def test_the_table_says_why_there_is_no_figure(tmp_path, trainings):
    trainings.failing.update({"b-": UserError("The loss is nan."), "a-seed-1-fold-3": MemoryError()})
    with pytest.raises(UserError, match="6 of 10"):
        run(request(tmp_path))
    comparison = compare_folder(tmp_path / "results")
    first, second = comparison.rows
    assert first.notes[-1] == "seed 1, fold 3 by patient: failed: out of memory; lower trainer.batch_size or transform.image_px"
    assert (first.cells, first.planned) == (4, 5)
    assert (second.variant, second.division, second.estimates[0].why_none) == ("b", "folds by patient", "failed: The loss is nan")
    assert "n/a (failed: The loss is nan)" in render(comparison, "table")
    page = render_page(comparison)
    assert "n/a (failed: The loss is nan)" in page
    assert "Seed 1, fold 3 by patient: failed: out of memory" in page


def test_results_of_another_version_of_the_code_are_counted(tmp_path, trainings, capfd, monkeypatch):
    assert run(request(tmp_path)) == 10
    run(request(tmp_path))
    assert "10 trainings, 10 of them done, of which 10 by another version of the code; " in capfd.readouterr().err
    monkeypatch.setattr("pipeline.experiments.run.code_version", lambda: "c0de")
    run(request(tmp_path))
    assert "10 trainings, 10 of them done; " in capfd.readouterr().err
