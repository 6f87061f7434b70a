"""What the command lines of components share."""

import argparse
from typing import NoReturn

from components.base.errors import UsageError


class Parser(argparse.ArgumentParser):
    """Raises what is wrong as a UsageError, in one line that names the help."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of leaving the program."""
        raise UsageError(f"{message} (see {self.prog} --help)")
