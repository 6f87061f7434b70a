"""What the evidence of a run does not show, in sentences made from its numbers."""

from dataclasses import dataclass

from components.auditor.near import NearFloors
from components.evaluator.assessment import Assessment
from components.reporter.collect_data import Data
from components.reporter.collect_openings import Openings
from components.reporter.confounding import Confounding
from components.reporter.formats import metric_name, plural, sentence, whole_percent, words
from components.reporter.intervals_shown import shown
from components.reporter.shortcuts import BorderLoss, Shortcuts
from components.reporter.slice_tables import whole
from components.reporter.wording import TEST, Wording

FEW_IMAGES = 20
# Above this share of a class's images, what is said of its patients is not what it seems.
MANY_WITHOUT_PATIENT = 0.1
_MOST_LISTED = 4


@dataclass(frozen=True)
class Limit:
    """One limit: a short headline and the sentence that explains it. `grave` ones undermine the headline numbers."""

    headline: str
    text: str
    grave: bool


MANY_SLICES = Limit(
    "Many slices", "The intervals are not corrected for their number: of 20 slices one misses its true value by chance.", False
)


def describe_limits(
    data: Data, assessment: Assessment, confounding: Confounding, shortcuts: Shortcuts, openings: Openings | None, seed: int
) -> tuple[Limit, ...]:
    """Say what the numbers cannot carry, the gravest first."""
    limits = [
        *of_confounding(assessment, confounding, TEST),
        *of_pairs(assessment, TEST),
        *_of_floors(shortcuts.floors),
        *_of_border(shortcuts.border),
        *_of_sources(data, confounding),
        *of_cells(data, TEST),
        *of_patients(data, "image", "images of one person may lie on both sides of a split, and intervals may be too narrow"),
        *_of_openings(openings),
        Limit(
            "Intervals hold the model and the splits as they are",
            f"They draw the test patients anew, and nothing else: another split, or another seed than {seed}, would give another model.",
            False,
        ),
        MANY_SLICES,
        Limit(
            "Heat maps are not evidence of disease",
            "Grad-CAM shows which regions moved the answer. A map on the lungs does not prove that the model sees disease there.",
            False,
        ),
    ]
    return tuple(sorted(limits, key=lambda limit: not limit.grave))


def of_confounding(assessment: Assessment, confounding: Confounding, of: Wording) -> list[Limit]:
    """Say how far the source gives the class away."""
    if confounding.level == "none":
        return []
    reasons = [f"{label} exists at {source} only" for label, source in confounding.single_source_classes.items()]
    reasons += [f"{source} holds only {label}" for source, label in confounding.single_class_sources.items()]
    reasons = reasons or ["the sources hold the classes in unlike shares"]
    text = f"{sentence('; '.join(reasons))}. Figures across sources cannot tell disease from source."
    recall = confounding.source_only_recall
    if recall is not None:
        text += f" {sentence(of.source_rule)} reaches a macro recall of {recall:.3f} on {of.all}"
        measured = whole(assessment).metrics["macro_recall"].value
        text += f"; the model reaches {measured:.3f}." if measured is not None else "."
    return [Limit(f"The source {confounding.level} the class", text, True)]


def of_pairs(assessment: Assessment, of: Wording) -> list[Limit]:
    """Name the pairs of classes that no source tells apart."""
    unknown = [pair.pair for pair in assessment.within_source if pair.pooled.value is None]
    if not unknown:
        return []
    pairs = "; ".join(f"{first} and {second}" for first, second in unknown)
    text = f"No source of {of.all} holds enough of both classes: {pairs}. Whether the model tells them or their sources is not known."
    return [Limit("Not identifiable from these data", text, True)]


def of_cells(data: Data, of: Wording) -> list[Limit]:
    """Name the classes at sources that were judged on few images or none."""
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
        limits.append(Limit("Not tested", f"Images exist, and none is in {of.all}: {', '.join(untested)}.", False))
    if few:
        listed = ", ".join(few[:_MOST_LISTED]) + (f" and {len(few) - _MOST_LISTED} more" if len(few) > _MOST_LISTED else "")
        limits.append(Limit(f"Few {of.image}s", f"Fewer than {FEW_IMAGES} {of.image}s: {listed}.", False))
    return limits


def of_patients(data: Data, image: str, harm: str) -> list[Limit]:
    """Say how many images name no patient, and where.

    Args:
      data: all images that were read.
      image: what the page calls one of them.
      harm: what may follow from it, as a part of a sentence.
    """
    unnamed = data.without_patient()
    each = f"Each counts as a patient of its own, copies aside: {harm}."
    if unnamed is None:
        return [Limit("Patients not on record", f"The records are older, and do not tell how many images name no patient. {each}", False)]
    if not unnamed:
        return []
    where = [f"{count:,} of {data.images(source):,} of {source}" for source in data.sources if (count := data.without_patient(source))]
    listed = ", ".join(where[:_MOST_LISTED]) + (
        f" and {plural(len(where) - _MOST_LISTED, 'source')} more" if len(where) > _MOST_LISTED else ""
    )
    shares = {label: (data.without_patient(label=label) or 0) / max(data.images(label=label), 1) for label in data.classes}
    many = [f"{whole_percent(share)} of {label}" for label, share in shares.items() if share > MANY_WITHOUT_PATIENT]
    text = f"No patient is named for {unnamed:,} of {plural(data.images(), image)} ({listed}){f': {words(many)}' if many else ''}. {each}"
    return [Limit("Patients not known", text, bool(many))]


def _of_floors(floors: NearFloors) -> list[Limit]:
    limits = []
    for nearest, verb, graves in (
        (floors.reaching, "is not shown to exceed", (True, False)),
        # Near the model and blind, a floor undermines the figure; a blur of the lungs may well be what disease looks like.
        (floors.close, "exceeds, but not by much,", (True,)),
        (floors.unshown, "exceeds, by too few patients for an interval,", ()),
    ):
        for blind in (True, False):
            named = [
                f"{floor.sees}, excess in macro recall {shown(floor.excess.macro_recall, signed=True)}"
                for floor in nearest
                if floor.sees_lungs is not blind
            ]
            if named:
                headline = "Scored without the lungs" if blind else "Scored from a blur"
                text = f"The model {verb} what can be scored from {'; '.join(named)}."
                limits.append(Limit(headline, text, blind in graves))
    return limits


def _of_border(loss: BorderLoss | None) -> list[Limit]:
    if loss is None:
        return []
    text = (
        f"With the outer {100 * loss.share:g} % of each side filled with the mean of the image, {metric_name(loss.metric)} goes from "
        f"{shown(loss.before)} to {shown(loss.after)}, a drop of {shown(loss.drop)}. The model reads the border, or is upset by a frame "
        "that it never saw: an image with a masked border is unlike any that it was trained on."
    )
    return [Limit("Much is lost with the border", text, True)]


def _of_openings(openings: Openings | None) -> list[Limit]:
    if openings is None or openings.models < 2:
        return []
    text = (
        f"The test split was opened {openings.total} times for {openings.models} models. Who chooses among them by it fits the model to it."
    )
    return [Limit("A test split in use", text, False)]


def _of_sources(data: Data, confounding: Confounding) -> list[Limit]:
    if confounding.unseen_test_sources:
        names = ", ".join(confounding.unseen_test_sources)
        return [Limit("Sources not trained on", f"The test split holds sources that the training split does not: {names}.", False)]
    where = "one source" if len(data.sources) == 1 else f"the same {len(data.sources)} sources"
    text = f"Training and test images come from {where}. Nothing here says how the model does at another hospital."
    return [Limit("No unseen hospital", text, False)]
