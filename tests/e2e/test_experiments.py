"""An experiment on a small phantom, as a user runs it: killed, resumed, and refused where results would be mixed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
FILE = """
name: small
title: Two ways to balance
settings:
  phantom: {images: 72, image_px: 64}
  transform: {image_px: 32, views: 1}
  trainer: {epochs: 2, batch_size: 8, parameters: {stages: 2, width: 4}}
division: {kind: folds, folds: 2, by: [patient]}
seeds: [3]
reference: weighted
variants:
  weighted: {}
  drawn: {trainer.balance: source_class, augmentation: "off"}
metrics: [macro_recall, accuracy]
"""


def command(folder, *more):
    places = ["--set", f"data.private_dir={folder / 'private'}"]
    words = ["run", str(folder / "small.yaml"), *places, "--output", str(folder / "out"), "--results", str(folder / "results"), *more]
    return [sys.executable, "-m", "pipeline.experiments", *words]


def results(folder):
    return sorted(path for path in (folder / "results").glob("*.json") if path.name != "experiment.json")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Killed after its first training, then run to the end: the folder, the first result with its time, the second run's output."""
    folder = tmp_path_factory.mktemp("experiments")
    (folder / "small.yaml").write_text(FILE)
    first = subprocess.Popen(command(folder), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 500
    while not results(folder) and first.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    (kept,) = results(folder)
    stamp = kept.stat().st_mtime_ns
    second = subprocess.run(command(folder), cwd=ROOT, capture_output=True, text=True, timeout=800, check=False)
    return folder, kept, stamp, second


def test_a_killed_experiment_goes_on_where_it_was(finished):
    folder, kept, stamp, second = finished
    assert second.returncode == 0, second.stderr[-2000:]
    assert "4 trainings, 1 of them done" in second.stderr
    assert kept.stat().st_mtime_ns == stamp
    assert len(results(folder)) == 4
    assert second.stdout.strip().endswith("results")


def test_each_image_is_judged_once_by_each_variant(finished):
    folder, *_ = finished
    found = [json.loads(path.read_text()) for path in results(folder)]
    for variant in ("weighted", "drawn"):
        cells = [cell for cell in found if cell["variant"] == variant]
        assert [cell["division"] for cell in cells] == ["fold 0 by patient", "fold 1 by patient"]
        assert sum(len(cell["predictions"]["label"]) for cell in cells) == 72
        groups = [set(cell["predictions"]["group"]) for cell in cells]
        assert not groups[0] & groups[1]
        for cell in cells:
            probabilities = np.array(cell["predictions"]["probabilities"])
            assert probabilities.shape == (len(cell["predictions"]["label"]), 3)
            np.testing.assert_allclose(probabilities.sum(axis=1), 10_000, atol=2)
            assert cell["parameters"] > 0
            assert cell["training_images"] < 36
    orders = {cell["variant"]: cell["predictions"]["order"] for cell in found if cell["division"] == "fold 0 by patient"}
    assert len(set(orders.values())) == 1


def test_no_path_and_no_pseudonym_reaches_a_result(finished):
    folder, *_ = finished
    for path in results(folder):
        text = path.read_text()
        assert str(folder) not in text
        assert set(json.loads(text)["predictions"]) == {"order", "group", "source", "label", "probabilities"}


def test_results_of_another_configuration_are_not_mixed_in(finished):
    folder, *_ = finished
    again = subprocess.run(command(folder, "--set", "trainer.epochs=3"), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert again.returncode == 2
    assert "another configuration" in again.stderr
    assert "Traceback" not in again.stderr
