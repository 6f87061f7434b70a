"""The end of a run: the report in its place, the slice table, and whether the model was blessed."""

import json
import shutil
from pathlib import Path
from typing import Any

from components.base.errors import ExitCode
from components.evaluator.slices import SliceReport, format_table
from pipeline.console import Console
from pipeline.run_record import RunRecord
from pipeline.wiring import WiredRun


def conclude(wired: WiredRun, record: RunRecord, console: Console) -> tuple[int, Path]:
    """Copy what a reader wants into the run's folder, and say what came out.

    Returns:
      The exit code, DONE or NOT_BLESSED, and the path of the report.
    """
    for node, key, names in (
        ("reporter", "report", ("report.html", "report.json")),
        ("slices", "slices", ("slices.json",)),
        ("gate", "blessing", ("gate.json",)),
    ):
        folder = _existing(wired.output(node, key))
        for name in names:
            shutil.copyfile(folder / name, record.folder / name)
    gate = json.loads((record.folder / "gate.json").read_text(encoding="utf-8"))
    console.line()
    _show_slices(record.folder / "slices.json", console)
    console.line()
    for line in _verdict_lines(gate):
        console.line(line, event="verdict", blessed=gate["blessed"], text=line)
    record.finish("blessed" if gate["blessed"] else "not blessed")
    return int(ExitCode.DONE if gate["blessed"] else ExitCode.NOT_BLESSED), record.folder / "report.html"


def _existing(folder: Path | None) -> Path:
    if folder is None:
        raise FileNotFoundError("a node is complete in ML Metadata, but its output is not there")
    return folder


def _show_slices(path: Path, console: Console) -> None:
    report = SliceReport.load(path)
    for line in format_table(report, by="source").splitlines():
        console.line(line, event="slices", text=line)


def _verdict_lines(gate: dict[str, Any]) -> list[str]:
    if gate["blessed"]:
        return ["blessed: every threshold is met, and the model was pushed"]
    failed = [check["text"] for check in gate["checks"] if not check["passed"]]
    return ["NOT blessed, and not pushed:", *(f"  {text}" for text in failed)]
