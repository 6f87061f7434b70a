"""What an external validation does not show, in sentences made from its numbers."""

from components.evaluator.assessment import Assessment
from components.external.findings import same_names
from components.external.made_with import MadeWith
from components.external.outcome import External
from components.external.wording import SCORED
from components.reporter.collect_data import Data
from components.reporter.confounding import Confounding
from components.reporter.formats import plural, words
from components.reporter.limits import MANY_SLICES, Limit, of_cells, of_confounding, of_pairs, of_patients
from components.reporter.slice_tables import whole

# The banner of the page tells these.
SYNTHETIC = ("Synthetic images", "A model of synthetic images")


def describe_limits(
    outcome: External, found: Assessment, data: Data, read: Data, confounding: Confounding, made: MadeWith, phantom: bool
) -> tuple[Limit, ...]:
    """Say what the numbers cannot carry, the gravest first; `data` are the scored images, `read` all that were read."""
    limits = [
        *_of_phantom(made, phantom),
        *_of_search(outcome),
        *_of_names(data, made),
        *_of_classes(found, confounding),
        *_of_answers(found),
        *of_cells(data, SCORED),
        *of_patients(read, "usable image", "intervals may be too narrow"),
        *_of_losses(outcome),
        Limit(
            "No audit",
            "No floor was measured on these data: how much of them can be scored without looking at the lungs is not known.",
            False,
        ),
        Limit(
            "Intervals hold the model and the sources as they are",
            "They draw the scored patients anew, and nothing else: another source would not give the same figures.",
            False,
        ),
        MANY_SLICES,
    ]
    return tuple(sorted(limits, key=lambda limit: not limit.grave))


def _of_phantom(made: MadeWith, phantom: bool) -> list[Limit]:
    limits = []
    if phantom:
        limits.append(Limit(SYNTHETIC[0], "Phantom images are among the scored ones: they show nobody's chest.", True))
    if made.phantom:
        text = f"The model was made with images of {words(made.phantom)}, and learned from nobody's chest there."
        limits.append(Limit(SYNTHETIC[1], text, True))
    return limits


def _of_search(outcome: External) -> list[Limit]:
    reasons: dict[str, list[str]] = {}
    for kind, why in outcome.not_looked_for.items():
        reasons.setdefault(why, []).append(kind)
    text = " ".join(f"Not looked for: {words(kinds)}, since {why}." for why, kinds in reasons.items())
    return [Limit("Images of the model's own data may be among these", text, True)] if text else []


def _of_names(data: Data, made: MadeWith) -> list[Limit]:
    known = same_names(data, made)
    if known:
        which = "has the name of a source" if len(known) == 1 else "have the names of sources"
        text = f"{words(known)} {which} that the model was made with. New patients of a known hospital are no other hospital."
        return [Limit("Known sources", text, True)]
    if made.sources is None:
        return [Limit("Sources of the model unknown", "The run that trained it is not here: these may be the same hospitals.", False)]
    return []


def _of_classes(found: Assessment, confounding: Confounding) -> list[Limit]:
    present = [label for label, count in whole(found).class_counts.items() if count]
    if len(present) == 1:
        # Sources that hold one class each say nothing more where there is but one.
        text = f"All scored images are {present[0]}. How often the model answers so where it should not is not known."
        return [Limit("One class", text, True)]
    return [*of_confounding(found, confounding, SCORED), *of_pairs(found, SCORED)]


def _of_answers(found: Assessment) -> list[Limit]:
    row = whole(found)
    answered = [sum(column) for column in zip(*row.confusion, strict=True)]
    never = [label for label, count in zip(found.classes, answered, strict=True) if not count and row.class_counts.get(label)]
    given = [label for label, count in zip(found.classes, answered, strict=True) if count]
    if not never:
        return []
    if len(given) == 1:
        return [Limit("One answer for all", f"The model answered {given[0]} for every image, those of {words(never)} too.", True)]
    return [Limit("Answers never given", f"The model never answered {words(never)}, though such images were scored.", False)]


def _of_losses(outcome: External) -> list[Limit]:
    lost = outcome.counts["quarantined"] + outcome.counts["absent"]
    if not lost:
        return []
    text = f"{plural(lost, 'listed image')} of {outcome.counts['listed']:,} could not be read. What they show is in no figure."
    return [Limit("Images that could not be read", text, False)]
