"""What blesses a model and what refuses it: the floors of the audit, and the model that was pushed before."""

import json
from pathlib import Path
from typing import Any

import pytest

AUDITED = Path(__file__).resolve().parents[2] / "pipeline" / "configs" / "audited.yaml"
# Too little training to be more than chance, and a gate that asks only not to be worse than the model before.
_UNTRAINED = (
    *("--set", "trainer.epochs=1", "--set", "trainer.learning_rate=1e-6"),
    *("--set", "gate.value_thresholds=[{metric: macro_recall, slice: {}, lower_bound: 0.0}]"),
    *("--set", "gate.min_excess_over_floor=null", "--set", "gate.min_gap_over_blind_floors=null"),
)


@pytest.fixture(scope="module")
def in_turn(workshop: Any, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, list[str]]]:
    """An untrained model, a trained one and the untrained one again, each with what was pushed by then."""
    output = tmp_path_factory.mktemp("verdict") / "output"
    return [(workshop.run(*given, output=output, config=AUDITED), _pushed(output)) for given in (_UNTRAINED, (), _UNTRAINED)]


def test_a_model_of_honest_images_is_blessed_over_its_floors(in_turn: list[tuple[Any, list[str]]]) -> None:
    done, _ = in_turn[1]
    assert done.code == 0, done.err
    checks = json.loads((_folder(done) / "gate.json").read_text())["checks"]
    excess = next(check for check in checks if check["kind"] == "excess")
    assert excess["value"] > excess["bound"] == 0.001


def test_a_better_second_model_replaces_the_first(in_turn: list[tuple[Any, list[str]]]) -> None:
    (first, pushed_first), (second, pushed_second), _ = in_turn
    assert first.code == second.code == 0, first.err + second.err
    assert _macro_recall(second) > _macro_recall(first) + 0.02
    assert len(pushed_first) == 1
    assert pushed_second[:-1] == pushed_first


def test_a_worse_model_is_refused_and_the_one_before_stays_pushed(in_turn: list[tuple[Any, list[str]]]) -> None:
    (first, _), (_, pushed_second), (third, pushed_third) = in_turn
    assert third.code == 5, third.err
    assert pushed_third == pushed_second
    assert _macro_recall(third) == _macro_recall(first)
    reason = third.err.split("NOT blessed")[1]
    assert "macro_recall of the whole test split" in reason
    assert "earlier blessed model" in reason


def test_a_model_of_images_whose_mark_tells_the_class_is_refused_and_told_why(workshop: Any, tmp_path: Path) -> None:
    few = ("--set", "trainer.epochs=3", "--set", "transform.views=1")
    done = workshop.run("--set", "phantom.shortcut=1.0", *few, output=tmp_path / "output", config=AUDITED)
    assert done.code == 5, done.err
    assert _pushed(tmp_path / "output") == []
    reason = done.err.split("NOT blessed")[1]
    assert "the border of the image" in reason
    assert "gate.min_excess_over_floor" in reason
    assert "the border of the image" in (_folder(done) / "report.html").read_text()


def _folder(done: Any) -> Path:
    return Path(done.out.splitlines()[-1]).parent


def _pushed(output: Path) -> list[str]:
    return sorted(path.name for path in (output / "serving").glob("*"))


def _macro_recall(done: Any) -> float:
    rows = json.loads((_folder(done) / "slices.json").read_text())["models"]["candidate"]
    return float(next(row for row in rows if row["slice"] == {})["macro_recall"])
