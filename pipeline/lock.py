"""One run at a time in an output folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.base.errors import LockedError


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Hold the lock of an output folder while the block runs; the system lets go of it when the process dies.

    Raises:
      LockedError: another run holds it.
    """
    with (output / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(f"{output}: another run is writing here; wait for it, or give another --output") from error
        yield
