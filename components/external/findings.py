"""The verdict of an external validation in three sentences: what was scored, what the evidence shows, what it does not show."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.evaluator.assessment import Assessment
from components.external.made_with import MadeWith
from components.external.origin import Origin
from components.external.outcome import External
from components.external.wording import SCORED
from components.reporter.collect_data import Data
from components.reporter.findings import describe_figures, either
from components.reporter.formats import plural, words
from components.reporter.pairs_told import pair_gaps, versus
from components.reporter.shortfalls import shortfall_gaps

_MOST_NAMED = 4


@dataclass(frozen=True)
class Findings:
    """The three sentences, and the headline above them."""

    headline: str
    scored: str
    shown: str
    not_shown: str


def find(outcome: External, found: Assessment, data: Data, origin: Origin, made: MadeWith, phantom: bool) -> Findings:
    """Say in words what an external validation found.

    Args:
      outcome: what was read and left out.
      found: measures of the scored images.
      data: the scored images.
      origin: of the model.
      made: the sources of its data.
      phantom: there are synthetic images among them.
    """
    return Findings(
        headline=_headline(outcome, data),
        scored=_scored(outcome, data, origin, made),
        shown=describe_figures(found, SCORED),
        not_shown=f"It is not shown {either(_gaps(outcome, found, data, made, phantom))}.",
    )


def left_out(outcome: External) -> int:
    """Count the images that were left out as shared with the model's data."""
    return sum(outcome.excluded.values())


def same_names(data: Data, made: MadeWith) -> tuple[str, ...]:
    """Find the scored sources that bear the name of a source that the model was made with."""
    return tuple(source for source in data.sources if source in (made.sources or made.phantom))


def _headline(outcome: External, data: Data) -> str:
    text = f"{plural(outcome.scored['images'], 'image')} of {plural(len(data.sources), 'source')} scored"
    return f"{text}, {left_out(outcome):,} left out" if left_out(outcome) else text


def _scored(outcome: External, data: Data, origin: Origin, made: MadeWith) -> str:
    version = f" (version {origin.version})" if origin.version else ""
    own_images = plural(sum(outcome.trained_on.values()), "image")
    own_sources = f" of {_counted(made.sources)}" if made.sources else f", some of them of {words(made.phantom)}" if made.phantom else ""
    images, patients = plural(outcome.scored["images"], "image"), plural(outcome.scored["patients"], "patient")
    model = f"Model {outcome.model}{version}, made with {own_images}{own_sources}"
    return f"{model}, was scored on {images} of {patients} of {_counted(data.sources)}; {_exclusions(outcome)}."


def _counted(sources: Sequence[str]) -> str:
    return f"{plural(len(sources), 'source')}{f' ({words(sources)})' if len(sources) <= _MOST_NAMED else ''}"


def _exclusions(outcome: External) -> str:
    if len(outcome.not_looked_for) == len(outcome.excluded):
        return f"whether any of them is in its data was not looked for ({next(iter(outcome.not_looked_for.values()))})"
    usable = plural(outcome.counts["written"], "usable image")
    unlooked = [f"not looked for: {words(outcome.not_looked_for)}"] if outcome.not_looked_for else []
    if not left_out(outcome):
        return f"none of {usable} was found in that data{f' ({unlooked[0]})' if unlooked else ''}"
    kinds = ", ".join(f"{kind}: {count:,}" for kind, count in outcome.excluded.items() if count)
    were = f"{left_out(outcome):,} of {usable} {'was' if left_out(outcome) == 1 else 'were'} left out"
    return f"{were}, since the image or its patient is in that data ({'; '.join([kinds, *unlooked])})"


def _gaps(outcome: External, found: Assessment, data: Data, made: MadeWith, phantom: bool) -> list[str]:
    synthetic = "the images are synthetic" if phantom else "the model was made with synthetic images" if made.phantom else ""
    gaps = [f"to say anything about patients ({synthetic})"] if synthetic else []
    absent = [label for label in data.classes if not data.images(label=label)]
    if absent:
        gaps.append(f"to recognise {words(absent)} (no such image was scored)")
    unknown = [pair for pair in found.within_source if pair.pooled.value is None and not set(pair.pair) & set(absent)]
    if unknown:
        gaps.append(f"to tell {words(versus(pair) for pair in unknown)} (not identifiable: no source holds enough of both)")
    gaps += [*pair_gaps(found, data), *shortfall_gaps(found, SCORED)]
    if outcome.not_looked_for:
        kinds = words(outcome.not_looked_for)
        gaps.append(f"to have met only patients that it never saw ({kinds}: not looked for)")
    gaps.append("to read the lungs (no shortcut was measured on these data)")
    known = same_names(data, made)
    if known:
        gaps.append(f"to work at a hospital that it was not made with ({words(known)}: its own data bear {_names(known)} too)")
    elif made.sources is None:
        gaps.append("to work at a hospital that it was not made with (the sources of its own data are not known here)")
    else:
        gaps.append(f"to work at {'any other hospital than this' if len(data.sources) == 1 else 'other hospitals than these'}")
    return gaps


def _names(sources: tuple[str, ...]) -> str:
    return "this name" if len(sources) == 1 else "these names"
