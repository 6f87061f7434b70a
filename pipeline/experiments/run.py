"""Run the cells of an experiment that have no result yet."""

import logging
import shlex
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from components.base.errors import UsageError, UserError
from components.base.layers import ENVIRONMENT_PREFIX
from components.base.plural import plural
from components.base.source_digest import ROOT
from components.ingest.checks import check_columns
from components.ingest.deidentify import check_private_dir, default_private_dir
from components.ingest.readers.registry import find_reader
from pipeline.config import Config
from pipeline.console import Console
from pipeline.experiments.code_version import code_version
from pipeline.experiments.described import describe
from pipeline.experiments.done import find_result
from pipeline.experiments.experiment import Experiment
from pipeline.experiments.failure import Failure, failed_before, failure_path
from pipeline.experiments.metric import check_metric, parse_metric
from pipeline.experiments.result import EXPERIMENT_FILE
from pipeline.experiments.variants import outputs, variant_configs
from pipeline.lock import locked
from pipeline.log_file import logged
from pipeline.run import terminated_like_interrupted

if TYPE_CHECKING:
    from components.trainer.frozen import FeatureMemory
    from pipeline.experiments.arrays import Images
    from pipeline.experiments.cell import PlannedCell

# Keys that say where things lie on this machine.
_PLACES = ("data.private_dir", "data.sources", "trainer.initial_weights")
_NO_PLACES = ("=none", "=imagenet")
_ENVIRONMENT = ENVIRONMENT_PREFIX.lower()
_PLACES_IN_ENVIRONMENT = tuple(f"{_ENVIRONMENT}{key.replace('.', '__')}" for key in _PLACES)


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
      experiment: what to run.
      data: the --data texts.
      assignments: the --set texts, over the settings of the experiment and under the changes of its variants.
      output: where records, preprocessed images and the log lie.
      results: folder of the result files of this experiment.
      environ: the environment.
      only: names of variants to run; none: all.
      dry_run: list the cells and train nothing.
      again: train again what failed before.
      models: folder for the trained networks, where they are to be kept.
      command: as the result files name it, without paths.
    """

    experiment: Experiment
    data: Sequence[str]
    assignments: Sequence[str]
    output: Path
    results: Path
    environ: Mapping[str, str]
    only: Sequence[str] = ()
    dry_run: bool = False
    again: bool = False
    models: Path | None = None
    command: str = ""


def configure(request: Request) -> dict[str, Config]:
    """Read the configuration of every variant, and refuse what would fail after the images are read.

    Raises:
      UsageError: as pipeline.experiments.variants.variant_configs; or a variant, reader, folder or class of a metric does not exist.
    """
    configs = variant_configs(request.experiment, request.assignments, request.environ, request.data)
    for name in request.only:
        if name not in configs:
            raise UsageError(f"--variant {name}: no such variant; there are: {', '.join(configs)}")
    for config in configs.values():
        for metric in request.experiment.metrics:
            check_metric(parse_metric(metric), config.trainer.task, outputs(config))
    first = next(iter(configs.values()))
    check_columns(first.data.columns)
    if first.data.sources:
        check_private_dir(first.data.private_dir or default_private_dir(), request.output)
    for source in first.data.sources:
        find_reader(source.reader)
        if not source.root.is_dir():
            raise UsageError(f"--data {source.root}: no such folder")
    return configs


def run(request: Request) -> int:
    """Run what is missing; a cell that is killed is run again, those that are finished are not.

    Args:
      request: what is wanted.
    Returns:
      Number of cells that were trained.
    Raises:
      UserError: configuration or data are wrong; or trainings failed, now or before, and all others are finished. What was finished stays.
    """
    configs = configure(request)
    try:
        request.output.mkdir(parents=True, exist_ok=True)
        if not request.dry_run:
            request.results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be made: {error.strerror}") from error
    log = request.output / f"{request.experiment.name}.log"
    with locked(request.output), terminated_like_interrupted(), logged(log) as terminal, Console(terminal) as console:
        try:
            return _run(request, configs, console)
        except UserError:
            raise
        except Exception as error:
            # A fault of ours: the trace is for the log, the user gets one line.
            logging.exception("the experiment failed")
            text = " ".join(str(error).split())[:400]
            raise UserError(f"internal error: {type(error).__name__}: {text}\n  details: {log}") from error


def _run(request: Request, configs: Mapping[str, Config], console: Console) -> int:
    with console.stage("load"):
        from components.trainer.frozen import FeatureMemory
        from components.trainer.networks import check_parameters
        from pipeline.experiments.cell import configuration_of
    for config in configs.values():
        check_parameters(config.trainer)
    cells = list(_cells(request, configs, console))
    found = {cell.file_name: find_result(request.results / cell.file_name, cell.identity, configuration_of(cell.config)) for cell in cells}
    results = [result for result in found.values() if result is not None]
    others = sum(result.code != code_version() for result in results)
    waiting = [cell for cell in cells if found[cell.file_name] is None]
    failed = {} if request.again else {cell.file_name: failure for cell in waiting if (failure := _failure(request, cell))}
    waiting = [cell for cell in waiting if cell.file_name not in failed]
    told = f", of which {others} by another version of the code" if others else ""
    told += f", {len(failed)} failed" if failed else ""
    console.line(f"{len(cells)} trainings, {len(results)} of them done{told}; results in {request.results}")
    if request.dry_run:
        for cell in waiting:
            console.line(
                f"  {cell.variant}, seed {cell.seed}, {cell.division.name}: {plural(len(cell.division.train), 'image')} to train on"
            )
        return 0
    # A run of some variants does not know what is planned of the others.
    if not (request.only and (request.results / EXPERIMENT_FILE).exists()):
        describe(request.results, request.experiment, Counter(cell.variant for cell in cells))
    memory, started = FeatureMemory(), time.monotonic()
    for number, cell in enumerate(waiting):
        left = (time.monotonic() - started) / number * (len(waiting) - number) / 60 if number else 0
        remark = f", some {left:.0f} min to go" if number else ""
        with console.stage(f"{number + 1}/{len(waiting)}") as outcome:
            failure, told = _attempt(request, cell, memory)
            outcome[1] = f"{cell.variant}, seed {cell.seed}, {cell.division.name}: {told}{remark}"
            if failure is not None:
                outcome[0] = "failed"
                failed[cell.file_name] = failure
    if failed:
        first = next(iter(failed.values()))
        raise UserError(
            f"{len(failed)} of {len(cells)} trainings failed, the first {first.variant}, seed {first.seed}, {first.division}: "
            f"{first.reason}. All others are done; --retry-failed trains these again."
        )
    return len(waiting)


def _failure(request: Request, cell: "PlannedCell") -> Failure | None:
    return failed_before(request.results / cell.file_name, cell.identity)


def _attempt(request: Request, cell: "PlannedCell", memory: "FeatureMemory") -> tuple[Failure | None, str]:
    """Train a cell and leave its result, or why there is none; return the failure, if any, and what happened in a few words."""
    from pipeline.experiments.cell import FAILURES, reason_of, run_cell

    place = request.results / cell.file_name
    try:
        result = run_cell(cell, request.experiment.name, request.experiment.reference_name, request.command, memory, request.models)
    except FAILURES as error:
        logging.exception("a training failed")
        reason = reason_of(error)
        failure = Failure(identity=cell.identity, variant=cell.variant, seed=cell.seed, division=cell.division.name, reason=reason)
        failure.save(place)
        return failure, reason
    result.save(place)
    failure_path(place).unlink(missing_ok=True)
    return None, plural(result.epochs, "epoch")


def _cells(request: Request, configs: Mapping[str, Config], console: Console) -> Iterator["PlannedCell"]:
    from pipeline.data import prepare
    from pipeline.experiments.arrays import load_images
    from pipeline.experiments.cell import PlannedCell, identify
    from pipeline.experiments.division import divisions

    experiment = request.experiment
    # Two sets of images in memory, whatever the number of variants.
    load = lru_cache(maxsize=2)(lambda key: load_images(*wanted[key], experiment.select, request.output / "prepared"))
    wanted: dict[str, tuple[Path, Config]] = {}
    records: dict[str, Path] = {}
    # Who is in which division does not depend on what is made of the pixels: variants that are done are not preprocessed again.
    planned: dict[str, Images] = {}
    rounds: dict[tuple[int, int], list[PlannedCell]] = {}
    for variant, config in configs.items():
        if request.only and variant not in request.only:
            continue
        ingest = config.model_dump_json(include={"ingest", "data", "phantom"})
        if ingest not in records:
            records[ingest] = prepare(config, request.output, console).records.folder
        key = f"{ingest} {config.model_dump_json(include={'transform', 'augmentation', 'seed'})}"
        wanted[key] = (records[ingest], config)
        if ingest not in planned:
            with console.stage("images") as outcome:
                planned[ingest] = load(key)
                outcome[1] = variant
        images = planned[ingest]
        found = divisions(experiment.division, images.groups, images.labels, images.examples.sources, images.splits)
        judged = np.unique(np.concatenate([images.examples.sources[division.judged] for division in found])).tolist()
        for metric in experiment.metrics:
            check_metric(parse_metric(metric), config.trainer.task, outputs(config), judged)
        for place, seed in enumerate(experiment.seeds):
            for number, division in enumerate(found):
                changes, identity = experiment.all_variants[variant], identify(config, seed, division, images)
                cell = PlannedCell(variant, changes, config, seed, division, partial(load, key), identity)
                rounds.setdefault((place, number), []).append(cell)
    # All variants of one seed and division, then the next: wherever it is stopped, what is there can be compared.
    for place_and_number in sorted(rounds):
        yield from rounds[place_and_number]


def shown_command(file: Path, data: Sequence[str], assignments_given: Sequence[str], environ: Mapping[str, str]) -> str:
    """Write the command as the root of this project runs it, without the places of this machine."""
    named = [*assignments_given, *(name.lower().removeprefix(_ENVIRONMENT).replace("__", ".") for name in environ)]
    has_data = bool(data) or any(text.startswith("data.sources") for text in named)
    told = [f"{name}={shlex.quote(value)}" for name, value in sorted(environ.items()) if name.startswith(ENVIRONMENT_PREFIX)]
    told = [text for text in told if not text.lower().startswith(_PLACES_IN_ENVIRONMENT) or text.endswith(_NO_PLACES)]
    given = [text for text in assignments_given if not text.startswith(_PLACES) or text.endswith(_NO_PLACES)]
    path = file.resolve()
    parts = [*told, "python -m pipeline.experiments run", path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else file.name]
    parts += [*(["--data DIR"] if has_data else []), *(f"--set {shlex.quote(text)}" for text in given)]
    return " ".join([*parts, "--results DIR"])
