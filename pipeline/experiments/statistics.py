"""From the results of an experiment to a comparison: estimates by patient, paired differences, corrected p-values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from components.base.errors import UsageError
from components.evaluator.intervals import Sampled, resample
from components.evaluator.paired import holm
from pipeline.experiments.between import differences_between, divided_both_ways
from pipeline.experiments.changes import Samples, estimate_of
from pipeline.experiments.choice import CHOSEN
from pipeline.experiments.code_version import code_version
from pipeline.experiments.comparison import Between, Comparison, Estimate, Published, Row
from pipeline.experiments.failure import Failure
from pipeline.experiments.metric import Metric, check_metric, parse_metric
from pipeline.experiments.notes import alike_notes, joined
from pipeline.experiments.pooling import Series, any_of, pool
from pipeline.experiments.references import Pairing, References
from pipeline.experiments.result import Cell
from pipeline.experiments.sampling import Sampler

LEAST_DRAWS = 2000
# The smallest p of B draws is 2 / (B + 1); with so many draws for each comparison Holm's correction can still reach 0.025.
_DRAWS_A_COMPARISON = 80


def compare(
    cells: Sequence[Cell],
    metrics: Sequence[str],
    planned: Mapping[str, int] | None = None,
    published: Sequence[Published] = (),
    seed: int = 2020,
    notes: Sequence[str] = (),
    references: References | None = None,
    title: str = "",
    failures: Sequence[Failure] = (),
) -> Comparison:
    """Compare the variants of one experiment.

    Args:
      cells: what is measured so far, at least one.
      metrics: names as `parse_metric` reads them, at least one; all of them count as comparisons.
      planned: variant to its number of cells; a variant without any gets a row that says so.
      published: figures to stand beside.
      seed: decides the draws.
      notes: what the experiment says a reader must know.
      references: a variant to those that are compared with it instead of with the reference.
      title: of the experiment; empty: its name.
      failures: trainings that have no result, and why: a note of their row, which has no figure where all of them failed.
    Returns:
      One row a variant and family of divisions, in the order of the plan, the reference first.
    Raises:
      UsageError: a metric does not exist, or the cells are of several experiments, tasks or references.
    """
    _check(cells, metrics)
    classes, task = cells[0].classes, cells[0].task
    asked = tuple(parse_metric(text) for text in metrics)
    sources = sorted({name for cell in cells for name in cell.predictions.source.names})
    for metric in asked:
        check_metric(metric, task, classes, sources)
    for figure in published:
        if figure.metric not in [metric.text for metric in asked]:
            raise UsageError(f"published figure of {figure.name}: {figure.metric!r} is none of the metrics {', '.join(metrics)}")

    series = sorted(pool(cells), key=lambda one: _place(one.variant, one.reference, planned))
    both_ways = divided_both_ways(series)
    draws = max(LEAST_DRAWS, _DRAWS_A_COMPARISON * (len(series) + len(both_ways)) * len(asked))
    samples = {id(one): _sample(one, asked, classes, draws, seed) for one in series}
    pairing = Pairing(series, references or {})
    rows = []
    for one in series:
        reference, why = pairing.reference_of(one)
        theirs = samples[id(reference)] if reference is not None else [None] * len(asked)
        estimates = [estimate_of(mine, its, why, seed) for mine, its in zip(samples[id(one)], theirs, strict=True)]
        rows.append(_row(one, estimates, pairing.against(one.variant), planned))
    rows = [replace(row, notes=(*row.notes, *_failed(failures, row.variant, row.division))) for row in rows]
    rows += _failed_rows(failures, {(row.variant, row.division) for row in rows}, planned or {}, asked)
    rows += [_empty_row(variant, number, asked) for variant, number in (planned or {}).items() if variant not in {r.variant for r in rows}]
    rows, between, comparisons = _correct(rows, differences_between(both_ways, asked, samples, seed))
    return Comparison(
        experiment=cells[0].experiment,
        title=title or cells[0].experiment,
        task=task,
        classes=classes,
        metrics=asked,
        rows=tuple(rows),
        published=tuple(published),
        comparisons=comparisons,
        draws=draws,
        seed=seed,
        data=tuple(sorted({cell.data.digest for cell in cells})),
        measured=tuple(sorted({f"{c.measured.date}, {c.measured.cores} cores, {c.measured.memory_gib:g} GiB" for c in cells})),
        commands=tuple(dict.fromkeys(cell.command for cell in cells)),
        warnings=tuple(_warnings(cells, series, bool(references))),
        notes=tuple(notes),
        between=tuple(between),
        named=bool(references),
        code=tuple(sorted({cell.code for cell in cells})),
        other_code=sum(cell.code != code_version() for cell in cells if cell.variant != CHOSEN),
        phantom=any(cell.phantom for cell in cells),
    )


def _check(cells: Sequence[Cell], metrics: Sequence[str]) -> None:
    if not cells:
        raise UsageError("no cell is measured yet; run the experiment first")
    if not metrics:
        raise UsageError("name at least one metric")
    for what, values in (
        ("experiments", {cell.experiment for cell in cells}),
        ("tasks", {cell.task for cell in cells}),
        ("lists of classes", {", ".join(cell.classes) for cell in cells}),
        ("references", {cell.variant for cell in cells if cell.reference}),
    ):
        if len(values) > 1:
            raise UsageError(f"the results are of {len(values)} {what} ({'; '.join(sorted(values))}); compare them apart")
    for variant in {cell.variant for cell in cells}:
        if len({cell.reference for cell in cells if cell.variant == variant}) > 1:
            raise UsageError(f"{variant} is the reference in some results and not in others; run it again")


def _place(variant: str, reference: bool, planned: Mapping[str, int] | None) -> tuple[bool, int]:
    order = list(planned or ())
    return (not reference, order.index(variant) if variant in order else len(order))


def _sample(one: Series, metrics: Sequence[Metric], classes: tuple[str, ...], draws: int, seed: int) -> list[Samples]:
    # Draws depend on the set of patients and the seed alone: series on the same patients are paired by themselves.
    group = any_of(one.answers).group
    resampling = resample(group, draws, seed)
    samplers = {number: Sampler(answers, classes, resampling) for number, answers in one.answers.items()}
    result = []
    for metric in metrics:
        found = {number: each.sample(metric) for number, each in samplers.items()}
        # Whether a metric exists depends on the images, which the seeds share.
        reasons = [value for value in found.values() if isinstance(value, str)]
        by_seed = {number: value for number, value in found.items() if isinstance(value, Sampled)}
        sampler = any_of(samplers)
        inside, remark = sampler.images(metric), sampler.remark(metric)
        result.append(Samples(by_seed, reasons[0] if reasons else "", int(inside.sum()), len(np.unique(group[inside])), remark))
    return result


def _row(one: Series, estimates: Sequence[Estimate], against: str, planned: Mapping[str, int] | None) -> Row:
    answers, cells = any_of(one.answers), one.cells
    return Row(
        variant=one.variant,
        division=one.family,
        reference=one.reference,
        changes=dict(cells[0].changes),
        images=len(answers.group),
        patients=len(np.unique(answers.group)),
        seeds=tuple(one.answers),
        cells=len(cells),
        planned=(planned or {}).get(one.variant),
        seconds=sum(cell.seconds for cell in cells) / len(cells),
        parameters=_range(cell.parameters for cell in cells),
        epochs=_range(cell.epochs for cell in cells),
        image_px=_range(cell.image_px for cell in cells),
        training_images=_range(cell.training_images for cell in cells),
        initial_weights=tuple(dict.fromkeys(cell.initial_weights for cell in cells)),
        notes=(*dict.fromkeys(joined(note for cell in cells for note in cell.notes).values()), *alike_notes(one.alike)),
        estimates=tuple(estimates),
        against=against,
        copied=one.variant == CHOSEN,
        alike=one.alike,
    )


def _empty_row(
    variant: str,
    planned: int | None,
    metrics: Sequence[Metric],
    division: str = "",
    why: str = "not measured yet",
    notes: tuple[str, ...] = (),
) -> Row:
    nothing = tuple(Estimate(0, 0, None, {}, None, None, why) for _ in metrics)
    return Row(
        variant, division, False, {}, 0, 0, (), 0, planned, None, None, None, None, None, (), notes, nothing, copied=variant == CHOSEN
    )


def _failed(failures: Sequence[Failure], variant: str, family: str) -> list[str]:
    return [f"seed {one.seed}, {one.division}: failed: {one.reason}" for one in failures if (one.variant, one.family) == (variant, family)]


def _failed_rows(
    failures: Sequence[Failure], measured: set[tuple[str, str]], planned: Mapping[str, int], metrics: Sequence[Metric]
) -> list[Row]:
    """Make a row of each variant and family of divisions of which every training that ran failed."""
    first = {(one.variant, one.family): one.reason for one in reversed(failures)}
    return [
        _empty_row(variant, planned.get(variant), metrics, family, f"failed: {reason}", tuple(_failed(failures, variant, family)))
        for (variant, family), reason in sorted(first.items())
        if (variant, family) not in measured
    ]


def _correct(rows: Sequence[Row], between: Sequence[Between]) -> tuple[list[Row], list[Between], int]:
    tests = [estimate.change.p if estimate.change else None for row in rows for estimate in row.estimates]
    tests += [one.change.p for one in between]
    corrected = iter(holm(tests))
    result = []
    for row in rows:
        estimates = []
        for estimate in row.estimates:
            p = next(corrected)
            estimates.append(replace(estimate, change=replace(estimate.change, corrected_p=p)) if estimate.change else estimate)
        result.append(replace(row, estimates=tuple(estimates)))
    divided = [replace(one, change=replace(one.change, corrected_p=next(corrected))) for one in between]
    return result, divided, sum(p is not None for p in tests)


def _warnings(cells: Sequence[Cell], series: Sequence[Series], named: bool) -> list[str]:
    warnings = [text for one in series for text in one.left_out]
    if len({cell.data.digest for cell in cells}) > 1:
        warnings.append("the cells were measured on different versions of the collection")
    if len({cell.code for cell in cells}) > 1:
        warnings.append("the cells were measured with different versions of the code")
    if not any(one.reference for one in series):
        warnings.append(f"the reference is not measured yet, so there are no differences{' from it' if named else ''}")
    return warnings


def _range(values: Iterable[int]) -> tuple[int, int]:
    listed = list(values)
    return min(listed), max(listed)
