"""The end of a run: the report in its place, the slice table, and whether the model was blessed."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from components.base.errors import ExitCode
from components.evaluator.assessment import Assessment
from components.evaluator.assessment_table import summary
from pipeline.console import Console
from pipeline.run_record import RunRecord
from pipeline.served import served_model
from pipeline.wiring import WiredRun
from schemas.features import SOURCE


def conclude(wired: WiredRun, record: RunRecord, console: Console) -> tuple[int, Path]:
    """Copy what a reader wants into the run's folder, and say what came out.

    Returns:
      The exit code, DONE or NOT_BLESSED, and the path of the report.
    """
    for node, key, names in (
        ("reporter", "report", ("report.html", "report.json")),
        ("slices", "slices", ("slices.json",)),
        ("gate", "blessing", ("gate.json",)),
        ("assessor", "assessment", ("assessment.json",)),
        ("auditor", "audit", ("audit.json",)),
    ):
        folder = _existing(wired.output(node, key))
        for name in names:
            shutil.copyfile(folder / name, record.folder / name)
    # Relative, so that an output folder can be moved and no path of a machine is told.
    output = record.folder.parents[1]
    record.note(model=os.path.relpath(_existing(wired.output("trainer", "model")), output.resolve()))
    gate = json.loads((record.folder / "gate.json").read_text(encoding="utf-8"))
    console.line()
    sources = sorted({cell["source"] for cell in wired.summary["cells"]})
    for line in summary(Assessment.load(record.folder), {SOURCE: sources}).splitlines():
        console.line(line, event="slices")
    console.line()
    # This run has not ended yet, and is not among those that pushed.
    before = served_model(record.folder.parents[1])
    others = before is not None and before.pipeline_name != record.facts["pipeline_name"]
    uncompared = before.run_id if before and others and gate["blessed"] else None
    record.note(uncompared_with=uncompared)
    for line in _verdict_lines(gate, uncompared):
        console.line(line, event="verdict", blessed=gate["blessed"])
    record.finish("blessed" if gate["blessed"] else "not blessed")
    return int(ExitCode.DONE if gate["blessed"] else ExitCode.NOT_BLESSED), record.folder / "report.html"


def _existing(folder: Path | None) -> Path:
    if folder is None:
        raise FileNotFoundError("a node is complete in ML Metadata, but its output is not there")
    return folder


def _verdict_lines(gate: dict[str, Any], uncompared: str | None = None) -> list[str]:
    made = [check for check in gate["checks"] if not check["not_compared"]]
    without = [f"  {check['text']}" for check in gate["checks"] if check["not_compared"]]
    if gate["blessed"]:
        lines = [f"blessed: every threshold{' that could be checked' if without else ''} is met, and the model was pushed", *without]
        if uncompared:
            lines.append(
                f"  It takes the place of the model of run {uncompared}, which was blessed on other data: the two were not compared."
            )
        return lines
    failed = [f"  {check['text']}" for check in made if not check["passed"]]
    nothing = [] if made else ["  No threshold could be checked: set one in gate.value_thresholds.", *without]
    return ["NOT blessed, and not pushed:", *failed, *nothing]
