"""What a worker of a search by several processes does; tuning.chief starts it, and it ends with its chief.

It reads its job, one line of JSON, from standard input, and writes to standard output what it does, a line each.
"""

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TextIO

from components.base.errors import ExitCode, UserError
from components.base.progress import LOGGER_NAME

ERROR: Final = "error: "
_GRACE_S: Final = 5.0
_STDIN, _STDOUT, _STDERR = 0, 1, 2

Search = Callable[[Mapping[str, Any]], None]


def work(search: Search) -> int:
    """Run a search as a worker.

    Args:
      search: gets the job and returns when there are no more trials.
    Returns:
      The exit code; a UserError's message goes to the chief.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    to_chief = _listen_to_progress()
    line = sys.stdin.readline()
    if not line:
        return int(ExitCode.INTERRUPTED)
    threading.Thread(target=_end_with_the_chief, daemon=True).start()
    try:
        search(json.loads(line))
    except UserError as error:
        to_chief.write(f"{ERROR}{error}\n")
        to_chief.flush()
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    return int(ExitCode.DONE)


def _listen_to_progress() -> TextIO:
    """Send reports of progress to the chief and to the log; what others print goes to the log alone."""
    to_chief = os.fdopen(os.dup(_STDOUT), "w")
    os.dup2(_STDERR, _STDOUT)
    logger = logging.getLogger(LOGGER_NAME)
    # The log first: the chief may end this process as soon as it has read the line.
    for stream, form in ((sys.stderr, "%(asctime)s %(process)d %(spoken)s"), (to_chief, "%(spoken)s")):
        handler = logging.StreamHandler(stream)
        handler.addFilter(_speak)
        handler.setFormatter(logging.Formatter(form))
        logger.addHandler(handler)
    return to_chief


def _speak(record: logging.LogRecord) -> bool:
    progress, notice = getattr(record, "progress", None), getattr(record, "notice", None)
    text = progress.text if progress else notice[1] if notice else record.getMessage()
    record.spoken = " ".join(text.split())
    return True


def _end_with_the_chief() -> None:
    # Until the chief closes its end, or dies.
    while os.read(_STDIN, 4096):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(_GRACE_S)
    os._exit(int(ExitCode.INTERRUPTED))
