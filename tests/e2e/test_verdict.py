"""What blesses a model and what refuses it: the floors of the audit, and the model that was pushed before."""

import json
from pathlib import Path
from typing import Any

import pytest

AUDITED = Path(__file__).with_name("audited.yaml")
# Too little training to beat chance by much.
UNTRAINED = ("--set", "trainer.epochs=1", "--set", "trainer.learning_rate=1e-6", "--set", "augmentation=off")
TRAINED = ("--set", "trainer.epochs=12", "--set", "trainer.learning_rate=0.003")


def _pushed(output: Path) -> list[str]:
    return sorted(path.name for path in (output / "serving").glob("*"))


def _macro_recall(run: Path) -> float:
    rows = json.loads((run / "slices.json").read_text())["models"]["candidate"]
    return float(next(row for row in rows if row["slice"] == {})["macro_recall"])


@pytest.fixture(scope="module")
def shared_output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("second") / "output"


def test_a_better_second_model_replaces_the_first_and_a_worse_third_does_not(workshop: Any, shared_output: Path) -> None:
    first = workshop.run(*UNTRAINED, output=shared_output)
    assert first.code == 0, first.err
    assert len(_pushed(shared_output)) == 1

    second = workshop.run(*TRAINED, output=shared_output)
    assert second.code == 0, second.err
    pushed = _pushed(shared_output)
    assert len(pushed) == 2

    third = workshop.run(*UNTRAINED, output=shared_output)
    assert third.code == 5, third.err
    assert _pushed(shared_output) == pushed
    reason = third.err.split("NOT blessed")[1]
    assert "macro_recall" in reason
    assert "earlier blessed model" in reason

    scores = [_macro_recall(Path(run.out.splitlines()[-1]).parent) for run in (first, second, third)]
    assert scores[0] == scores[2]
    assert scores[1] > scores[0] + 0.02


def test_a_model_of_honest_images_is_blessed_over_its_floors(workshop: Any, tmp_path: Path) -> None:
    done = workshop.run(output=tmp_path / "output", config=AUDITED)
    assert done.code == 0, done.err
    assert len(_pushed(tmp_path / "output")) == 1
    decided = json.loads((Path(done.out.splitlines()[-1]).parent / "gate.json").read_text())
    excess = next(check for check in decided["checks"] if check["kind"] == "excess")
    assert excess["value"] > excess["bound"] == 0.01


def test_a_model_of_images_with_a_mark_for_the_class_is_refused_and_told_why(workshop: Any, tmp_path: Path) -> None:
    done = workshop.run(
        *("--set", "phantom.shortcut=1.0", "--set", "trainer.epochs=3", "--set", "transform.views=1"),
        output=tmp_path / "output",
        config=AUDITED,
    )
    assert done.code == 5, done.err
    assert _pushed(tmp_path / "output") == []
    reason = done.err.split("NOT blessed")[1]
    assert "the border of the image" in reason
    assert "gate.min_excess_over_floor" in reason
    report = Path(done.out.splitlines()[-1]).read_text()
    assert "gate.min_excess_over_floor" in report
