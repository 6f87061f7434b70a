"""Put two runs side by side: everything that the page shows, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.auditor.audit import Audit
from components.evaluator.assessment import SliceFigures
from components.gate.check import Check
from components.reporter import formats
from components.reporter.collect_openings import Openings
from components.reporter.comparison.configuration import Both, both, flatten
from components.reporter.comparison.differences import Differences, Paired, key, measure_differences
from components.reporter.comparison.same_images import Pairing, pair_images
from components.reporter.comparison.side import Side
from components.reporter.intervals_shown import AnyFigure


@dataclass(frozen=True)
class Compared:
    """A figure of both runs; None where a run lacks the slice. `difference` is the second less the first, where it can be paired."""

    first: AnyFigure | None
    second: AnyFigure | None
    difference: AnyFigure | None = None
    corrected_p: float | None = None


@dataclass(frozen=True)
class PairCompared:
    """Two classes told apart inside sources: pooled, and by source."""

    pair: tuple[str, str]
    pooled: Compared
    by_source: dict[str, Compared]


@dataclass(frozen=True)
class SliceCompared:
    """One slice of the test split; `n` and `patients` are of the first and the second run, 0 where it lacks the slice."""

    slice: dict[str, str]
    n: tuple[int, int]
    patients: tuple[int, int]
    metrics: dict[str, Compared]


@dataclass(frozen=True)
class CheckCompared:
    """One check of the gate in both runs; None where a run does not have it."""

    kind: str
    metric: str
    slice: dict[str, str]
    first: Check | None
    second: Check | None


@dataclass(frozen=True)
class RunFacts:
    """What heads a run."""

    run_id: str
    phantom: bool
    seed: int
    blessed: bool
    pushed_version: str
    openings: Openings | None
    audit: tuple[str, ...]


@dataclass(frozen=True)
class Images:
    """Whether the test images are the same; `shared` is None where it cannot be told, `draws` 0 where nothing is paired."""

    same: bool
    why: str
    first: int
    second: int
    shared: int | None
    draws: int
    answers_alike: bool


@dataclass(frozen=True)
class Comparison:
    """All that the page shows but its sentences. The tree of fields is the tree of `compare.json`."""

    first: RunFacts
    second: RunFacts
    images: Images
    configuration: tuple[Both, ...]
    code: tuple[Both, ...]
    versions: tuple[Both, ...]
    data: tuple[Both, ...]
    model: tuple[Both, ...]
    within_source: tuple[PairCompared, ...]
    slices: tuple[SliceCompared, ...]
    checks: tuple[CheckCompared, ...]
    audit: dict[str, Compared]


def compare(first: Side, second: Side) -> Comparison:
    """Compare two runs.

    Raises:
      UserError: the predictions lack a column that the slices need.
    """
    pairing = pair_images(first, second)
    differences = _differences(first, second, pairing)
    return Comparison(
        first=_facts(first),
        second=_facts(second),
        images=Images(
            same=pairing.same,
            why=pairing.why,
            first=pairing.first,
            second=pairing.second,
            shared=pairing.shared,
            draws=differences.draws if differences else 0,
            answers_alike=differences is not None and differences.alike,
        ),
        configuration=both(first.configuration, second.configuration),
        code=both(first.code, second.code),
        versions=both(first.versions, second.versions) if first.versions and second.versions else (),
        data=both(_data(first), _data(second)),
        model=both(_model(first), _model(second)),
        within_source=_within(first, second, differences),
        slices=_slices(first, second, differences),
        checks=_checks(first, second),
        audit=_audit(first.audit, second.audit),
    )


def _differences(first: Side, second: Side, pairing: Pairing) -> Differences | None:
    if pairing.sorted_rows is None or pairing.order is None:
        return None
    tables = first.predictions.subset(pairing.sorted_rows), second.predictions.subset(pairing.order)
    return measure_differences(*tables, first.evaluator, first.seed)


def _facts(side: Side) -> RunFacts:
    verdict = side.verdict
    return RunFacts(side.run_id, side.phantom, side.seed, verdict.blessed, verdict.pushed_version, side.openings, side.audit.verdict)


def _data(side: Side) -> dict[str, str]:
    data = side.data
    facts = {"digest of the records": data.digest, "classes": formats.words(data.classes)}
    facts |= {f"images {name}": formats.count(count) for name, count in data.counts.items()}
    facts["patients, or groups of copies"] = formats.count(data.group_count)
    facts["images that name no patient"] = formats.count(data.without_patient())
    facts |= {f"images in {split}": formats.count(count) for split, count in data.images_by_split.items()}
    facts |= {f"images of {label}": formats.count(count) for label, count in data.images_by_class.items()}
    facts |= {f"images at {source}": formats.count(count) for source, count in data.images_by_source.items()}
    return facts


def _model(side: Side) -> dict[str, str]:
    training = side.training
    facts = {
        "architecture": training.architecture,
        "initial weights": training.initial_weights,
        "balance": training.balance,
        "parameters": formats.count(training.parameter_count),
        "epochs": str(len(training.epochs)),
        "epoch that was kept": formats.plain(training.best_epoch),
        "macro recall on eval in that epoch": formats.score(training.best.get("val_macro_recall")),
        "time of training": formats.duration(training.seconds),
    }
    return facts | flatten(training.parameters, "hyperparameter ")


def _within(first: Side, second: Side, differences: Differences | None) -> tuple[PairCompared, ...]:
    ours, theirs = ({entry.pair: entry for entry in side.assessment.within_source} for side in (first, second))
    found = []
    for pair in dict.fromkeys((*ours, *theirs)):
        one, other = ours.get(pair), theirs.get(pair)
        pooled = Compared(one.pooled if one else None, other.pooled if other else None)
        if differences:
            pooled = _with(pooled, differences.by_slice.get(((), f"within_source_auc/{pair[0]}/{pair[1]}")))
        sources = _joined(one.by_source if one else {}, other.by_source if other else {})
        if differences:
            sources = {name: _with(entry, differences.by_source.get((pair, name))) for name, entry in sources.items()}
        found.append(PairCompared(pair, pooled, sources))
    return tuple(found)


def _slices(first: Side, second: Side, differences: Differences | None) -> tuple[SliceCompared, ...]:
    ours, theirs = ({key(row.slice): row for row in side.assessment.slices} for side in (first, second))
    found = []
    for where in dict.fromkeys((*ours, *theirs)):
        one, other = ours.get(where), theirs.get(where)
        metrics = _joined(one.metrics if one else {}, other.metrics if other else {})
        if differences:
            metrics = {name: _with(entry, differences.by_slice.get((where, name))) for name, entry in metrics.items()}
        found.append(SliceCompared(dict(where), _numbers(one, other, "n"), _numbers(one, other, "patients"), metrics))
    return tuple(found)


def _numbers(one: SliceFigures | None, other: SliceFigures | None, name: str) -> tuple[int, int]:
    return (getattr(one, name) if one else 0, getattr(other, name) if other else 0)


def _joined(first: Mapping[str, AnyFigure], second: Mapping[str, AnyFigure]) -> dict[str, Compared]:
    return {name: Compared(first.get(name), second.get(name)) for name in dict.fromkeys((*first, *second))}


def _with(entry: Compared, paired: Paired | None) -> Compared:
    if paired is None:
        return entry
    return Compared(entry.first, entry.second, paired.figure, paired.corrected_p)


def _checks(first: Side, second: Side) -> tuple[CheckCompared, ...]:
    ours, theirs = ({(check.kind, check.metric, key(check.slice)): check for check in side.verdict.checks} for side in (first, second))
    return tuple(
        CheckCompared(name[0], name[1], dict(name[2]), ours.get(name), theirs.get(name)) for name in dict.fromkeys((*ours, *theirs))
    )


def _audit(first: Audit, second: Audit) -> dict[str, Compared]:
    return _joined(_told(first), _told(second))


def _told(audit: Audit) -> dict[str, AnyFigure]:
    figures: dict[str, AnyFigure] = {}
    for floor in audit.floors:
        figures[f"excess within sources over {floor.sees}"] = floor.excess.within_source
    for floor in audit.floors:
        figures[f"excess in macro recall over {floor.sees}"] = floor.excess.macro_recall
    figures["the source told from the embedding, balanced accuracy"] = audit.source_probe.embedding
    figures["drop in macro recall with the border masked"] = audit.border.drop["macro_recall"]
    return figures
