"""The verdict in three sentences: what the model does, what it is not shown to do, and whether it is blessed and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.evaluator.assessment import Assessment
from components.reporter import formats
from components.reporter.collect_data import Data
from components.reporter.collect_gate import Verdict
from components.reporter.confounding import Confounding
from components.reporter.intervals_shown import AnyFigure, interval_text, remark, shown
from components.reporter.pairs_told import bounded, pair_gaps, say_pairs, versus
from components.reporter.shortcuts import Shortcuts
from components.reporter.shortfalls import shortfall_gaps
from components.reporter.slice_tables import whole
from components.reporter.wording import TEST, Wording

_MOST_PAIRS = 3
_INSIDE = "Inside single sources, where the source cannot give the class away"


@dataclass(frozen=True)
class Findings:
    """The three sentences. `decision` ends with a colon where the failed checks follow."""

    does: str
    not_shown: str
    decision: str


def find(
    data: Data, assessment: Assessment, verdict: Verdict, confounding: Confounding, shortcuts: Shortcuts, phantom: bool, seed: int
) -> Findings:
    """Say in words what a run found.

    Args:
      data: the images by source and class.
      assessment: measures of the test split.
      verdict: of the gate.
      confounding: of sources and classes.
      shortcuts: what of the audit speaks against the model.
      phantom: the images are synthetic.
      seed: of the run.
    """
    gaps = [*_gaps(data, assessment, confounding, shortcuts, phantom), f"to come out the same from another seed than {seed}"]
    return Findings(describe_figures(assessment, TEST), f"It is not shown {either(gaps)}.", _decision(verdict))


def describe_figures(assessment: Assessment, of: Wording) -> str:
    """Say in a sentence what the model does: within sources first, then on all images."""
    row = whole(assessment)
    pairs = bounded(assessment)
    macro, accuracy = row.metrics["macro_recall"], row.metrics["accuracy"]
    told: list[AnyFigure] = [pair.pooled for pair in pairs[:_MOST_PAIRS]]
    test = f"{formats.plural(row.n, of.image)} of {formats.plural(row.patients, 'patient')}"
    if macro.value is None:
        told.append(accuracy)
        over = f"on all {test}, which are of one class, its accuracy is {shown(accuracy)}"
    else:
        told += [macro, accuracy]
        over = f"on all {test} its macro recall is {shown(macro)} and its accuracy {shown(accuracy)}"
    if pairs:
        rest = len(pairs) - _MOST_PAIRS
        more = f"; {formats.plural(rest, 'more pair')} below" if rest > 0 else ""
        text = f"{_INSIDE}, the model {say_pairs(pairs[:_MOST_PAIRS])}{more}; {over}"
    elif any(pair.pooled.value is not None for pair in assessment.within_source):
        text = f"{_INSIDE}, the model is not shown to tell any classes, since none of its AUCs has an interval; {over}"
    else:
        text = f"No source of {of.all} holds two classes, so that no figure here tells the class from the source; {over}"
    return f"{text}{_without(told)}."


def either(parts: Sequence[str]) -> str:
    """Join as in "a, b, or c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, or {parts[-1]}"


def _without(figures: Sequence[AnyFigure]) -> str:
    reasons = list(dict.fromkeys(remark(figure) for figure in figures if figure.value is not None and not interval_text(figure)))
    if not reasons:
        return ""
    bare = sum(figure.value is not None and not interval_text(figure) for figure in figures)
    which = "none of these figures has an" if bare == len(figures) else f"{bare} of these figures {'has' if bare == 1 else 'have'} no"
    return f"; {which} interval ({formats.words(reasons)})"


def _gaps(data: Data, assessment: Assessment, confounding: Confounding, shortcuts: Shortcuts, phantom: bool) -> Sequence[str]:
    gaps = ["to say anything about patients (the images are synthetic)"] if phantom else []
    unknown = [pair for pair in assessment.within_source if pair.pooled.value is None]
    if unknown:
        gaps.append(f"to tell {formats.words(versus(pair) for pair in unknown)} (not identifiable: no source holds enough of both)")
    gaps += [*pair_gaps(assessment, data), *shortfall_gaps(assessment, TEST)]
    floors = shortcuts.floors
    for nearest, verbs in ((floors.reaching, ("reaches", "reach")), (floors.close, ("comes near", "come near"))):
        blind = [floor.sees for floor in nearest if not floor.sees_lungs]
        blurred = [floor.sees for floor in nearest if floor.sees_lungs]
        if blind:
            gaps.append(f"to read the lungs ({formats.words(blind)} {verbs[len(blind) > 1]} its macro recall)")
        if blurred:
            gaps.append(f"to need detail ({formats.words(blurred)} {verbs[len(blurred) > 1]} it)")
    if shortcuts.border is not None:
        metric, drop = formats.metric_name(shortcuts.border.metric), shortcuts.border.drop
        loss = f"its {metric} drops by {formats.score(drop.value)}, {interval_text(drop)}"
        gaps.append(f"to read the lungs rather than the border ({loss}, where that is masked, on images unlike any trained on)")
    if floors.unshown:
        named = formats.words(floor.sees for floor in floors.unshown)
        gaps.append(f"to exceed what can be scored from {named} (no interval)")
    if confounding.unseen_test_sources:
        gaps.append(f"to work at other hospitals than {formats.words(confounding.unseen_test_sources)}, which alone were not trained on")
    else:
        gaps.append("to work on data of another hospital (none was tested)")
    return gaps


def _decision(verdict: Verdict) -> str:
    made = [check for check in verdict.checks if not check.not_compared]
    why = list(dict.fromkeys(check.not_compared for check in verdict.checks if check.not_compared))
    if verdict.blessed:
        pushed = f"{'' if made else 'it '}was pushed as version {verdict.pushed_version}" if verdict.pushed else "it was not pushed"
        return f"It is blessed: {_passed(len(made), formats.words(why))}, and {pushed}."
    pushed = f"was pushed all the same, as version {verdict.pushed_version}" if verdict.pushed else "was not pushed"
    if not made:
        return f"It is not blessed and {pushed}, since {_passed(0, formats.words(why))}."
    if not verdict.failed:
        return f"It is not blessed and {pushed}, and the gate names no failed check."
    checks = formats.plural(len(made), "check") + (f" that could be made ({formats.words(why)})" if why else "")
    return f"It is not blessed and {pushed}, since {len(verdict.failed)} of {checks} failed:"


def _passed(made: int, why: str) -> str:
    if not made:
        return f"no check of the gate could be made ({why})" if why else "the gate makes no check"
    passed = {1: "the only check" if why else "its only check", 2: "both checks"}.get(made, f"all {made} checks")
    return f"it passed {passed} of the gate" + (f" that could be made ({why})" if why else "")
