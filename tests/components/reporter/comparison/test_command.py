import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from components.reporter.__main__ import main
from tests.components.reporter.comparison.conftest import FIRST, SECOND
from tests.components.reporter.outline import Outline
from tests.components.reporter.simulated import Scenario
from tests.components.reporter.written_run import PIPELINE, write_run

SCRIPT = "<script>alert(1)</script>"
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def written(two_runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("page")
    assert main(["compare", str(two_runs / "runs" / FIRST), str(two_runs), "--to", str(target)]) == 0
    return target


def test_page_and_numbers_say_the_same(written: Path) -> None:
    outline = Outline((written / "compare.html").read_text(encoding="utf-8"))
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert {address.removeprefix("#") for address in outline.addresses if address.startswith("#")} <= set(outline.ids)
    assert all(address.startswith(("#", "data:")) for address in outline.addresses)
    numbers = json.loads((written / "compare.json").read_text())
    text = outline.visible()
    for sentence in numbers["sentences"]:
        assert sentence["text"] in text
    whole = next(row for row in numbers["slices"] if row["slice"] == {})
    difference = whole["metrics"]["macro_recall"]["difference"]
    assert f"{difference['value']:+.3f}" in text
    assert difference["low"] > 0
    assert numbers["first"]["run_id"] == FIRST
    assert [check["second"]["passed"] for check in numbers["checks"] if check["first"] is None]


def test_the_sentences_come_before_the_figures(written: Path) -> None:
    page = (written / "compare.html").read_text(encoding="utf-8")
    assert page.index("judged the same 229 test images") < page.index('id="runs"') < page.index('id="slices"')


def test_no_path_and_no_patient(written: Path) -> None:
    text = (written / "compare.html").read_text(encoding="utf-8") + (written / "compare.json").read_text()
    assert "deadbeefdeadbeef" not in text
    assert "aaaabbbb" not in text
    assert not re.search(r"/(home|work|tmp|data|root)/", text)


def test_the_table_and_the_path_are_printed(two_runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = (two_runs / "metadata.sqlite").read_bytes()
    output = tmp_path / "output"
    shutil.copytree(two_runs, output)
    assert main(["compare", str(output / "runs" / FIRST), str(output)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == str(output / "comparisons" / f"{FIRST}_{SECOND}" / "compare.html")
    assert any(
        re.match(r"accuracy, all  +0\.\d{3} \[.*\]  +0\.\d{3} \[.*\]  +\+0\.\d{3} \[\+0\.\d{3}, \+0\.\d{3}\]", line) for line in lines
    )
    assert (two_runs / "metadata.sqlite").read_bytes() == database


def test_a_script_stays_text(tmp_path: Path, write_folders) -> None:
    output = tmp_path / "output"
    cells = {(SCRIPT, label): (28, 6, 12) for label in ("normal", "pneumonia", "covid19")}
    for run_id, note in ((FIRST, "a"), (SECOND, SCRIPT)):
        scenario = Scenario(
            cells=cells, worst_source=SCRIPT, pushed_version=note, audit_words=(SCRIPT,), config_yaml=f"seed: 7\nnote: {note}\n{note}: 1\n"
        )
        folders = write_folders(output / "pipeline" / PIPELINE / run_id, scenario)
        write_run(output, folders, scenario, run_id, code_digests={"gate": note})
    assert main(["compare", str(output / "runs" / FIRST), str(output), "--to", str(tmp_path)]) == 0
    page = (tmp_path / "compare.html").read_text(encoding="utf-8")
    assert SCRIPT not in page
    assert page.count("<script>") == 1
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{output}", "{output}"], f"both are run {SECOND}"),
        (["{output}"], "the following arguments are required: RUN_B"),
        (["{output}", "{output}/absent"], "no such folder"),
        (["{output}", "{output}/runs/" + FIRST, "--to", "{output}/pipeline"], "is not written over"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(two_runs: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *(text.format(output=two_runs) for text in arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1


def test_neither_tensorflow_nor_tfx_is_imported(two_runs: Path, tmp_path: Path) -> None:
    code = f"""
import sys
from components.reporter.__main__ import main
assert main(["compare", {str(two_runs / "runs" / FIRST)!r}, {str(two_runs)!r}, "--to", {str(tmp_path)!r}]) == 0
assert not {{"tensorflow", "tfx", "keras", "apache_beam", "sklearn"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
