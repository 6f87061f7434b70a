"""What the maps of random networks say of both methods, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.reporter import formats

# What a sound method stays under when the weights are random.
CLOSE = 0.5
# Single random networks differ by as much as their whole range; with fewer their mean says little.
FEW = 8


@dataclass(frozen=True)
class RandomStage:
    """One method after a layer and all behind it were made random; the fields are those of components.explainer.randomisation_check."""

    layer: str
    correlation: float | None
    likeness: float | None
    low: float | None
    high: float | None
    images: int
    patients: int
    by_network: tuple[float | None, ...]
    overflows: tuple[bool, ...]


def read_stages(tree: dict[str, Any]) -> dict[str, tuple[RandomStage, ...]]:
    """Read the stages of each method, from the last layer down."""
    return {str(method): tuple(_stage(each) for each in stages) for method, stages in tree["methods"].items()}


def say_randomisation(tree: dict[str, Any]) -> tuple[str, ...]:
    """Say what the check found, method by method, and of which it was not made.

    Args:
      tree: `randomisation` of a class in concepts.json.
    Returns:
      Sentences. Every network has its own figure, because the mean of 0.9 and -0.9 looks like no likeness at all.
    """
    networks, layers = int(tree["networks"]), int(tree["layers"])
    said = []
    for method, stages in read_stages(tree).items():
        asked = f"after each of {layers} layers" if len(stages) == layers else f"after {len(stages)} of {layers} layers"
        shown = [("all layers random", stages[-1])]
        if len(stages) > 1:
            shown.insert(0, ("last layer random", stages[0]))
        figures = "; ".join(_figures(words, stage) for words, stage in shown)
        said.append(f"{method}, made anew {asked} of {formats.plural(networks, 'random network')}: {figures}.")
        said += [sentence for words, stage in shown for sentence in _remarks(method, words, stage)]
    if said and networks < FEW:
        said.append(
            f"{formats.plural(networks, 'random network')} tell only of themselves: single networks differ widely, and what the methods do "
            "on random networks in general cannot be said from so few (explainer.faithfulness.randomisations)."
        )
    return (*said, *(f"Randomisation check of {method} not run: {why}." for method, why in tree["not_run"].items()))


def _figures(words: str, stage: RandomStage) -> str:
    each = zip(stage.by_network, stage.overflows, strict=True)
    networks = ", ".join(formats.score(value, "overflow" if overflows else "flat") for value, overflows in each)
    return f"{words} {formats.score(stage.correlation)}, without sign {formats.score(stage.likeness)} (by network {networks})"


def _remarks(method: str, words: str, stage: RandomStage) -> Sequence[str]:
    count = len(stage.by_network)
    over = sum(stage.overflows)
    flat = sum(value is None for value in stage.by_network) - over
    close = sum(value is not None and abs(value) > CLOSE for value in stage.by_network)
    remarks = []
    if over:
        remarks.append(
            f"{method} cannot be compared in {over} of {count} networks ({words}): numbers overflow under the random weights. "
            "That says nothing of the trained network, and is left out."
        )
    if flat:
        why = ": no concept was told from random there" if method == "ACE" else ": nothing in them spoke for the class"
        remarks.append(f"{method} is flat in {flat} of {count} networks ({words}){why}. A flat map has no correlation, and is left out.")
    if close:
        remarks.append(
            f"{method} shows much the same pattern, or its negative, in {close} of {count} networks ({words}, beyond {CLOSE}): there its "
            "pattern does not depend on what was made random."
        )
    return remarks


def _stage(tree: dict[str, Any]) -> RandomStage:
    return RandomStage(
        layer=str(tree["layer"]),
        correlation=tree["correlation"],
        likeness=tree["likeness"],
        low=tree["low"],
        high=tree["high"],
        images=int(tree["images"]),
        patients=int(tree["patients"]),
        by_network=tuple(tree["by_network"]),
        overflows=tuple(tree["overflows"]),
    )
