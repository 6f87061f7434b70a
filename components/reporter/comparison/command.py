"""Put two runs side by side: `python -m components.reporter compare RUN_A RUN_B`."""

from collections.abc import Sequence
from pathlib import Path

from components.base.command import Parser
from components.base.errors import UsageError
from components.base.run_folder import find_run
from components.ingest.atomic_file import write_atomically
from components.reporter.comparison.compare import compare
from components.reporter.comparison.page import render_html, render_json
from components.reporter.comparison.sentences import describe
from components.reporter.comparison.side import Side, read_side
from components.reporter.comparison.table import as_text
from components.reporter.redraw import artifacts_read, check_target
from components.reporter.run_outputs import RunOutputs, read_run

PAGE, NUMBERS = "compare.html", "compare.json"


def compare_runs(arguments: Sequence[str]) -> tuple[str, Path]:
    """Compare two runs.

    Returns:
      The table of text, and the page.
    Raises:
      UsageError: there is no such run, or it did not come so far; both are the same; the folder is none to write to.
      UserError: an artifact was removed or is damaged.
    """
    options = _parser().parse_args(arguments)
    first, second = (read_run(find_run(given)) for given in (options.first, options.second))
    if first.folder == second.folder:
        raise UsageError(f"both are run {first.run_id}; name another one by its folder, OUTPUT/runs/ID")
    target = options.to or second.output / "comparisons" / f"{first.run_id}_{second.run_id}"
    for run in (first, second):
        check_target(target, run)
    comparison = compare(_side(first), _side(second))
    sentences = describe(comparison)
    page, numbers = render_html(comparison, sentences), render_json(comparison, sentences)
    target.mkdir(parents=True, exist_ok=True)
    write_atomically(target / NUMBERS, numbers)
    write_atomically(target / PAGE, page)
    return as_text(comparison, sentences), target / PAGE


def _side(run: RunOutputs) -> Side:
    with artifacts_read(run.run_id):
        return read_side(run)


def _parser() -> Parser:
    parser = Parser(
        prog="python -m components.reporter compare",
        description="Put two runs side by side: what differs in configuration, data and code, every figure of both, and where both "
        "judged the same test images the difference, paired by patient. Writes compare.html and compare.json.",
    )
    run_help = "an output folder (its newest run), or the folder of one run, OUTPUT/runs/ID"
    parser.add_argument("first", metavar="RUN_A", type=Path, help=run_help)
    parser.add_argument("second", metavar="RUN_B", type=Path, help=f"{run_help}; differences are B less A")
    parser.add_argument(
        "--to", metavar="DIR", type=Path, help="folder to write to (default: comparisons/A_B in the output folder of RUN_B)"
    )
    return parser
