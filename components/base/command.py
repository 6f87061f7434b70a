"""What the command lines of components share."""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from typing import NoReturn

from components.base.errors import UsageError


class Parser(argparse.ArgumentParser):
    """Raises what is wrong as a UsageError, in one line that names the help."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of leaving the program."""
        raise UsageError(f"{message} (see {self.prog} --help)")


@contextlib.contextmanager
def while_read() -> Iterator[None]:
    """Print inside of it: where the reader of the output, `head` for instance, has seen enough, what is left is not written."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
