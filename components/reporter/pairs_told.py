"""Which pairs of classes a model tells within sources, in words. An AUC without an interval shows nothing, whatever its value."""

from collections.abc import Sequence

from components.evaluator.assessment import Assessment, PairWithin
from components.evaluator.intervals import LEAST_GROUPS
from components.reporter import formats
from components.reporter.collect_data import Data
from components.reporter.intervals_shown import interval_text, remark, shown

CHANCE = 0.5


def bounded(assessment: Assessment) -> list[PairWithin]:
    """List the pairs whose AUC has an interval."""
    return [pair for pair in assessment.within_source if interval_text(pair.pooled)]


def say_pairs(pairs: Sequence[PairWithin]) -> str:
    """Say what the model does with pairs whose AUC has an interval, as in "tells a from b with an AUC of 0.900 (0.800 to 0.950)"."""
    told = [f"{versus(pair)} with an AUC of {shown(pair.pooled)}" for pair in pairs if not _at_chance(pair)]
    chance = [f"{shown(pair.pooled)} for {versus(pair)}" for pair in pairs if _at_chance(pair)]
    said = [f"tells {formats.words(told)}"] if told else []
    said += [f"has an AUC of {formats.words(chance)}"] if chance else []
    return ", and ".join(said)


def pair_gaps(assessment: Assessment, data: Data) -> list[str]:
    """Say which pairs that a source holds are not shown to be told better than chance, as parts of a sentence.

    Args:
      assessment: measures of the judged images.
      data: the same images by source and class, as the split "test".
    """
    chance = [versus(pair) for pair in bounded(assessment) if _at_chance(pair)]
    gaps = [f"to tell {formats.words(chance)} better than chance (no interval of its AUC lies above {CHANCE})"] if chance else []
    bare = [pair for pair in assessment.within_source if pair.pooled.value is not None and not interval_text(pair.pooled)]
    if bare:
        named = formats.words(f"{versus(pair)} (AUC {shown(pair.pooled)}{_scarcer(pair, data)})" for pair in bare)
        reasons = formats.words(dict.fromkeys(remark(pair.pooled) for pair in bare))
        gaps.append(f"to tell {named} better than chance (no interval: {reasons})")
    return gaps


def versus(pair: PairWithin) -> str:
    """Name what a pair of classes asks of a model, as in "normal from covid19"."""
    return f"{pair.pair[0]} from {pair.pair[1]}"


def _at_chance(pair: PairWithin) -> bool:
    return pair.pooled.low is not None and pair.pooled.low <= CHANCE


def _scarcer(pair: PairWithin, data: Data) -> str:
    """Count the patients of the scarcer class in the sources that the AUC is of; silent where they are enough, in unlike shares."""
    patients, label = min((sum(data.groups(source, label, "test") for source in pair.by_source), label) for label in pair.pair)
    return f", {formats.plural(patients, 'patient')} of {label}" if patients < LEAST_GROUPS else ""
