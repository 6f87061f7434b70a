"""What the user sees while a run works: one line a stage, live on a terminal, plain or JSON elsewhere."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TextIO

from components.base.progress import LOGGER_NAME, Progress

_TICK_S = 0.5
_FIRST_SIGN_S = 5.0
_MARKS = {"complete": "done", "cached": "cached", "failed": "FAILED", "reused": "reused"}


@dataclass
class _Stage:
    name: str
    started: float
    progress: Progress | None = None
    next_sign_s: float = _FIRST_SIGN_S
    signs: list[str] = field(default_factory=list)


class Console(logging.Handler):
    """Draws stages, their progress, and facts, on one stream.

    On a terminal the running stage is redrawn in place. Elsewhere a stage gives a sign of life after 5 s, 30 s, 3 min and so
    on, so that a log of a long run stays short.
    """

    def __init__(self, stream: TextIO, as_json: bool = False) -> None:
        super().__init__(level=logging.INFO)
        self._stream = stream
        self._as_json = as_json
        self._live = stream.isatty() and not as_json
        self._stage: _Stage | None = None
        self._drawing = threading.RLock()
        self._stop = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True, name="console")

    def __enter__(self) -> "Console":
        """Listen to the progress logger and start to draw."""
        logging.getLogger(LOGGER_NAME).addHandler(self)
        self._ticker.start()
        return self

    def __exit__(self, *unused: object) -> None:
        """Stop drawing; what was drawn stays."""
        logging.getLogger(LOGGER_NAME).removeHandler(self)
        self._stop.set()
        self._ticker.join()
        with self._drawing:
            self._clear()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record of the progress logger."""
        progress = getattr(record, "progress", None)
        fact = getattr(record, "notice", None)
        with self._drawing:
            if progress is not None and self._stage is not None:
                self._stage.progress = progress
            elif fact is not None:
                self.line(f"    {fact[1]}", event="notice", stage=fact[0])

    @contextmanager
    def stage(self, name: str) -> Iterator[list[str]]:
        """Show a stage while the block runs; the block may set its end state, and a remark, in the list."""
        outcome: list[str] = ["complete", ""]
        with self._drawing:
            self._stage = _Stage(name, time.monotonic())
        try:
            yield outcome
        except BaseException:
            outcome[0] = "failed"
            raise
        finally:
            with self._drawing:
                seconds = time.monotonic() - self._stage.started
                self._stage = None
                self.line(
                    f"{name:<20}{_MARKS.get(outcome[0], outcome[0]):<8}{_clock(seconds):>8}  {outcome[1]}".rstrip(),
                    event="stage",
                    stage=name,
                    state=outcome[0],
                    seconds=round(seconds, 2),
                    remark=outcome[1],
                )

    def line(self, text: str = "", event: str = "text", **fields: Any) -> None:
        """Print one line, or one JSON object where JSON was asked for."""
        with self._drawing:
            self._clear()
            if self._as_json:
                text = json.dumps({"time": round(time.time(), 3), "event": event, "text": text.strip(), **fields})
            print(text, file=self._stream, flush=True)

    def _tick(self) -> None:
        while not self._stop.wait(_TICK_S):
            with self._drawing:
                if self._stage is not None:
                    self._show(self._stage)

    def _show(self, stage: _Stage) -> None:
        elapsed = time.monotonic() - stage.started
        text = f"{stage.name:<20}{_describe(stage.progress):<40}{_clock(elapsed):>8}"
        if self._live:
            self._stream.write("\r\x1b[2K" + text)
            self._stream.flush()
        elif elapsed >= stage.next_sign_s:
            stage.next_sign_s *= 6
            progress = stage.progress
            fields = {"done": progress.done, "total": progress.total, "remark": progress.text} if progress else {}
            self.line(f"  ... {text.rstrip()}", event="progress", stage=stage.name, seconds=round(elapsed, 1), **fields)

    def _clear(self) -> None:
        if self._live:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()


def _describe(progress: Progress | None) -> str:
    if progress is None:
        return "running"
    count = f"{progress.done}/{progress.total}" if progress.total else str(progress.done)
    return f"{count} {progress.text}".strip()


def _clock(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
