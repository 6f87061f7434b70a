"""Command line: the report of a run again, from its artifacts, and `compare RUN_A RUN_B`, which puts two runs side by side."""

import sys
import warnings
from collections.abc import Sequence

from components.base.command import while_read
from components.base.errors import ExitCode, UserError
from components.reporter.redraw import redraw


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    try:
        if arguments[:1] == ["compare"]:
            _compare(arguments[1:])
        else:
            _redraw(arguments)
    except UserError as error:
        return _fail(str(error), error.exit_code)
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}", ExitCode.STAGE_FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted; the same command begins again", ExitCode.INTERRUPTED)
    return int(ExitCode.DONE)


def _redraw(arguments: Sequence[str]) -> None:
    page, remark = redraw(arguments)
    print(remark, file=sys.stderr)
    print(page)


def _compare(arguments: Sequence[str]) -> None:
    from components.reporter.comparison.command import compare_runs

    text, page = compare_runs(arguments)
    with while_read():
        print(f"{text}\n\n{page}")


def _fail(text: str, code: ExitCode) -> int:
    print(f"error: {' '.join(text.split())}", file=sys.stderr)
    return int(code)


if __name__ == "__main__":
    warnings.filterwarnings("ignore", category=FutureWarning)  # of libraries, about the Python version
    sys.exit(main(sys.argv[1:]))
