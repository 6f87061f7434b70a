"""Draw the report of a finished run again, from its artifacts: `python -m components.reporter OUTPUT`."""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml
from google.protobuf import message, text_format

from components.base.command import Parser
from components.base.errors import UsageError, UserError
from components.base.progress_lines import progress_shown
from components.base.run_folder import find_run
from components.base.source_digest import source_digest
from components.reporter.run_outputs import REPORTER, RunOutputs, read_run

CODE = "components.reporter"


def redraw(arguments: Sequence[str]) -> tuple[Path, str]:
    """Draw a report again.

    Returns:
      The page, and a sentence that holds it against the report that the run's own node drew.
    Raises:
      UsageError: there is no such run, it did not come so far, or the folder is none to write to.
      UserError: an artifact was removed or is damaged.
    """
    options = _parser().parse_args(arguments)
    run = read_run(find_run(options.output, options.run))
    target = options.to or run.folder
    check_target(target, run)
    inputs = run.inputs()
    # TensorFlow draws the augmented pictures; a wrong argument is refused before it is imported.
    from components.reporter.collect import Folders
    from components.reporter.draw import PAGE, Told, draw

    code = source_digest(CODE)
    told = Told(
        run_id=run.run_id,
        node_id=REPORTER,
        seed=int(yaml.safe_load(run.configuration)["seed"]),
        code_digest=code,
        configuration=run.configuration,
        metadata_path=str(run.metadata),
        phantom=run.phantom,
        pushed_version=run.pushed_version,
        # What other code draws is another report, and is made now.
        made_s=run.reported_s if run.reporter_code == code else None,
    )
    with artifacts_read(run.run_id), progress_shown():
        draw(Folders(**inputs, records=run.records, tuning=run.tuning), told, target)
    return target / PAGE, _against_the_node(run, target, code)


def check_target(target: Path, run: RunOutputs) -> None:
    """Refuse to write where artifacts lie, which ML Metadata says are what a node made.

    Raises:
      UsageError: it is such a folder, or no folder.
    """
    for owned in ("pipeline", "records", "serving", "tuning"):
        if target.resolve().is_relative_to(run.output / owned):
            raise UsageError(f"--to {target}: what nodes made lies there and is not written over; name another folder")
    if target.exists() and not target.is_dir():
        raise UsageError(f"--to {target}: is not a folder")


@contextmanager
def artifacts_read(run_id: str) -> Iterator[None]:
    """Tell a damaged artifact, met inside of it, in one line."""
    try:
        yield
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile, message.DecodeError, text_format.ParseError) as error:
        what = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise UserError(
            f"run {run_id}: an artifact is damaged or of another version ({what}); run_pipeline.py --from NODE makes it again"
        ) from error


def _against_the_node(run: RunOutputs, target: Path, code: str) -> str:
    from components.reporter.draw import NUMBERS, PAGE

    own = run.found.get((REPORTER, "report"))
    if own is None or not all((own / name).is_file() for name in (PAGE, NUMBERS)):
        return f"run {run.run_id} has no report of its own; this one is dated now"
    if all((own / name).read_bytes() == (target / name).read_bytes() for name in (PAGE, NUMBERS)):
        return f"run {run.run_id}: the same bytes as the report of its reporter node"
    if run.reporter_code != code:
        return f"run {run.run_id}: drawn by other code ({code}) than its reporter node's ({run.reporter_code}), and dated now"
    return f"run {run.run_id}: differs from the report of its reporter node; packages or the folder of the search have changed since"


def _parser() -> Parser:
    parser = Parser(
        prog="python -m components.reporter",
        description="Draw the report of a finished run again, from its artifacts. `python -m components.reporter compare RUN_A RUN_B` "
        "puts two runs side by side.",
    )
    parser.add_argument("output", metavar="OUTPUT", type=Path, help="an output folder (its newest run), or the folder of one run")
    parser.add_argument("--run", metavar="ID", help="another run of the output folder than its newest")
    parser.add_argument("--to", metavar="DIR", type=Path, help="folder to write to (default: that of the run, OUTPUT/runs/ID)")
    return parser
