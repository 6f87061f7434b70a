"""Judge a trained model on data that it never saw: read, leave out what is shared, predict, measure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.base import progress
from components.base.errors import DataRefusedError, UsageError
from components.base.plural import plural
from components.evaluator import assessment
from components.evaluator.assess import measure
from components.evaluator.choices import Choices, choices_of, no_choices
from components.evaluator.config import EvaluatorConfig, validate_labels
from components.evaluator.slice_names import validate_slice_names
from components.external import predictions_csv
from components.external.content import Content, gather
from components.external.made_with import find_sources
from components.external.origin import describe_origin
from components.external.outcome import FILE_NAME, External
from components.external.own_run import OwnRun, read_own_run
from components.external.page import NUMBERS, PAGE, write_report
from components.external.scored_model import ScoredModel
from components.external.shared import KINDS, Shared, find_shared
from components.ingest import folder
from components.ingest.config import IngestConfig, SplitConfig
from components.ingest.job import ingest
from components.ingest.records import DataSource, Records
from components.ingest.watch import Pace
from components.predictions.table import Predictions
from components.trainer.training_data import TrainingData
from schemas.features import SPLITS

STAGE = "external"
RESULTS = (predictions_csv.FILE_NAME, assessment.FILE_NAME, FILE_NAME, PAGE, NUMBERS)


@dataclass(frozen=True)
class Request:
    """What is to be judged, on what, and how.

    Attributes:
      model: the model.
      facts: what it carries of its training data; classes and stored size are taken from it.
      sources: the data.
      output: where everything is written.
      ingest: limits and workers; everything becomes test, whatever its split says.
      columns: further csv columns.
      private_dir: where the key of the pseudonyms lies.
      evaluator: slices, draws, prevalence, operating points.
      seed: of the draws.
    """

    model: ScoredModel
    facts: TrainingData
    sources: Sequence[DataSource]
    output: Path
    ingest: IngestConfig
    columns: tuple[str, ...]
    private_dir: Path
    evaluator: EvaluatorConfig
    seed: int

    @property
    def settings(self) -> dict[str, Any]:
        """What of the configuration bears on the numbers, by its keys."""
        return {
            "seed": self.seed,
            "data": {"columns": list(self.columns)},
            "ingest": self.ingest.model_dump(mode="json"),
            "evaluator": self.evaluator.model_dump(mode="json"),
        }


def validate(request: Request) -> Content:
    """Validate; all of RESULTS are written into the output folder.

    Raises:
      UsageError: data or configuration do not fit.
      DataRefusedError: the data cannot be used, or the model knows all of them.
      UserError: the model or its fingerprints are damaged.
    """
    validate_labels(request.evaluator, request.facts.classes)
    validate_slice_names(request.evaluator.slices, request.columns)
    own = read_own_run(request.model.run) if request.model.run is not None else None
    choices, why = _choices(own, request)
    records = _read(request)
    for name in RESULTS:
        # What an earlier command left must not pass for the result of this one, should it end early.
        (request.output / name).unlink(missing_ok=True)
    shared = _shared(request, records)
    written = int(records.summary["counts"]["written"])
    if len(shared.kinds) == written:
        counts = ", ".join(f"{kind}: {count}" for kind, count in _excluded(shared).items() if count)
        which = "the only image is" if written == 1 else f"all {written:,} images are"
        raise DataRefusedError(f"{which} shared with the data of this model ({counts}); give data that it never saw")
    scored = _predict(request, records, shared)
    progress.notice(STAGE, f"measuring {plural(len(scored), 'image')} with {request.evaluator.draws} draws of patients")
    found = measure(scored, request.evaluator, request.seed, choices)
    outcome = External(
        model=request.model.digest,
        trained_on=request.facts.images,
        records=records.digest,
        counts=records.summary["counts"],
        skipped=records.summary["skipped"],
        quarantined=records.summary["quarantined"],
        classes=_classes(request, records),
        without_patient=folder.images_without_patient(records.summary),
        excluded=_excluded(shared),
        excluded_groups=len(shared.groups),
        found_in={split: shared.splits[split] for split in SPLITS if split in shared.splits},
        not_looked_for=dict(shared.not_looked_for),
        scored=found.splits["test"],
        eval_choices=why,
    )
    predictions_csv.write(scored, request.output)
    found.save(request.output)
    outcome.save(request.output)
    progress.notice(STAGE, "writing the report")
    origin = describe_origin(request.model, request.sources, request.settings)
    content = gather(outcome, found, scored, records.summary, origin, own, find_sources(request.facts, own))
    write_report(content, request.output)
    return content


def _choices(own: OwnRun | None, request: Request) -> tuple[Choices, str]:
    if own is None:
        why = "the run of the model is not here; name it with --run"
    elif own.assessment is None:
        why = f"the run of the model has no {assessment.FILE_NAME}"
    else:
        return choices_of(own.assessment, request.evaluator), ""
    return no_choices(request.evaluator, why, request.facts.temperature), why


def _read(request: Request) -> Records:
    config = request.ingest.model_copy(update={"max_side_px": request.facts.max_side_px, "split": SplitConfig(only_test=True)})
    classes = request.facts.class_map
    return ingest(request.sources, request.output, config, classes, request.columns, request.private_dir)


def _shared(request: Request, records: Records) -> Shared:
    pace = Pace(2 * (sum(request.facts.images.values()) + records.summary["counts"]["written"]), "steps of the search for copies", STAGE)
    key = records.summary["pseudonym_key"]
    return find_shared(records.folder, key, request.model.folder, request.facts, lambda done, _total: pace(done))


def _excluded(shared: Shared) -> dict[str, int]:
    counts = Counter(shared.kinds.values())
    return {kind: counts[kind] for kind in KINDS}


def _predict(request: Request, records: Records, shared: Shared) -> Predictions:
    progress.notice(STAGE, "loading TensorFlow and the model, which takes a moment")
    from components.predictions.predict import predict  # TensorFlow takes seconds to import

    files = sorted((records.folder / folder.EXAMPLES / "test").glob("*.tfrecord"))
    table = predict(
        request.model.folder,
        {"test": files},
        request.facts.classes,
        lambda done, total: progress.report(STAGE, done, total, "images predicted"),
    )
    return table.subset(~np.isin(table.id, sorted(shared.kinds)))


def _classes(request: Request, records: Records) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for cell in records.summary["cells"]:
        counts[cell["label"]] += cell["images"]
    return {name: counts[name] for name in request.facts.classes}


def check_output(output: Path) -> None:
    """Refuse to write the results into a file or over the run of a pipeline.

    Raises:
      UsageError: the folder cannot take them.
    """
    if output.exists() and not output.is_dir():
        raise UsageError(f"--output {output}: is not a folder")
    if (output / "runs").is_dir():
        raise UsageError(f"--output {output}: is the output folder of a pipeline; give another one")
