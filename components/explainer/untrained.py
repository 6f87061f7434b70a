"""How strong do concepts come out of networks that have learned nothing?"""

import math
from collections.abc import Iterable, Iterator, Sequence

import keras
import numpy as np

from components.explainer.config import AceConfig
from components.explainer.layer_view import LayerView
from components.explainer.material import Material
from components.explainer.overflow import OverflowedError
from components.explainer.randomisation import cascade
from components.explainer.scored_concepts import as_pixels, cluster_segments, gradients, random_activations

# Random sets whose mean an effect is held against: all of them would take a third more time, and move it little.
_SETS = 5


def untrained_views(model: keras.Model, layer: str, batch_size: int, seeds: Sequence[int]) -> Iterator[LayerView]:
    """Yield networks of the same architecture, all layers random as before training.

    Args:
      model: trained; it is not changed.
      layer: that the segments are seen by.
      batch_size: as for `LayerView`.
      seeds: of the weights, one for each network.
    Yields:
      The same view each time, of the next network.
    """
    view: LayerView | None = None
    copy: keras.Model | None = None
    for seed in seeds:
        for _, changed in cascade(model, seed, copy):
            copy = changed
        if copy is not None:
            view = view or LayerView(copy, layer, batch_size, setting="explainer.ace.layer")
            yield view


def strongest_effect(view: LayerView, material: Material, config: AceConfig, seed: int) -> float:
    """Find how strong the strongest concept of a network is.

    The segments are those that the trained network sees, the clusters are the network's own. An effect needs no concept activation
    vector, so that this costs little beside the tests. Of networks as strong as each other by chance the last of K + 1 is strongest
    once in K + 1 times: so often does one more untrained network have a concept beyond those of K.

    Args:
      view: of the network, at the layer that sees the segments.
      material: what it looks at.
      config: how many of everything.
      seed: decides k-means.
    Returns:
      The greatest absolute effect of any of its concepts, as components.explainer.tcav.ConceptScore has it; 0 where it has none.
    Raises:
      OverflowedError: the network's numbers are not finite.
    """
    activations, discovery = cluster_segments(view, material, config, seed, starts=1)
    random = random_activations(view, material, config, min(_SETS, material.random_sets)).mean(axis=0)
    slope = gradients(view, material).mean(axis=0)
    effects = [float((activations[concept.examples].mean(axis=0) - random) @ slope) for concept in discovery.concepts]
    strongest = float(np.abs(effects).max(initial=0.0))
    if not math.isfinite(strongest):
        raise OverflowedError("effects of its concepts")
    if strongest == 0:
        view.check_outputs(as_pixels(material.subjects.images), material.subjects.others)
    return strongest


def strongest_effects(views: Iterable[LayerView], material: Material, config: AceConfig, seed: int) -> tuple[float | None, ...]:
    """Ask several networks; arguments are those of `strongest_effect`.

    Returns:
      The strongest effect of each; None of a network whose numbers overflow.
    """
    found: list[float | None] = []
    for view in views:
        try:
            found.append(strongest_effect(view, material, config, seed))
        except OverflowedError:
            found.append(None)
    return tuple(found)


def floor_of(strongest: Sequence[float | None]) -> float:
    """Return what an effect must exceed for a verdict: 0 where no network was asked, infinite where all that were asked overflow."""
    known = [each for each in strongest if each is not None]
    return max(known, default=math.inf if strongest else 0.0)
