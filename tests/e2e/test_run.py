import csv
import fcntl
import io
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[2]


def test_the_last_line_is_the_report_and_the_console_stays_short(workshop: Any, cached_run: Any) -> None:
    assert cached_run.code == 0, cached_run.err
    report = Path(cached_run.out.splitlines()[-1])
    assert report.name == "report.html"
    assert report.parent == workshop.output / "runs" / workshop.record()["run_id"]
    assert len(cached_run.err.splitlines()) + len(cached_run.out.splitlines()) < 60
    assert "phantom" in report.read_text().lower()
    assert report.with_name("report.json").is_file()
    assert (report.parent / "run.log").stat().st_size > 0


def test_an_unchanged_run_is_cached_to_the_last_node(workshop: Any, cached_run: Any) -> None:
    states = workshop.states()
    assert {node for node, state in states.items() if state != "cached"} <= {"baseline", "reporter"}


def test_the_slice_table_is_printed_and_read_again(workshop: Any, cached_run: Any) -> None:
    assert "phantom_site_a" in cached_run.err
    done = workshop.call(sys.executable, "-m", "components.evaluator", "slices", str(workshop.output), "--format", "json")
    assert done.code == 0, done.err
    rows = json.loads(done.out)
    assert rows
    slices = json.loads((workshop.output / "runs" / workshop.record()["run_id"] / "slices.json").read_text())
    overall = next(row for row in slices["models"]["candidate"] if row["slice"] == {})
    assert overall["n"] == sum(map(sum, overall["confusion"]))


def test_the_trials_can_be_inspected(workshop: Any, cached_run: Any) -> None:
    done = workshop.call(sys.executable, "-m", "tuning.inspect", str(workshop.output), "--format", "csv")
    assert done.code == 0, done.err
    assert len(list(csv.DictReader(io.StringIO(done.out)))) == 2


def test_the_report_is_made_again_to_the_byte(workshop: Any, cached_run: Any, tmp_path: Path) -> None:
    done = workshop.call(sys.executable, "-m", "components.reporter", str(workshop.output), "--to", str(tmp_path))
    assert done.code == 0, done.err
    run = workshop.output / "runs" / workshop.record()["run_id"]
    for name in ("report.json", "report.html"):
        assert (tmp_path / name).read_bytes() == (run / name).read_bytes()


def test_a_single_image_is_explained(workshop: Any, cached_run: Any, tmp_path: Path) -> None:
    """The command draws the map that the report's gallery shows of the same image."""
    shards = sorted(map(str, (workshop.output / workshop.record()["records"]).glob("examples/test/*")))
    gallery = sorted(workshop.output.glob("pipeline/*/explainer/explanations/*"), key=lambda path: int(path.name))[-1]
    shown = next(each for each in json.loads((gallery / "explanations.json").read_text())["examples"])
    code = f"""
import tensorflow as tf
for raw in tf.data.TFRecordDataset({shards!r}):
    values = tf.train.Example.FromString(raw.numpy()).features.feature
    if values["id"].bytes_list.value[0].decode() == {shown["id"]!r}:
        open({str(tmp_path / "image.png")!r}, "wb").write(values["image/encoded"].bytes_list.value[0])
"""
    assert workshop.call(sys.executable, "-c", code).code == 0
    drawn = tmp_path / "drawn"
    done = workshop.call(
        *(sys.executable, "-m", "components.explainer", str(tmp_path / "image.png"), "--model", str(workshop.output)),
        *("--output", str(drawn), "--format", "json"),
    )
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert answer["explained_class"] == shown["explained_class"]
    (path,) = drawn.iterdir()
    with Image.open(path) as pair, Image.open(gallery / shown["image"]) as image, Image.open(gallery / shown["overlay"]) as overlay:
        left, right = np.split(np.asarray(pair), 2, axis=1)
        np.testing.assert_array_equal(left[..., 0], np.asarray(image))
        ours = np.asarray(overlay)
    assert (right[..., 0] != right[..., 2]).any()
    # The gallery outlines what is known, and that alone.
    near_outline = ndimage.binary_dilation((ours == (0, 229, 255)).all(axis=2), iterations=2)
    assert near_outline.mean() < 0.5
    assert np.abs(right.astype(int) - ours)[~near_outline].max() <= 1


def test_the_slices_agree_with_the_predictions(workshop: Any, cached_run: Any) -> None:
    """TFMA's counts of the test split are those of the predictions node, which runs the model by itself."""
    path = next(workshop.output.glob("pipeline/*/predictions/predictions/*/predictions.npz"))
    with np.load(path, allow_pickle=False) as arrays:
        test = arrays["split"] == "test"
        truth = arrays["label_index"][test]
        guess = arrays["probabilities"][test].argmax(axis=1)
        classes = len(arrays["classes"])
    confusion = np.zeros((classes, classes), int)
    np.add.at(confusion, (truth, guess), 1)
    slices = json.loads((workshop.output / "runs" / workshop.record()["run_id"] / "slices.json").read_text())
    overall = next(row for row in slices["models"]["candidate"] if row["slice"] == {})
    assert overall["confusion"] == confusion.tolist()


def test_the_pushed_model_answers_alike_by_both_doors(workshop: Any, cached_run: Any) -> None:
    version = sorted((workshop.output / "serving").iterdir())[-1]
    assert re.fullmatch(r"\d+", version.name)
    shard = next((workshop.output / workshop.record()["records"]).glob("examples/test/*"))
    code = f"""
import schemas, tensorflow as tf, numpy as np
model = tf.saved_model.load({str(version)!r})
examples = [raw.numpy() for raw in tf.data.TFRecordDataset({str(shard)!r}).take(5)]
images = [tf.train.Example.FromString(raw).features.feature["image/encoded"].bytes_list.value[0] for raw in examples]
one = model.signatures["serving_default"](examples=tf.constant(examples))["probabilities"].numpy()
two = model.signatures["encoded_images"](images=tf.constant(images))["probabilities"].numpy()
np.testing.assert_allclose(one, two, atol=1e-6)
np.testing.assert_allclose(one.sum(axis=1), 1, atol=1e-5)
print(one.shape)
"""
    done = workshop.call(sys.executable, "-c", code)
    assert done.code == 0, done.err
    assert done.out.strip() == "(5, 3)"


def test_the_pushed_model_is_scored_on_images_that_it_never_saw(workshop: Any, cached_run: Any, tmp_path: Path) -> None:
    """What travels with the model (`assets.extra`) is all that the command needs of its training."""
    made = workshop.call(sys.executable, "-m", "components.phantom", "--output", str(tmp_path / "other"), "--images", "36", "--seed", "7")
    assert made.code == 0, made.err
    newest = sorted((workshop.output / "serving").iterdir())[-1]
    model = shutil.copytree(newest, tmp_path / "model" / newest.name)
    done = workshop.call(
        *(sys.executable, "-m", "components.evaluator", "--model", str(model), "--data", made.out.strip()),
        *("--output", str(tmp_path / "scored")),
    )
    assert done.code == 0, done.err
    assert Path(done.out.splitlines()[-1]) == tmp_path / "scored" / "report.html"
    with (tmp_path / "scored" / "predictions.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 36


def test_a_second_run_elsewhere_gives_the_same_shards_and_metrics(workshop: Any, cached_run: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert workshop.run(output=other).code == 0
    here, there = workshop.record(), workshop.record(other)
    assert here["records"] == there["records"]
    for path in sorted((other / there["records"]).rglob("*.tfrecord")):
        assert path.read_bytes() == (workshop.output / path.relative_to(other)).read_bytes()
    rows = [
        json.loads((sorted(root.glob("runs/*/slices.json"))[-1]).read_text())["models"]["candidate"] for root in (workshop.output, other)
    ]
    assert rows[0] == rows[1]
    # Metrics of few images may agree by chance; scores and losses do not.
    assert _search_and_training(workshop.output) == _search_and_training(other)


def _search_and_training(output: Path) -> tuple[Any, Any]:
    trials = json.loads(next(output.glob("tuning/*/trials.json")).read_text())["trials"]
    history = json.loads(next(output.glob("pipeline/*/trainer/model_run/*/history.json")).read_text())
    losses = [[epoch["loss"], epoch["val_loss"]] for epoch in history["epochs"]]
    return [(trial["hyperparameters"], trial["score"], trial["curves"]) for trial in trials], losses


def test_one_changed_line_reruns_what_depends_on_it(workshop: Any, cached_run: Any, copy_of_project: Callable[[], Path]) -> None:
    project = copy_of_project()
    with (project / "components/explainer/overlay.py").open("a") as file:
        file.write("\n_A_CHANGED_LINE = 1\n")
    assert workshop.run(root=project).code == 0
    states = workshop.states()
    assert states["explainer"] == states["reporter"] == "complete"
    assert states["trainer"] == states["transform"] == states["predictions"] == states["gate"] == "cached"


def test_an_anomaly_stops_the_run_with_its_text(workshop: Any, copy_of_project: Callable[[], Path], tmp_path: Path) -> None:
    project = copy_of_project()
    schema = project / "schemas" / "schema.pbtxt"
    schema.write_text(schema.read_text().replace('value: "AP" ', ""))
    done = workshop.run(root=project, output=tmp_path / "output")
    assert done.code == 3, done.err
    assert "view" in done.err
    assert "AP" in done.err
    assert workshop.states(tmp_path / "output")["transform"] == "absent"


def test_a_model_under_its_threshold_exits_5_and_is_not_pushed(workshop: Any, cached_run: Any) -> None:
    pushed = sorted((workshop.output / "serving").iterdir())
    done = workshop.run("--set", "gate.value_thresholds=[{metric: recall/covid19, lower_bound: 1.5}]")
    assert done.code == 5, done.err
    assert "NOT blessed" in done.err
    assert "covid19" in done.err.split("NOT blessed")[1]
    assert sorted((workshop.output / "serving").iterdir()) == pushed
    report = Path(done.out.splitlines()[-1]).read_text()
    assert "not blessed" in report.lower()


def test_from_runs_a_cached_node_again(workshop: Any, cached_run: Any) -> None:
    assert workshop.run("--from", "reporter").code == 0
    assert workshop.states()["reporter"] == "complete"
    assert workshop.states()["explainer"] == "cached"


def test_an_interrupted_run_exits_130_and_lets_go_of_the_lock(workshop: Any, tmp_path: Path) -> None:
    command = [sys.executable, "run_pipeline.py", "--config", "tests/e2e/small.yaml", "--output", str(tmp_path / "output")]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A test run in the background of a shell has SIGINT ignored, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        seen += line
        if line.startswith("import_example_gen"):
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            break
    _, rest = process.communicate(timeout=120)
    assert process.returncode == 130, seen + rest
    assert "interrupted" in rest
    assert "Traceback" not in rest
    with (tmp_path / "output" / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_locked_output_folder_exits_6(workshop: Any, tmp_path: Path) -> None:
    with (tmp_path / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = workshop.run(output=tmp_path)
    assert done.code == 6
    assert "another run" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["--set", "trainer.epoch=3"], "did you mean 'trainer.epochs'"),
        (["--data", "/no/such/folder"], "/no/such/folder: no such folder"),
        (["--from", "trianer"], "did you mean 'trainer'"),
        (["--config", "absent.yaml"], "absent.yaml: cannot be read"),
        (["--data", "manifst=tests"], "did you mean 'manifest'"),
        (["--set", "data.columns=[patient_id]"], "names files or patients"),
        (["--set", "data.columns=[source]"], "every image has"),
        (["--set", "gate.value_thresholds=[{metric: accuracy, slice: {sorce: x}, lower_bound: 0}]"], "did you mean 'source'"),
        (["--set", "evaluator.prevalence={covid: 0.02}", "--dry-run"], "evaluator.prevalence: 'covid' is no class; there are normal, "),
        (
            ["--set", "gate.value_thresholds=[{metric: accuracy, slice: {age_band: 0-17}, lower_bound: 0}]", "--dry-run"],
            "gate: thresholds by age_band cannot be set",
        ),
        (["--output", "setup.py"], "setup.py: cannot be made"),
    ],
    ids=["flag", "key", "folder", "node", "file", "reader", "patients", "feature", "slice", "prevalence", "age", "output"],
)
def test_a_mistake_is_one_line_and_exit_2(workshop: Any, tmp_path: Path, arguments: list[str], message: str) -> None:
    done = workshop.call(sys.executable, "run_pipeline.py", "--output", str(tmp_path / "none"), *arguments)
    assert done.code == 2
    error = [line for line in done.err.splitlines() if "error:" in line]
    assert len(error) == 1
    assert message in error[0]
    assert "Traceback" not in done.err
    assert not (tmp_path / "none").exists()


def test_a_dry_run_writes_nothing(workshop: Any, tmp_path: Path) -> None:
    done = workshop.run("--dry-run", output=tmp_path / "none")
    assert done.code == 0
    assert "phantom" in done.out
    assert not (tmp_path / "none").exists()
