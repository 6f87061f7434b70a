"""Command line: write a folder of phantom radiographs."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from components.base import progress
from components.base.errors import ExitCode, UserError
from components.phantom.config import PhantomConfig
from components.phantom.generate import generate

_DESCRIPTION = """Draw synthetic frontal chest radiographs ("phantoms") of three classes at three sites, with known lesions and known marks.
They show nobody's chest. The same arguments give the same bytes; a finished folder is used again.
With --shortcut S, an image bears the mark of its class with probability S, and any mark otherwise."""
_EPILOG = """Writes DIR/phantom/<digest>/ with metadata.csv, images/, truth/masks/, truth/boxes.csv and README.txt, and prints that folder.
Exit codes: 0 done, 2 wrong arguments or a folder that cannot be written, 130 interrupted."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.USAGE, f"{self.prog}: {message}\n")


class _ProgressLines(logging.Handler):
    """Writes progress to stderr: one line that is overwritten on a terminal, few lines elsewhere."""

    def emit(self, record: logging.LogRecord) -> None:
        step = getattr(record, "progress", None)
        if step is None:
            return
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{step.stage}: {step.done}/{step.total} {step.text}" + ("\n" if step.done == step.total else ""))
        elif step.done in (0, step.total):
            sys.stderr.write(f"{step.stage}: {step.done}/{step.total} {step.text}\n")
        sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = _make_parser()
    options = parser.parse_args(arguments)
    handler = _ProgressLines()
    logger = logging.getLogger(progress.LOGGER_NAME)
    logger.addHandler(handler)
    try:
        config = PhantomConfig(images=options.images, image_px=options.image_px, shortcut=options.shortcut, seed=options.seed)
        print(generate(config, options.output / "phantom"))
    except ValidationError as error:
        problem = error.errors()[0]
        parser.error(f"--{str(problem['loc'][0]).replace('_', '-')} {problem['input']}: {problem['msg'].lower()}")
    except UserError as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write(f"{parser.prog}: interrupted; nothing was kept\n")
        return ExitCode.INTERRUPTED
    finally:
        logger.removeHandler(handler)
    return ExitCode.DONE


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m components.phantom",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="output folder, made where absent")
    for name, type_, metavar in (("images", int, "N"), ("image_px", int, "P"), ("shortcut", float, "S"), ("seed", int, "K")):
        field = PhantomConfig.model_fields[name]
        text = f"{field.description} (default {field.default})"
        parser.add_argument(f"--{name.replace('_', '-')}", type=type_, default=field.default, metavar=metavar, help=text)
    return parser


if __name__ == "__main__":
    sys.exit(main())
