"""The audit of one model: gather the tables, make the floors, and put them beside the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from components.auditor.audit import Audit
from components.auditor.border_masking import border_drop
from components.auditor.config import AuditorConfig
from components.auditor.file_features import READ, FileFacts, one_hot
from components.auditor.floors import SIGHTS, SOURCE, THUMBNAIL, Rows, best_floor, best_floor_within_source, make_floor
from components.auditor.gather import Gathered, Tables, gather
from components.auditor.lungs import FixedLungs, KnownLungs, Lungs
from components.auditor.measures import draw_measures, measures
from components.auditor.records import read_file_facts
from components.auditor.slice_intervals import slice_intervals
from components.auditor.source_probe import probe_source
from components.auditor.verdict import verdict
from components.base import progress
from components.base.errors import UsageError, UserError
from components.evaluator.intervals import resample
from components.explainer.phantom_lungs import PhantomLungs
from components.explainer.trained_model import TrainedModel
from components.explainer.truth import seen_window
from components.phantom.config import PhantomConfig
from components.predictions.table import Predictions
from schemas import features

STAGE: Final = "auditor"


@dataclass(frozen=True)
class Study:
    """What an audit reads.

    Attributes:
      trained: the model.
      predictions: of the same model, of eval and test.
      transformed: split to gzip TFRecord files of transformed examples.
      ingested: split to those of ingested examples.
      phantom: of the built-in phantom, where that is the data.
      crossings: features of the slices that the gate's thresholds name.
      config: of the audit.
      seed: decides every draw.
      least_in_pair: images of each of two classes that a source needs for a comparison inside it, as the assessment has it.
    """

    trained: TrainedModel
    predictions: Predictions
    transformed: Mapping[str, Sequence[Path]]
    ingested: Mapping[str, Sequence[Path]]
    phantom: PhantomConfig | None
    crossings: Sequence[Sequence[str]]
    config: AuditorConfig
    seed: int
    least_in_pair: int


def make_audit(study: Study) -> Audit:
    """Audit a model.

    Raises:
      UserError: model, predictions and examples do not belong together, or a split or a column is missing.
    """
    config, classes = study.config, study.trained.classes
    evaluation, test = _predicted(study, "eval"), _predicted(study, "test")
    facts = {split: read_file_facts(study.ingested[split]) for split in features.SPLITS}
    learned = _drawn_ids(facts["train"], config.max_train_images, study.seed)
    lungs = find_lungs(study.trained, study.phantom)
    tables = Tables(config.border, lungs, [facts["train"][image_id] for image_id in learned])
    read = {
        split: gather(study.trained, study.transformed[split], ids, facts[split], tables, config, masked=split == "test")
        for split, ids in (("train", learned), ("eval", evaluation.id.tolist()), ("test", test.id.tolist()))
    }
    known = sorted(set(read["train"].sources))
    train = _rows(read["train"], read["train"].ids, known)
    on_eval, on_test = _rows(read["eval"], evaluation.group, known), _rows(read["test"], test.group, known)

    resampling = resample(test.group, config.draws, study.seed)
    drawn = draw_measures(test.label_index, test.probabilities, test.source, classes, resampling, study.least_in_pair)
    floors = []
    for done, name in enumerate(SIGHTS):
        progress.report(STAGE, done, len(SIGHTS), f"floor: {SIGHTS[name].words}")
        floors.append(make_floor(name, train, on_eval, on_test, drawn, classes, config.draws, study.seed, study.least_in_pair))
    progress.report(STAGE, len(SIGHTS), len(SIGHTS), "floors")
    probed = {"embedding": (evaluation.embedding, test.embedding), THUMBNAIL: (on_eval.tables[THUMBNAIL], on_test.tables[THUMBNAIL])}
    audit = Audit(
        classes=classes,
        images={"train": len(facts["train"]), "eval": len(evaluation), "test": len(test)},
        train_images_used=len(learned),
        sources=tuple(np.unique(test.source).tolist()),
        lungs=lungs.kind,
        lungs_share=lungs.share,
        file_features=READ,
        model=measures(drawn),
        slices=slice_intervals(test, study.crossings, resampling),
        floors=tuple(floors),
        best_floor=best_floor(tuple(floors)),
        best_floor_within_source=best_floor_within_source(tuple(floors)),
        source_probe=probe_source(probed, (evaluation.source, test.source), (evaluation.group, test.group), config.draws, study.seed),
        border=border_drop(test.label_index, test.probabilities, read["test"].without_border, classes, resampling, config.border),
    )
    return audit.model_copy(update={"verdict": verdict(audit, config.near)})


def find_lungs(trained: TrainedModel, phantom: PhantomConfig | None) -> Lungs:
    """Take the phantom's truth where there is one that can be followed into the network's square, else the fixed mask."""
    if phantom is None:
        return FixedLungs(trained.image_px, trained.harmonise)
    try:
        window = seen_window(trained.harmonise)
    except UsageError as error:
        progress.notice(STAGE, f"{error}; two fixed ellipses black the lungs out")
        return FixedLungs(trained.image_px, trained.harmonise)
    return KnownLungs(PhantomLungs(phantom, trained.image_px, window))


def _predicted(study: Study, split: str) -> Predictions:
    if list(study.predictions.classes) != list(study.trained.classes):
        raise UserError("the predictions are of other classes than the model; run the predictions node again")
    table = study.predictions.subset(study.predictions.split == split)
    if not len(table):
        raise UserError(f"the predictions hold no image of the split {split}; add data or change ingest.split")
    return table


def _drawn_ids(facts: Mapping[str, FileFacts], most: int, seed: int) -> list[str]:
    ids = sorted(facts)
    if not ids:
        raise UserError("the split train is empty; add data or change ingest.split")
    if len(ids) <= most:
        return ids
    chosen = np.random.default_rng(seed).choice(len(ids), most, replace=False)
    return [ids[place] for place in np.sort(chosen)]


def _rows(read: Gathered, groups: npt.NDArray[np.str_], known: Sequence[str]) -> Rows:
    return Rows(read.label_index, groups, read.sources, {SOURCE: one_hot(read.sources.tolist(), known), **read.tables})
