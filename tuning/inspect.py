"""Show the trials of a search: python -m tuning.inspect OUTPUT.

Opens in a moment: TensorFlow is not imported. As a page, with figures: python -m tuning.inspect OUTPUT --format html > page.html.
"""

import argparse
import csv
import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from components.base.command import while_read
from components.base.errors import ExitCode, UsageError, UserError
from components.base.plural import plural
from components.base.run_folder import find_run
from tuning.summary import one_line, parameter_names, redrawn_note, status_counts
from tuning.trials import Search, Trial, is_search_folder, read_json, read_search, search_to_dict

_ABSENT: Final = "-"
_FORMAT_HELP: Final = "default: table; html is one page with figures, to be redirected to a file"
_REASON_WIDTH: Final = 100
# A cell that begins so is taken for a formula by spreadsheets.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_LEADING: Final = ("trial", "status", "score")
_TRAILING: Final = ("epochs", "seconds", "parameters")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the trials of a search and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        search = read_search(search_folder(options.output))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return int(error.exit_code)
    trials = sort_trials(search, options.sort)[: options.top]
    with while_read():
        sys.stdout.write(FORMATS[options.format](search, trials))
    return int(ExitCode.DONE)


def search_folder(output: Path) -> Path:
    """Find the folder of a search.

    Args:
      output: an output folder (its newest run is meant), the folder of one run, or the folder of a search itself.
    Raises:
      UsageError: there is none.
    """
    if is_search_folder(output):
        return output
    run = find_run(output)
    about = read_json(run / "run.json")
    if about is None:
        raise UsageError(f"{run / 'run.json'}: cannot be read")
    tuning = about.get("tuning")
    if not isinstance(tuning, str) or not tuning:
        raise UsageError(f"{run}: this run has no architecture search")
    folder = run.resolve().parents[1] / tuning
    if not is_search_folder(folder):
        raise UsageError(f"{run}: the search of this run has not begun (no trials in {folder})")
    return folder


def sort_trials(search: Search, key: str) -> list[Trial]:
    """Sort trials by "score" (best first), "seconds" or "parameters" (least first); those without a value come last."""
    sign = -1.0 if key == "score" and search.direction == "max" else 1.0
    values: dict[str, Callable[[Trial], float | None]] = {
        "score": lambda trial: trial.score,
        "seconds": lambda trial: trial.seconds,
        "parameters": lambda trial: trial.parameter_count,
    }

    def place(trial: Trial) -> tuple[bool, float]:
        value = values[key](trial)
        return (value is None, sign * (value or 0.0))

    return sorted(search.trials, key=place)


def as_table(search: Search, trials: Sequence[Trial]) -> str:
    """Lay the trials out in columns, the reasons of failed ones below."""
    parts = [f"{search.algorithm} search for {search.objective} ({search.direction}): {plural(len(search.trials), 'trial')}"]
    parts += [f"{count} {status}" for status, count in status_counts(search).items()]
    redrawn = redrawn_note(search)
    if redrawn:
        parts.append(redrawn)
    names = parameter_names(trials)
    rows = [[*_LEADING, *names, *_TRAILING]]
    for trial in trials:
        rows.append(
            [
                one_line(trial.trial_id),
                one_line(trial.status),
                _ABSENT if trial.score is None else f"{trial.score:.4f}",
                *(_shown(trial.hyperparameters.get(name)) for name in names),
                str(trial.epochs),
                f"{trial.seconds:.1f}",
                _ABSENT if trial.parameter_count is None else f"{trial.parameter_count:,}",
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    words = {name for trial in trials for name, value in trial.hyperparameters.items() if isinstance(value, (str, bool))}
    numbers = {column for column, name in enumerate(rows[0]) if name not in ("trial", "status") and name not in words}
    lines = ["; ".join(parts), ""]
    for row in rows:
        cells = (
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join(cells).rstrip())
    reasons = [f"trial {one_line(trial.trial_id)}: {one_line(trial.reason)[:_REASON_WIDTH]}" for trial in trials if trial.reason]
    if reasons:
        lines += ["", *reasons]
    return "\n".join(lines) + "\n"


def as_csv(_search: Search, trials: Sequence[Trial]) -> str:
    """Write the trials as csv (RFC 4180); text that a spreadsheet would take for a formula is preceded by an apostrophe."""
    names = parameter_names(trials)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in (*_LEADING, *names, *_TRAILING, "reason")])
    for trial in trials:
        row = [trial.trial_id, trial.status, trial.score, *(trial.hyperparameters.get(name) for name in names)]
        row += [trial.epochs, trial.seconds, trial.parameter_count, trial.reason]
        writer.writerow([_cell(value) for value in row])
    return text.getvalue()


def as_json(search: Search, trials: Sequence[Trial]) -> str:
    """Write the search with the given trials as JSON, in the form of trials.json."""
    plain = search_to_dict(search)
    known = {trial["trial_id"]: trial for trial in plain["trials"]}
    plain["trials"] = [known[trial.trial_id] for trial in trials]
    return json.dumps(plain, indent=2, allow_nan=False) + "\n"


def as_html(search: Search, trials: Sequence[Trial]) -> str:
    """Write one page: the given trials as a table, and figures of all of them."""
    # The other formats need neither numpy nor scikit-learn, and open sooner without them.
    from tuning.page import render

    return render(search, trials)


FORMATS: Final[dict[str, Callable[[Search, Sequence[Trial]], str]]] = {
    "table": as_table,
    "csv": as_csv,
    "json": as_json,
    "html": as_html,
}


class _OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(int(ExitCode.USAGE), f"error: {message}; see python -m tuning.inspect --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(prog="python -m tuning.inspect", description="Show the trials of an architecture search.")
    parser.add_argument("output", type=Path, metavar="OUTPUT", help="an output folder (its newest run), one run, or a tuning folder")
    parser.add_argument("--format", choices=tuple(FORMATS), default="table", help=_FORMAT_HELP)
    parser.add_argument(
        "--sort", choices=("score", "seconds", "parameters"), default="score", help="best score, shortest or smallest first; default: score"
    )
    parser.add_argument("--top", type=_positive, metavar="N", help="list only the first N trials")
    return parser


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number


def _shown(value: Any) -> str:
    if value is None:
        return _ABSENT
    return f"{value:g}" if isinstance(value, float) else one_line(value)


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


if __name__ == "__main__":
    sys.exit(main())
