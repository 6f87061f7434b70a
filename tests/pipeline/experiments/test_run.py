"""What a run refuses before its first training, and what it says of its trainings."""

import pytest

from components.base.errors import UsageError
from pipeline.experiments.experiment import Experiment
from pipeline.experiments.run import Request, configure, run


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
