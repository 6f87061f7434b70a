"""Send everything that libraries print to the log file of the run, and keep the terminal for us."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def logged(path: Path) -> Iterator[TextIO]:
    """Redirect file descriptors 1 and 2 to a file while the block runs, those of C++ code and child processes included.

    Args:
      path: the log file; it is appended to.
    Yields:
      A stream to the standard error of before.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname).1s %(name)s: %(message)s"))
    root = logging.getLogger()
    former = (root.level, root.handlers[:])
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    terminal = os.fdopen(os.dup(kept[1]), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    try:
        yield terminal
    finally:
        terminal.close()
        root.handlers[:] = former[1]
        root.setLevel(former[0])
        handler.close()
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, original in zip((1, 2), kept, strict=True):
            os.dup2(original, descriptor)
            os.close(original)
