"""An external validation for people: what was read and left out, pairs within sources, the slices by source."""

from collections.abc import Iterator, Mapping, Sequence

from components.base.plural import plural
from components.evaluator import assessment_table
from components.evaluator.assessment import PairWithin
from components.evaluator.blocks import blocks
from components.evaluator.slice_table import OVERALL
from components.external.content import Content
from components.external.outcome import External
from schemas.features import SOURCE

_NOBODY = "nothing here says anything about patients"


def describe(content: Content) -> Iterator[str]:
    """Write everything, line by line; the tables are of several lines."""
    outcome, found = content.outcome, content.assessment
    yield f"model {outcome.model}, made with {plural(sum(outcome.trained_on.values()), 'image')} ({_counts(outcome.trained_on)})"
    if content.made_with.phantom:
        yield f"a model of synthetic phantom images ({', '.join(content.made_with.phantom)}): {_NOBODY}"
    yield f"read: {_counts(outcome.counts)}"
    for word, reasons in (("skipped", outcome.skipped), ("quarantined", outcome.quarantined)):
        if reasons:
            yield f"{word}: {_counts(reasons, ': ')}"
    lacking = [name for name, count in outcome.classes.items() if not count]
    if lacking:
        yield f"no image of {' and '.join(lacking)}"
    excluded = {kind: count for kind, count in outcome.excluded.items() if count}
    yield f"left out as shared with the model's data: {_left_out(outcome, excluded)}"
    for kind, why in outcome.not_looked_for.items():
        yield f"not looked for: {kind}: {why}"
    yield f"scored: {plural(outcome.scored['images'], 'image')} of {plural(outcome.scored['patients'], 'patient')}"
    if outcome.without_patient:
        read = outcome.counts["written"]
        yield f"no patient is named for {outcome.without_patient} of the {read} images that were read; each counts as one, copies aside"
    if content.phantom:
        yield f"synthetic phantom images among the scored ones ({', '.join(content.phantom)}): {_NOBODY}"
    if outcome.eval_choices:
        unmade = "no thresholds and no temperature" if found.temperature.note == outcome.eval_choices else "no thresholds"
        yield f"{unmade}: {outcome.eval_choices}"
    for point in found.operating_points:
        aim = f"{point.label} at a {point.aim} of {point.wanted:g} on eval"
        sensitivity, specificity = assessment_table.show(point.sensitivity), assessment_table.show(point.specificity)
        yield f"{aim}: sensitivity {sensitivity}, specificity {specificity}"
    if found.temperature.value is not None:
        here, other = (assessment_table.show(each[0].log_loss) for each in found.calibrations.values())
        carried, differs = (" in the model's probabilities", "without it") if found.temperature.exported else ("", "after it")
        yield f"temperature {found.temperature.value:.3f} of eval{carried}: log loss here {here}, {differs} {other}"
    elif found.temperature.note != outcome.eval_choices:
        yield f"no temperature: {found.temperature.note}"
    yield ""
    yield "Pairs of classes within sources (AUC)"
    yield _within(found.within_source)
    yield ""
    lines = assessment_table.select(found, OVERALL, {})
    if any(tuple(part.slice) == (SOURCE,) for part in found.slices):
        lines += assessment_table.select(found, SOURCE, {})
    yield assessment_table.render(lines, found.classes, "table")


def _left_out(outcome: External, excluded: Mapping[str, int]) -> str:
    if not excluded:
        return "nothing" if len(outcome.not_looked_for) < len(outcome.excluded) else "nothing was looked for"
    kinds = f"{plural(sum(excluded.values()), 'image')} ({_counts(excluded, ': ')}) in {plural(outcome.excluded_groups, 'group')}"
    return f"{kinds}; found in {_counts(outcome.found_in)}"


def _within(pairs: Sequence[PairWithin]) -> str:
    sources = sorted({source for pair in pairs for source in pair.images})
    rows = [["pair", "pooled", *sources]]
    for pair in pairs:
        each = [assessment_table.show(pair.by_source[source]) if source in pair.by_source else "-" for source in sources]
        rows.append([f"{pair.pair[0]} - {pair.pair[1]}", assessment_table.show(pair.pooled), *each])
    return blocks(rows)


def _counts(counts: Mapping[str, int], between: str = " ") -> str:
    return ", ".join(f"{name}{between}{count}" for name, count in counts.items())
