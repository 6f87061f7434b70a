"""Command line: external validation of a model, and `slices OUTPUT`, which shows the metrics by slice of a run."""

import argparse
import json
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from components.base.command import Parser, while_read
from components.base.errors import ExitCode, UsageError, UserError
from components.base.progress_lines import progress_shown
from components.base.run_folder import find_run
from components.evaluator import assessment, assessment_table
from components.evaluator.slice_table import FORMATS, render, select
from components.evaluator.slices import BASELINE, CANDIDATE, FILE_NAME, Slices
from components.external.outcome import FILE_NAME as EXTERNAL
from schemas.features import SOURCE


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    try:
        if arguments[:1] == ["slices"]:
            _show_slices(arguments[1:])
        else:
            _validate(arguments)
    except UserError as error:
        return _fail(str(error), error.exit_code)
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}", ExitCode.STAGE_FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted; the same command goes on with what was decoded", ExitCode.INTERRUPTED)
    return int(ExitCode.DONE)


def _validate(arguments: Sequence[str]) -> None:
    from components.external import command, words  # numpy and OpenCV take time that the slices need not spend
    from components.external.page import PAGE
    from components.external.validation import validate

    warnings.filterwarnings("ignore", category=FutureWarning)  # of Beam's dependencies, about the Python version
    request = command.read_request(arguments)
    with progress_shown():
        content = validate(request)
    for line in words.describe(content):
        print(line)
    print(request.output / PAGE)


def _show_slices(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    run = options.output if (options.output / EXTERNAL).is_file() else find_run(options.output)
    file, text = _assessed(run, options) if _is_assessed(run, options.model) else _evaluated(run, options)
    print(f"read from {file}", file=sys.stderr)
    with while_read():
        print(text)


def _fail(text: str, code: ExitCode) -> int:
    print(f"error: {' '.join(text.split())}", file=sys.stderr)
    return int(code)


def _parser() -> Parser:
    slices = Parser(
        prog="python -m components.evaluator slices",
        description="Show the metrics by slice of the test split, with intervals where the run has them.",
    )
    output_help = "an output folder (its newest run), the folder of one run, or that of an external validation"
    slices.add_argument("output", metavar="OUTPUT", type=Path, help=output_help)
    slices.add_argument("--by", metavar="FEATURES", help="overall, source, label, source,label, view, ...; all slices by default")
    slices.add_argument("--format", choices=FORMATS, default="table")
    slices.add_argument("--model", choices=(CANDIDATE, BASELINE), default=CANDIDATE, help="baseline is the last blessed model")
    return slices


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
    code = main(sys.argv[1:])
    if code == ExitCode.INTERRUPTED:
        # Threads of Beam and of decoders may still run, and C++ aborts a process that ends before its threads.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
