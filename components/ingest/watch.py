"""Report progress at a human pace."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from components.base import progress

STAGE = "ingest"
_PERIOD_S = 0.5


class Pace:
    """Passes on at most two reports a second, and the last one."""

    def __init__(self, total: int, text: str, stage: str = STAGE):
        self._stage = stage
        self._total = total
        self._text = text
        self._next = time.monotonic() + _PERIOD_S

    def __call__(self, done: int) -> None:
        """Report that so many units are done."""
        now = time.monotonic()
        if now >= self._next or done >= self._total:
            self._next = now + _PERIOD_S
            progress.report(self._stage, done, self._total, self._text)


def copies_pace(images: int) -> Callable[[int, int], None]:
    """Pace the search for copies, which reads every image's fingerprint and then compares those that may be copies."""
    pace = Pace(2 * images, "steps of the search for copies")
    return lambda done, _total: pace(done)


@contextmanager
def watching(count: Callable[[], int], total: int, text: str) -> Iterator[None]:
    """Report what `count` finds while the block runs, from a thread of its own.

    The workers may be other processes or machines; the files that they finish are seen from here.
    """
    finished = threading.Event()

    def watch() -> None:
        while not finished.wait(_PERIOD_S):
            progress.report(STAGE, min(count(), total), total, text)

    thread = threading.Thread(target=watch, name="ingest progress", daemon=True)
    thread.start()
    try:
        yield
        progress.report(STAGE, total, total, text)
    finally:
        finished.set()
        thread.join()
