import json
import re
import shutil
from pathlib import Path

import pytest

from components.base.source_digest import source_digest
from components.reporter.__main__ import main
from components.reporter.draw import Told, draw
from components.reporter.redraw import CODE
from components.reporter.run_outputs import INPUTS, read_run
from tests.components.reporter.simulated import Scenario
from tests.components.reporter.written_run import PIPELINE, add_report, write_run

RUN = "20260101-120000-00"


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, write_folders) -> Path:
    output = tmp_path_factory.mktemp("redraw") / "output"
    folders = write_folders(output / "pipeline" / PIPELINE, Scenario())
    write_run(output, folders, Scenario(), RUN)
    return output


@pytest.fixture
def output(written: Path, tmp_path: Path) -> Path:
    """A copy, which also is an output folder that was moved: the database names the places of the first one."""
    shutil.copytree(written, tmp_path / "output")
    return tmp_path / "output"


def test_the_report_is_drawn_into_the_folder_of_the_run(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (output / "metadata.sqlite").read_bytes()
    assert main([str(output)]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == str(output / "runs" / RUN / "report.html")
    assert "has no report of its own" in err
    page = (output / "runs" / RUN / "report.html").read_text(encoding="utf-8")
    numbers = json.loads((output / "runs" / RUN / "report.json").read_text())
    assert "was pushed as version 3" in page
    assert numbers["provenance"]["run_id"] == RUN
    assert numbers["provenance"]["code_digest"] == source_digest(CODE)
    assert (output / "metadata.sqlite").read_bytes() == before


def test_it_opens_the_test_split_for_nobody_to_count(output: Path) -> None:
    counts = []
    for _ in range(2):
        assert main([str(output)]) == 0
        counts.append(json.loads((output / "runs" / RUN / "report.json").read_text())["provenance"]["openings"])
    # Of the nodes that score answers on test, write_run registers these three; the evaluator is not among the report's inputs.
    assert counts[0] == counts[1]
    assert counts[0]["by_node"] == {"evaluator": 0, "predictions": 1, "assessor": 1, "auditor": 1, "explainer": 1}


def test_the_bytes_are_those_of_the_node(output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = output / "pipeline" / PIPELINE / "report"
    own.mkdir()
    add_report(output, RUN, source_digest(CODE), own)
    # What the node does: it too bears the begin of its own execution, and is not among the nodes that it lists.
    run = read_run(output / "runs" / RUN)
    told = Told(RUN, "reporter", 7, source_digest(CODE), run.configuration, str(run.metadata), False, "3", run.reported_s)
    from components.reporter.collect import Folders

    draw(Folders(**run.inputs(), records=run.records, tuning=run.tuning), told, own)
    assert main([str(output), "--to", str(tmp_path / "again")]) == 0
    assert "the same bytes as the report of its reporter node" in capsys.readouterr().err
    assert (tmp_path / "again" / "report.html").read_bytes() == (own / "report.html").read_bytes()
    assert not (output / "runs" / RUN / "report.html").exists()


def test_other_code_is_said_and_dated_now(output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = output / "pipeline" / PIPELINE / "report"
    own.mkdir()
    for name in ("report.html", "report.json"):
        (own / name).write_text("as it was")
    add_report(output, RUN, "0123456789abcdef", own)
    assert main([str(output), "--to", str(tmp_path / "again")]) == 0
    assert re.search(r"drawn by other code \(\w{16}\) than its reporter node's \(0123456789abcdef\)", capsys.readouterr().err)
    assert (own / "report.html").read_text() == "as it was"


def test_a_run_that_did_not_come_so_far_names_the_node(output: Path, write_folders, capsys: pytest.CaptureFixture[str]) -> None:
    folders = write_folders(output / "pipeline" / PIPELINE / "second", Scenario())
    write_run(output, folders, Scenario(), "20260102-120000-00", without=("auditor", "explainer"))
    assert main([str(output)]) == 2
    error = capsys.readouterr().err
    assert "no finished node auditor, explainer; run run_pipeline.py" in error
    assert len(error.splitlines()) == 1
    assert main([str(output), "--run", RUN]) == 0


def test_a_removed_artifact_is_named(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(output / "pipeline" / PIPELINE / "audit")
    assert main([str(output)]) == 4
    assert "the audit of auditor were removed; run_pipeline.py --from auditor makes them again" in capsys.readouterr().err


def test_a_damaged_artifact_is_one_line(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (output / "pipeline" / PIPELINE / "blessing" / "gate.json").write_text("{")
    assert main([str(output)]) == 4
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert error
    assert "damaged or of another version (JSONDecodeError" in error[0]
    assert not (output / "runs" / RUN / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{output}/absent"], "no such folder"),
        (["{output}/runs"], "holds no run"),
        (["{output}", "--run", "x"], f"holds no run 'x'; it holds {RUN}"),
        (["{output}", "--to", "{output}/pipeline/x"], "is not written over; name another folder"),
        (["{output}", "--to", "{output}/metadata.sqlite"], "is not a folder"),
        (["{output}", "--nonsense"], "unrecognized arguments: --nonsense (see python -m components.reporter --help)"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(written: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([text.format(output=written) for text in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1


def test_a_run_that_failed_at_once_and_a_missing_database_are_usage(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = output / "runs" / RUN / "run.json"
    whole = record.read_text()
    record.write_text('{"run_id": "x", "state": "failed: DataRefusedError"}')
    assert main([str(output)]) == 2
    assert "ended before its first node (failed: DataRefusedError)" in capsys.readouterr().err
    record.write_text(whole)
    (output / "metadata.sqlite").unlink()
    assert main([str(output)]) == 2
    assert "metadata.sqlite: no such file" in capsys.readouterr().err


def test_every_input_of_the_reporter_is_looked_for() -> None:
    from components.reporter.component import ReporterSpec

    assert {*INPUTS, "pushed_model"} == set(ReporterSpec.INPUTS)
