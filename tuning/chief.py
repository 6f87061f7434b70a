"""The chief of a search by several processes: serves the oracle, starts the workers, and replaces those that die.

Keras Tuner's own protocol (gRPC, one oracle, many workers) on the loopback address. Its own chief would wait without end for a worker
that has died.
"""

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc  # type: ignore[import-untyped]
import keras_tuner
from keras_tuner.src import protos
from keras_tuner.src.distribute.oracle_chief import OracleServicer

from components.base import progress
from components.base.errors import DataRefusedError, ExitCode, UsageError, UserError
from tuning.resume import MAX_STARTS, deaths
from tuning.trials import FAILED, RECORD_FILE, read_json, write_json, write_trials
from tuning.worker import ERROR

NODE: Final = "tuning"
_ADDRESS: Final = "127.0.0.1"
_ADDRESS_VARIABLE: Final = "KERASTUNER_ORACLE_IP"
_LOOK_EVERY_S: Final = 0.2
_GRACE_S: Final = 10.0
_MAX_IDLE_DEATHS: Final = 3
_ERRORS: Final[Mapping[int, type[UserError]]] = {ExitCode.USAGE: UsageError, ExitCode.DATA_REFUSED: DataRefusedError}


@dataclass(frozen=True)
class Worker:
    """How a worker is started.

    Attributes:
      command: program and arguments.
      job: what it is to do; it gets this as one line of JSON on its standard input, whose end tells it that the chief is gone.
    """

    command: tuple[str, ...]
    job: Mapping[str, Any]


def is_worker() -> bool:
    """Return whether this process trains for a chief."""
    return _ADDRESS_VARIABLE in os.environ


def serve(oracle: keras_tuner.Oracle, folder: Path, workers: Sequence[Worker]) -> None:
    """Let workers run the trials that are missing, and return when there are no more.

    A worker that dies costs the attempt that it was at: a new process runs that trial again, up to three attempts a trial.
    Standard error of the workers goes to `worker<n>.log` in the folder.

    Args:
      oracle: from tuning.oracle.create_oracle, its folder repaired and read.
      folder: of the search.
      workers: one process each.
    Raises:
      UserError: what a worker raised; or workers die before they have a trial.
    """
    missing = oracle.max_trials - len(oracle.end_order)
    if missing <= 0:
        return
    # Keras Tuner's oracle is made for one call at a time.
    server = grpc.server(ThreadPoolExecutor(max_workers=1))
    protos.get_service_grpc().add_OracleServicer_to_server(OracleServicer(oracle), server)
    port = server.add_insecure_port(f"{_ADDRESS}:0")
    server.start()
    crew = _Crew(oracle, folder, port)
    try:
        crew.run(workers[:missing])
    finally:
        crew.stop()
        server.stop(None).wait()
        write_trials(folder)


class _Process:
    """A worker's process, and a thread that puts the lines of its standard output into a queue."""

    def __init__(self, name: str, worker: Worker, port: int, folder: Path, lines: "queue.Queue[tuple[str, str]]") -> None:
        self.name, self.worker = name, worker
        self.log = folder / f"{name}.log"
        environment = {
            "KERASTUNER_TUNER_ID": name,
            _ADDRESS_VARIABLE: _ADDRESS,
            "KERASTUNER_ORACLE_PORT": str(port),
            # A proxy of the machine is not for this connection.
            "no_grpc_proxy": _ADDRESS,
        }
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(  # noqa: S603
                worker.command,
                env={**os.environ, **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                # An interrupt from the terminal comes through the chief, who knows what to do.
                start_new_session=True,
            )
        # One that dies at once is noticed later.
        with contextlib.suppress(BrokenPipeError):
            self._input.write(json.dumps(worker.job) + "\n")
            self._input.flush()
        self._reader = threading.Thread(target=self._read, args=[lines], daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def _input(self) -> Any:
        return self._popen.stdin

    def _read(self, lines: "queue.Queue[tuple[str, str]]") -> None:
        for line in self._popen.stdout or ():
            lines.put((self.name, line.rstrip("\n")))

    def ended(self) -> int | None:
        """Return the exit code once the process has ended and all of its lines are in the queue."""
        code = self._popen.poll()
        if code is not None:
            self._reader.join(_GRACE_S)
        return code

    def let_go(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._input.close()

    def stop(self) -> None:
        try:
            self._popen.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._reader.join(_GRACE_S)
        if self._popen.stdout:
            self._popen.stdout.close()


class _Crew:
    """The processes of one search."""

    def __init__(self, oracle: Any, folder: Path, port: int) -> None:
        self._oracle, self._folder, self._port = oracle, folder, port
        self._lines: queue.Queue[tuple[str, str]] = queue.Queue()
        self._running: dict[str, _Process] = {}
        self._errors: dict[str, str] = {}
        self._ended_trials = len(oracle.end_order)
        self._idle_deaths = 0

    def run(self, workers: Sequence[Worker]) -> None:
        for number, worker in enumerate(workers, start=1):
            self._start(f"worker{number}", worker)
        while self._running:
            self._pass_on(_LOOK_EVERY_S)
            if len(self._oracle.end_order) != self._ended_trials:
                self._ended_trials, self._idle_deaths = len(self._oracle.end_order), 0
                write_trials(self._folder)
            for process in list(self._running.values()):
                code = process.ended()
                if code is not None:
                    self._look_after(process, code)

    def stop(self) -> None:
        for process in self._running.values():
            process.let_go()
        for process in self._running.values():
            process.stop()

    def _start(self, name: str, worker: Worker) -> None:
        process = self._running[name] = _Process(name, worker, self._port, self._folder, self._lines)
        progress.notice(NODE, f"{name} is process {process.pid}, its log {process.log.name}")

    def _pass_on(self, timeout_s: float) -> None:
        """Pass on what the workers say, waiting up to a time for the first line."""
        with contextlib.suppress(queue.Empty):
            name, line = self._lines.get(timeout=timeout_s)
            while True:
                if line.startswith(ERROR):
                    self._errors[name] = line.removeprefix(ERROR)
                else:
                    progress.report(NODE, len(self._oracle.end_order), self._oracle.max_trials, f"{name}: {line}")
                name, line = self._lines.get_nowait()

    def _look_after(self, process: _Process, code: int) -> None:
        process.let_go()
        process.stop()
        del self._running[process.name]
        self._pass_on(0)
        if code == 0:
            return
        if process.name in self._errors:
            raise _ERRORS.get(code, UserError)(self._errors[process.name])
        how = f"{process.name} died ({f'signal {-code}' if code < 0 else f'exit code {code}'})"
        trial = self._oracle.ongoing_trials.get(process.name)
        if trial is None:
            self._idle_deaths += 1
            if self._idle_deaths >= _MAX_IDLE_DEATHS:
                raise UserError(f"{how} before it had a trial, as others did; its log {process.log} says why. Or set tuning.workers=1.")
            progress.notice(NODE, f"{how} without a trial; a new process takes its place")
        else:
            progress.notice(NODE, f"{how} in trial {int(trial.trial_id) + 1}; {self._what_becomes_of(trial.trial_id)}")
        self._start(process.name, process.worker)

    def _what_becomes_of(self, trial_id: str) -> str:
        path = self._folder / f"trial_{trial_id}" / RECORD_FILE
        record = read_json(path) or {}
        if record.get("starts", 0) < MAX_STARTS:
            return "a new process runs it again"
        reason = deaths(record["starts"])
        write_json(path, {**record, "status": FAILED, "reason": reason})
        self._oracle.give_up(trial_id, reason)
        return f"it is not tried again: {reason}"
