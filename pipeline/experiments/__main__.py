"""Run an experiment, or compare its results: python -m pipeline.experiments run FILE.yaml --data DIR."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from components.base.command import while_read
from components.base.errors import ExitCode, UsageError, UserError
from components.ingest.atomic_file import write_atomically

DESCRIPTION = """Run a grid of trainings on one collection, and compare them.

run: every variant x seed x division of FILE.yaml is trained once; each finished training leaves a small result file, and a run
that was stopped goes on after those. A training that fails is written down, and the others go on. compare: the table of what is
there, with intervals by patient and paired differences."""

EPILOG = "pipeline/configs/experiments holds the experiments that come with the program; the header of each says what it takes."


def parser() -> argparse.ArgumentParser:
    """Declare the arguments."""
    top = argparse.ArgumentParser(
        prog="python -m pipeline.experiments", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="run|compare")
    run = commands.add_parser("run", help="train what has no result yet", description="Train what has no result yet.")
    run.add_argument("file", type=Path, metavar="FILE.yaml", help="the experiment")
    run.add_argument(
        "--data", action="append", default=[], metavar="DIR|READER=DIR", help="as for run_pipeline.py; none: the built-in phantom"
    )
    run.add_argument("--output", type=Path, default=Path("output"), metavar="DIR", help="records and preprocessed images (default: output)")
    run.add_argument("--results", type=Path, metavar="DIR", help="the result files (default: OUTPUT/experiments/NAME)")
    run.add_argument(
        "--set",
        action="append",
        default=[],
        dest="assignments",
        metavar="KEY=VALUE",
        help="one configuration key, for every variant that does not set it itself: what a variant changes wins, since it is named by it",
    )
    run.add_argument("--variant", action="append", default=[], metavar="NAME", help="only this variant; may be given several times")
    run.add_argument(
        "--save-models", type=Path, metavar="DIR", help="keep each trained network as model.keras, which trainer.initial_weights takes"
    )
    run.add_argument("--retry-failed", action="store_true", help="train again what failed before; without it a failure stands")
    run.add_argument("--dry-run", action="store_true", help="ingest, list the trainings, and train nothing")
    compare = commands.add_parser("compare", help="the table of the results", description="Compare the results of an experiment.")
    compare.add_argument("results", type=Path, metavar="OUT", help="folder of result files, or the --output of a run")
    compare.add_argument("--format", choices=("table", "markdown", "csv", "json"), default="table", help="default: table")
    compare.add_argument("--metric", action="append", default=[], metavar="NAME", help="in place of the experiment's")
    compare.add_argument("--page", type=Path, metavar="FILE.html", help="write the page too")
    compare.add_argument("--document", type=Path, metavar="FILE.md", help="replace the table of this experiment in a document")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    arguments = parser().parse_args(argv)
    try:
        return _run(arguments) if arguments.command == "run" else _compare(arguments)
    except UserError as error:
        print(f"pipeline.experiments: error: {error}", file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        print("pipeline.experiments: interrupted; the same command goes on from here", file=sys.stderr)
        return int(ExitCode.INTERRUPTED)


def _run(arguments: argparse.Namespace) -> int:
    from pipeline.experiments.experiment import load_experiment
    from pipeline.experiments.run import Request, run, shown_command

    experiment = load_experiment(arguments.file)
    results = arguments.results or arguments.output / "experiments" / experiment.name
    request = Request(
        experiment=experiment,
        data=arguments.data,
        assignments=arguments.assignments,
        output=arguments.output.absolute(),
        results=results.absolute(),
        environ=os.environ,
        only=arguments.variant,
        dry_run=arguments.dry_run,
        again=arguments.retry_failed,
        models=arguments.save_models.absolute() if arguments.save_models else None,
        command=shown_command(arguments.file, arguments.data, arguments.assignments, os.environ),
    )
    run(request)
    print(results)
    return int(ExitCode.DONE)


def _compare(arguments: argparse.Namespace) -> int:
    from pipeline.experiments.described import compare_folder, results_folders
    from pipeline.experiments.marked_text import update_page
    from pipeline.experiments.page import render_page
    from pipeline.experiments.table import markdown, render

    folders = results_folders(arguments.results)
    if arguments.page and len(folders) > 1:
        raise UsageError(f"--page takes one experiment; name one of {', '.join(str(folder) for folder in folders)}")
    for folder in folders:
        comparison = compare_folder(folder, arguments.metric)
        if arguments.page:
            try:
                write_atomically(arguments.page, render_page(comparison))
            except OSError as error:
                raise UsageError(f"--page {arguments.page}: cannot be written: {error.strerror}") from error
        if arguments.document:
            update_page(arguments.document, {comparison.experiment: markdown(comparison)})
        with while_read():
            print(render(comparison, arguments.format))
    return int(ExitCode.DONE)


if __name__ == "__main__":
    code = main()
    if code == ExitCode.INTERRUPTED:
        # Threads of Beam may still run, and C++ aborts a process that ends before its threads.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
