"""How far the source of an image alone gives its class away."""

from dataclasses import dataclass
from typing import Literal

from components.reporter.collect_data import Data

# Macro recall above chance from which the shares of the classes at the sources are worth a warning.
_HINT = 0.1


@dataclass(frozen=True)
class Confounding:
    """What sources and classes have to do with each other.

    `level` is "gives away" where a class exists at one source only or a source holds one class only, "hints at" where sources
    hold the classes in unlike shares, and "none". `source_only_recall` is the macro recall on the test split of a rule that sees
    the source and not the image, `chance_recall` that of a rule that sees nothing (None where they are undefined).
    """

    level: Literal["none", "hints at", "gives away"]
    single_source_classes: dict[str, str]
    single_class_sources: dict[str, str]
    complete_sources: tuple[str, ...]
    unseen_test_sources: tuple[str, ...]
    source_only_recall: float | None
    chance_recall: float | None


def measure_confounding(data: Data, learnt_on: str = "train") -> Confounding:
    """Compare sources with classes.

    Args:
      data: counts by source, class and split.
      learnt_on: as in `source_only_recall`.
    Returns:
      The classes that exist at one source only (and at which), the sources that hold one class only (and which), the sources
      that hold all, those that are tested and not trained on, and the macro recall of the source alone.
    """
    held = {source: [label for label in data.classes if data.images(source, label)] for source in data.sources}
    holders = {label: [source for source in data.sources if label in held[source]] for label in data.classes}
    several = len(data.sources) > 1
    present = [label for label in data.classes if data.images(label=label, split="test")]
    single_source = {label: found[0] for label, found in holders.items() if several and len(found) == 1}
    single_class = {source: labels[0] for source, labels in held.items() if several and len(labels) == 1}
    recall, chance = source_only_recall(data, learnt_on), 1 / len(present) if len(present) > 1 else None
    incomplete = several and any(len(labels) < len(data.classes) for labels in held.values())
    telling = recall is not None and chance is not None and recall > chance + _HINT
    return Confounding(
        level="gives away" if single_source or single_class else "hints at" if incomplete or telling else "none",
        single_source_classes=single_source,
        single_class_sources=single_class,
        complete_sources=tuple(source for source, labels in held.items() if len(labels) == len(data.classes)),
        unseen_test_sources=tuple(
            source for source in data.sources if data.images(source, split="test") and not data.images(source, split="train")
        ),
        source_only_recall=recall,
        chance_recall=chance,
    )


def source_only_recall(data: Data, learnt_on: str = "train") -> float | None:
    """Measure a rule that knows an image's source and nothing else.

    The rule answers, for each source, the class of which that source holds the largest share of the images that the rule learns
    from; of all rules on the source it has the best macro recall on them. A source without such images is answered with the
    class that is first in order.

    Args:
      data: counts by source, class and split.
      learnt_on: the split that the rule learns from; where it is the test split, the rule is the best that there can be.
    Returns:
      Macro recall on the test split, over the classes present there, in [0, 1]; None where fewer than two are present.
    """
    totals = {label: data.images(label=label, split=learnt_on) for label in data.classes}

    def answer(source: str) -> str:
        return max(data.classes, key=lambda label: data.images(source, label, learnt_on) / max(1, totals[label]))

    answers = {source: answer(source) for source in data.sources}
    recalls = []
    for label in data.classes:
        tested = data.images(label=label, split="test")
        if tested:
            right = sum(data.images(source, label, "test") for source in data.sources if answers[source] == label)
            recalls.append(right / tested)
    return sum(recalls) / len(recalls) if len(recalls) > 1 else None
