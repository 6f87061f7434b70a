"""What the evidence of a run does not show, in sentences made from its numbers."""

from dataclasses import dataclass

from components.reporter.collect_data import Data
from components.reporter.collect_slices import SliceTables
from components.reporter.confounding import Confounding
from components.reporter.formats import sentence

FEW_IMAGES = 20
_MOST_LISTED = 4


@dataclass(frozen=True)
class Limit:
    """One limit: a short headline and the sentence that explains it. `grave` ones undermine the headline numbers."""

    headline: str
    text: str
    grave: bool


def describe_limits(data: Data, slices: SliceTables, confounding: Confounding) -> tuple[Limit, ...]:
    """Say what the numbers cannot carry, the gravest first."""
    limits = [
        *_of_confounding(slices, confounding),
        *_of_sources(data, confounding),
        *_of_cells(data),
        Limit(
            "No intervals",
            f"The figures are single values from {slices.overall.n} test images; another sample of patients would give others.",
            False,
        ),
        Limit(
            "Heat maps are not evidence of disease",
            "Grad-CAM shows which regions moved the answer. A map on the lungs does not prove that the model sees disease there.",
            False,
        ),
    ]
    return tuple(sorted(limits, key=lambda limit: not limit.grave))


def _of_confounding(slices: SliceTables, confounding: Confounding) -> list[Limit]:
    if confounding.level == "none":
        return []
    reasons = [f"{label} exists at {source} only" for label, source in confounding.single_source_classes.items()]
    reasons += [f"{source} holds only {label}" for source, label in confounding.single_class_sources.items()]
    reasons = reasons or ["the sources hold the classes in unlike shares"]
    text = f"{sentence('; '.join(reasons))}. Figures across sources cannot tell disease from source."
    recall = confounding.source_only_recall
    if recall is not None:
        text += f" A rule that knows an image's source and sees no pixel reaches a macro recall of {recall:.3f} on the test split"
        measured = slices.overall.macro_recall
        text += f"; the model reaches {measured:.3f}." if measured is not None else "."
    limits = [Limit(f"The source {confounding.level} the class", text, True)]
    usable = [row for row in slices.tables.get("source", ()) if row.macro_recall is not None]
    if usable:
        listed = ", ".join(f"{row.slice['source']} {row.macro_recall:.3f} (n = {row.n})" for row in usable)
        limits.append(Limit("Look inside one source", f"Macro recall where a single source has several classes: {listed}.", False))
    else:
        limits.append(Limit("No source can be tested by itself", "No source has test images of two or more classes.", True))
    return limits


def _of_sources(data: Data, confounding: Confounding) -> list[Limit]:
    if confounding.unseen_test_sources:
        names = ", ".join(confounding.unseen_test_sources)
        return [Limit("Sources not trained on", f"The test split holds sources that the training split does not: {names}.", False)]
    where = "one source" if len(data.sources) == 1 else f"the same {len(data.sources)} sources"
    text = f"Training and test images come from {where}. Nothing here says how the model does at another hospital."
    return [Limit("No unseen hospital", text, False)]


def _of_cells(data: Data) -> list[Limit]:
    untested, few = [], []
    for source in data.sources:
        for label in data.classes:
            images, tested = data.images(source, label), data.images(source, label, "test")
            if images and not tested:
                untested.append(f"{label} at {source}")
            elif 0 < tested < FEW_IMAGES:
                few.append(f"{label} at {source} ({tested})")
    limits = []
    if untested:
        limits.append(Limit("Not tested", f"Images exist, and none is in the test split: {', '.join(untested)}.", False))
    if few:
        listed = ", ".join(few[:_MOST_LISTED]) + (f" and {len(few) - _MOST_LISTED} more" if len(few) > _MOST_LISTED else "")
        limits.append(Limit("Few test images", f"Fewer than {FEW_IMAGES} test images: {listed}.", False))
    return limits
