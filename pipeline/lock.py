"""One run at a time in an output folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.base.errors import LockedError, UsageError


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Hold the lock of an output folder while the block runs; the system lets go of it when the process dies.

    Raises:
      LockedError: another run holds it.
      UsageError: the folder cannot be written to.
    """
    try:
        file = (output / ".lock").open("a")
    except OSError as error:
        raise UsageError(f"--output {output}: cannot be written to: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(f"{output}: another run is writing here; wait for it, or give another --output") from error
        yield
