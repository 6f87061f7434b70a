"""Run a Beam pass: on Beam's local runner, or on any other by Beam's own flags."""

import argparse
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners import create_runner
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from components.base.errors import UsageError

# Their job servers take further flags that Beam's Python does not know.
_OPEN_ENDED = ("portablerunner", "flinkrunner", "sparkrunner", "prismrunner")


def check_flags(flags: Sequence[str]) -> None:
    """Refuse flags that name no runner, or that no runner would read.

    Raises:
      UsageError: as said.
    """
    if not flags:
        return
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for options in [PipelineOptions, *_subclasses(PipelineOptions)]:
        options._add_argparse_args(parser)
    try:
        known, strange = parser.parse_known_args(list(flags))
    except SystemExit as error:
        raise UsageError(f"Beam does not understand its flags {' '.join(flags)}") from error
    if not known.runner:
        raise UsageError(f"{' '.join(flags)}: flags for Beam need --runner, such as --runner=FlinkRunner; or is one of them mistyped?")
    try:
        create_runner(known.runner)
    except (ValueError, ImportError, AttributeError) as error:
        raise UsageError(f"--runner={known.runner}: Beam has no such runner, or it is not installed here") from error
    if strange and known.runner.rpartition(".")[2].lower() not in _OPEN_ENDED:
        raise UsageError(f"{' '.join(strange)}: neither this command nor Beam's {known.runner} knows this")


def run_pass(elements: Iterable[Any], work: beam.DoFn, workers: int, flags: Sequence[str]) -> None:
    """Run one pass over its elements.

    Args:
      elements: plain values.
      work: what to do with each.
      workers: of the local runner.
      flags: Beam's own; none takes the local runner.
    """
    # The flags are given, or Beam would read the program's own arguments. DirectRunner would try to download another runner.
    local = [f"--direct_num_workers={workers}", f"--direct_running_mode={running_mode(workers)}"]
    options = PipelineOptions(list(flags) or local)
    runner = None if flags else FnApiRunner()
    with _quiet(logging.getLogger("apache_beam")), beam.Pipeline(runner=runner, options=options) as pipeline:
        _ = pipeline | "list" >> beam.Create(list(elements)) | "spread" >> beam.Reshuffle() | "work" >> beam.ParDo(work)


def running_mode(workers: int) -> str:
    """Choose how Beam's local runner works.

    Decoders let go of the interpreter's lock while they work, so threads use all cores; processes would first spend
    seconds on their imports.
    """
    return "multi_threading" if workers > 1 else "in_memory"


def _subclasses(options: Any) -> Iterator[Any]:
    for subclass in options.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
