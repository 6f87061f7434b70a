"""Command line: `python -m components.evaluator slices OUTPUT` shows the metrics by slice of a run."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from components.base.command import Parser, while_read
from components.base.errors import ExitCode, UsageError, UserError
from components.base.run_folder import find_run
from components.evaluator import assessment, assessment_table
from components.evaluator.slice_table import FORMATS, render, select
from components.evaluator.slices import BASELINE, CANDIDATE, FILE_NAME, Slices
from schemas.features import SOURCE


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    try:
        options = _parser().parse_args(arguments)
        run = find_run(options.output)
        file, text = _assessed(run, options) if _is_assessed(run, options.model) else _evaluated(run, options)
        print(f"read from {file}", file=sys.stderr)
        with while_read():
            print(text)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return int(error.exit_code)
    return int(ExitCode.DONE)


def _parser() -> Parser:
    parser = Parser(prog="python -m components.evaluator", description="Show how a run's model does on the test split.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    slices = commands.add_parser(
        "slices", help="metrics by slice", description="Show the metrics by slice of the test split, with intervals where the run has them."
    )
    slices.add_argument("output", metavar="OUTPUT", type=Path, help="an output folder (its newest run) or the folder of one run")
    slices.add_argument("--by", metavar="FEATURES", help="overall, source, label, source,label, view, ...; all slices by default")
    slices.add_argument("--format", choices=FORMATS, default="table")
    slices.add_argument("--model", choices=(CANDIDATE, BASELINE), default=CANDIDATE, help="baseline is the last blessed model")
    return parser


def _is_assessed(run: Path, model: str) -> bool:
    return model == CANDIDATE and (run / assessment.FILE_NAME).is_file()


def _assessed(run: Path, options: argparse.Namespace) -> tuple[str, str]:
    try:
        found = assessment.Assessment.load(run)
    except UserError as error:
        raise UsageError(str(error)) from error
    lines = assessment_table.select(found, options.by, _sources(run))
    file = f"{assessment.FILE_NAME}: 95 % intervals of {found.draws} draws of patients"
    return file, assessment_table.render(lines, found.classes, options.format)


def _evaluated(run: Path, options: argparse.Namespace) -> tuple[str, str]:
    slices = _load(run)
    why = "the assessment is of the candidate alone" if options.model == BASELINE else f"this run has no {assessment.FILE_NAME}"
    lines = select(slices, options.by, _sources(run), options.model)
    return f"{FILE_NAME}, without intervals: {why}", render(lines, slices.classes, options.format)


def _load(run: Path) -> Slices:
    path = run / FILE_NAME
    if not path.is_file():
        raise UsageError(f"{path} is missing: the run did not come as far as the slices")
    try:
        return Slices.load(path)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is damaged: {error}") from error


def _sources(run: Path) -> dict[str, list[str]]:
    """Sources of all images, so that one without test images shows too; none where the records are gone."""
    try:
        run = run.resolve()
        records = json.loads((run / "run.json").read_text(encoding="utf-8")).get("records")
        cells = json.loads((run.parents[1] / records / "summary.json").read_text(encoding="utf-8"))["cells"] if records else []
        return {SOURCE: sorted({cell["source"] for cell in cells})}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
