import json
from pathlib import Path

import numpy as np
import pytest

from components.evaluator.slices import BASELINE, CANDIDATE, Slices, make_row
from components.predictions.table import Predictions
from components.reporter.collect_changes import read_changes
from components.reporter.collect_predictions import macro_recall, sureness
from components.reporter.collect_trials import read_search

CLASSES = ("normal", "covid19")


def predictions(label_index: list[int], probabilities: list[list[float]]) -> Predictions:
    n = len(label_index)
    text = np.array([""] * n)
    return Predictions(
        classes=np.array(CLASSES),
        id=text,
        group=text,
        source=text,
        split=text,
        view=text,
        label=text,
        label_index=np.array(label_index, np.int64),
        probabilities=np.array(probabilities, np.float32).reshape(n, 2),
        embedding=np.zeros((n, 1), np.float32),
    )


def test_macro_recall_by_hand() -> None:
    table = predictions([0, 0, 0, 1], [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
    assert macro_recall(table) == pytest.approx((2 / 3 + 1) / 2)
    assert macro_recall(table.subset(table.label_index == 0)) is None
    assert macro_recall(predictions([], [])) is None


def test_sureness_by_hand() -> None:
    found = sureness(predictions([0, 0, 1], [[1.0, 0.0], [0.42, 0.58], [0.5, 0.5]]))
    assert found.edges == pytest.approx(np.linspace(0.5, 1, 11))
    assert found.right == (0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    assert found.wrong == (1, 1, 0, 0, 0, 0, 0, 0, 0, 0)


def test_changes_beside_the_baseline(tmp_path: Path) -> None:
    rows = [
        make_row({}, CLASSES, [[3, 1], [0, 4]], {}),
        make_row({"label": "covid19"}, CLASSES, [[0, 0], [0, 4]], {}),
        make_row({"label": "normal"}, CLASSES, [[3, 1], [0, 0]], {}),
    ]
    old = [make_row({}, CLASSES, [[2, 2], [0, 4]], {}), make_row({"label": "normal"}, CLASSES, [[2, 2], [0, 0]], {})]
    Slices(CLASSES, {CANDIDATE: rows, BASELINE: old}).save(tmp_path)
    change, of_one_class = read_changes(tmp_path)
    assert (change.metric, change.candidate, change.baseline, change.difference) == ("macro_recall", 0.875, 0.75, 0.125)
    assert (of_one_class.metric, of_one_class.difference) == ("accuracy", 0.25)


def test_no_earlier_model_is_no_change(tmp_path: Path) -> None:
    Slices(CLASSES, {CANDIDATE: [make_row({}, CLASSES, [[3, 1], [0, 4]], {})]}).save(tmp_path)
    assert read_changes(tmp_path) == ()


@pytest.mark.parametrize(("direction", "order"), [("max", ["b", "a", "c"]), ("min", ["a", "b", "c"])])
def test_trials_are_ranked_with_failures_last(tmp_path: Path, direction: str, order: list[str]) -> None:
    trials = [
        {"trial_id": "c", "status": "FAILED", "score": None, "reason": "out of memory"},
        {"trial_id": "a", "status": "completed", "score": 0.0, "curves": {"val_macro_recall": [0.0]}},
        {"trial_id": "b", "status": "completed", "score": 0.5},
    ]
    content = {"objective": "val_macro_recall", "direction": direction, "algorithm": "random", "trials": trials}
    (tmp_path / "trials.json").write_text(json.dumps(content))
    found = read_search(tmp_path)
    assert found is not None
    assert [trial.trial_id for trial in found.trials] == order
    assert found.trials[-1].order == 1
    assert found.trials[-1].status == "failed"
    assert {trial.trial_id: trial.curve for trial in found.trials}["a"] == (0.0,)


def test_no_search_is_no_search(tmp_path: Path) -> None:
    assert read_search(None) is None
    assert read_search(tmp_path) is None
