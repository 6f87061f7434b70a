"""Show progress as plain lines on standard error: what a command does that has no console of its own."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from components.base.progress import LOGGER_NAME

_PERIOD_S = 5.0


@contextmanager
def progress_shown() -> Iterator[None]:
    """Write what the progress logger gets while the block runs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Sparse())
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger(LOGGER_NAME)
    logger.addHandler(handler)
    logger.propagate = False  # Beam gives the root logger a handler, and every line would come twice
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = True


class _Sparse(logging.Filter):
    """Lets a line of progress pass every few seconds, and the last one of each step."""

    def __init__(self) -> None:
        super().__init__()
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        report = getattr(record, "progress", None)
        if report is None or report.done == report.total:
            return True
        passes = time.monotonic() >= self._next
        if passes:
            self._next = time.monotonic() + _PERIOD_S
        return passes
