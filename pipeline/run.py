"""One run, from the data to the report: lock, log, ingest, pipeline, conclusion."""

import difflib
import logging
import os
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from components.base.errors import ExitCode, UsageError, UserError
from components.evaluator.config import validate_labels
from components.evaluator.slice_names import validate_slice_names
from components.gate.decide import threshold_slices, validate_thresholds
from components.ingest.checks import check_columns
from components.ingest.deidentify import check_private_dir, default_private_dir
from components.ingest.readers.registry import find_reader
from components.trainer.config import TrainerConfig
from pipeline.config import Config
from pipeline.console import Console
from pipeline.explained_layers import check_layers
from pipeline.lock import locked
from pipeline.log_file import logged
from pipeline.nodes import NODES
from pipeline.run_record import RunRecord
from pipeline.served import refuse_phantom_over_images


@dataclass(frozen=True)
class Request:
    """What the user asked for."""

    config: Config
    output: Path
    from_node: str | None = None
    dry_run: bool = False
    json_log: bool = False


def execute(request: Request) -> int:
    """Run, or say what would run.

    Returns:
      The exit code: DONE or NOT_BLESSED.
    Raises:
      UserError: its exit code says what went wrong.
      KeyboardInterrupt: the user, or SIGTERM, stopped the run.
    """
    _check(request)
    if request.dry_run:
        from pipeline.dry_run import describe

        check_layers(request.config)
        for line in list(describe(request.config, request.output)):
            print(line)
        return int(ExitCode.DONE)
    try:
        request.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--output {request.output}: cannot be made: {error.strerror}") from error
    if not os.access(request.output, os.W_OK):
        raise UsageError(f"--output {request.output}: cannot be written to")
    with locked(request.output), terminated_like_interrupted():
        record = _start(request)
        with logged(record.log) as terminal, Console(terminal, request.json_log) as console:
            console.line(f"run {record.run_id}   log: {record.log}", event="run", run=record.run_id, log=str(record.log))
            try:
                code, report = _run(request, record, console)
            except UserError as error:
                # What a user is told may name files or folders; the log lies in the output folder, where no name belongs.
                frames = "".join(traceback.format_tb(error.__traceback__))
                logging.error("the run failed: %s\n%s", type(error).__name__, frames)
                record.finish(f"failed: {type(error).__name__}")
                raise _with_log(str(error), error.exit_code, record.log) from error
            except Exception as error:
                # A fault of ours: the trace is for the log, the user gets one line.
                logging.exception("the run failed")
                record.finish(f"failed: {type(error).__name__}")
                text = f"internal error: {type(error).__name__}: {' '.join(str(error).split())[:400]}"
                raise _with_log(text, ExitCode.STAGE_FAILED, record.log) from error
            except KeyboardInterrupt:
                record.finish("interrupted")
                raise
    print(report)
    return code


def _run(request: Request, record: RunRecord, console: Console) -> tuple[int, Path]:
    config = request.config
    with console.stage("load"):
        # TensorFlow and TFX take many seconds to import; they are not needed to refuse a wrong argument.
        from components.trainer.networks import check_parameters
        from pipeline import conclusion, data, wiring

    check_parameters(config.trainer)
    check_layers(config)
    prepared = data.prepare(config, request.output, console)
    wired = wiring.wire(config, request.output, prepared, record)
    try:
        wired.run(console, request.from_node)
    finally:
        record.note_nodes(wired.verdicts())
    return conclusion.conclude(wired, record, console)


def _start(request: Request) -> RunRecord:
    try:
        return RunRecord.start(request.output, request.config)
    except OSError as error:
        raise UsageError(f"--output {request.output}: cannot be written to: {error.strerror}") from error


def _with_log(text: str, code: ExitCode, log: Path) -> UserError:
    error = UserError(f"{text}\n  details: {log}")
    error.exit_code = code
    return error


def _check(request: Request) -> None:
    node = request.from_node
    if node is not None and node not in NODES:
        near = difflib.get_close_matches(node, NODES, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        if node == "ingest":
            hint = "; ingest is no node: it runs again by itself when images, configuration or its code change"
        raise UsageError(f"--from {node}: no such node{hint}. Nodes: {', '.join(NODES)}")
    config = request.config
    check_columns(config.data.columns)
    validate_slice_names([*config.evaluator.slices, *threshold_slices(config.gate)], config.data.columns)
    validate_labels(config.evaluator, config.data.class_map.names)
    validate_thresholds(config.gate, config.data.class_map.names)
    check_training(config.trainer)
    if config.data.sources:
        check_private_dir(config.data.private_dir or default_private_dir(), request.output)
    refuse_phantom_over_images(config, request.output)
    for source in config.data.sources:
        find_reader(source.reader)
        if not source.root.is_dir():
            kind = "is not a folder" if source.root.exists() else "no such folder"
            raise UsageError(f"--data {source.root}: {kind}")


def check_training(config: TrainerConfig, with_findings: bool = False) -> None:
    """Refuse what would fail after the images are read.

    Args:
      config: of the trainer.
      with_findings: whether task multilabel can be judged.
    Raises:
      UsageError: the task has no evaluation here, or the file of the initial weights is not there.
    """
    if config.task == "multilabel" and not with_findings:
        raise UsageError(
            "trainer.task=multilabel: the pipeline's evaluation asks for one class an image; train findings with "
            "`python -m pipeline.experiments run pipeline/configs/experiments/multilabel.yaml`"
        )
    if config.weights_file is not None and not config.weights_file.is_file():
        raise UsageError(
            f"trainer.initial_weights {config.initial_weights}: no such file; it is none, imagenet or the path of a model.keras"
        )


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
