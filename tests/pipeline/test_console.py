import io
import json

import pytest

from components.base import progress
from pipeline import console as module
from pipeline.console import Console


def lines(stream: io.StringIO) -> list[str]:
    return stream.getvalue().splitlines()


def test_a_stage_is_one_line_with_its_state_and_remark() -> None:
    stream = io.StringIO()
    with Console(stream) as console, console.stage("ingest") as outcome:
        outcome[:] = ["reused", "360 images"]
    assert len(lines(stream)) == 1
    assert lines(stream)[0].split()[:2] == ["ingest", "reused"]
    assert lines(stream)[0].endswith("360 images")


def test_a_stage_that_raises_is_shown_as_failed() -> None:
    stream = io.StringIO()
    with Console(stream) as console, pytest.raises(KeyError), console.stage("trainer"):
        raise KeyError
    assert lines(stream)[0].split()[:2] == ["trainer", "FAILED"]


def test_a_notice_gets_a_line_and_nobody_listens_afterwards() -> None:
    stream = io.StringIO()
    with Console(stream) as console, console.stage("trainer"):
        progress.notice("trainer", "class weights: normal 0.8")
    progress.notice("trainer", "too late")
    assert lines(stream)[0].strip() == "class weights: normal 0.8"
    assert "too late" not in stream.getvalue()


def test_a_long_stage_gives_signs_of_life_that_become_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "_TICK_S", 3600)
    stream = io.StringIO()
    with Console(stream) as console, console.stage("trainer"):
        progress.report("trainer", 3, 12, "epoch 3")
        for second in range(0, 1800):
            now[0] = float(second)
            console._show(console._stage)  # type: ignore[arg-type]
    signs = [line for line in lines(stream) if line.startswith("  ...")]
    assert len(signs) == 4, "at 5, 30, 180 and 1080 s"
    assert "3/12 epoch 3" in signs[0]


def test_json_lines_can_be_parsed() -> None:
    stream = io.StringIO()
    with Console(stream, as_json=True) as console, console.stage("ingest") as outcome:
        outcome[1] = 'odd "name"\n'
    event = json.loads(lines(stream)[0])
    assert (event["event"], event["stage"], event["state"], event["remark"]) == ("stage", "ingest", "complete", 'odd "name"\n')
