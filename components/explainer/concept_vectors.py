"""Train the concept activation vectors of all concepts of a class against all random sets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.base import progress
from components.base.errors import UsageError
from components.explainer.activation_vectors import activation_vector, spread
from components.explainer.overflow import OverflowedError

Floats = npt.NDArray[np.float64]

# With fewer the spread of random sets is not known. The paper takes 500, ACE 20.
LEAST_SETS = 5

# Streams of draws, so that a concept and a random set in its place do not share theirs.
_CONCEPT, _RANDOM = 0, 1


@dataclass(frozen=True)
class ConceptVectors:
    """The CAVs of concepts and of random sets. They follow from activations alone, whatever lies behind the layer.

    Attributes:
      concepts: float64 [m_i, d] each, activations of each concept's examples.
      sets: float64 [m, d] each, those of random examples.
      directions: float64 [sets, d] for each concept, its CAV against each random set.
      accuracies: float64 [sets] for each concept, held-out.
      random_directions: float64 [sets, d], the CAV of each random set against the next, the last against the first.
    """

    concepts: tuple[Floats, ...]
    sets: tuple[Floats, ...]
    directions: tuple[Floats, ...]
    accuracies: tuple[Floats, ...]
    random_directions: Floats


def concept_vectors(concepts: Sequence[npt.ArrayLike], random_sets: Sequence[npt.ArrayLike], seed: int = 0) -> ConceptVectors:
    """Train the CAVs of components.explainer.tcav.score_concepts, whose arguments and errors these are."""
    named = [(f"concept {place}", each) for place, each in enumerate(concepts)]
    examples = [matrix(name, each) for name, each in named]
    sets = [matrix(f"random set {place}", each) for place, each in enumerate(random_sets)]
    if len(sets) < LEAST_SETS:
        raise UsageError(f"TCAV needs {LEAST_SETS} random sets, better 20, here are {len(sets)}")
    check_channels(*examples, *sets)
    scale = spread(sets)
    directions, accuracies = [], []
    for concept in examples:
        pairs = [activation_vector(concept, other, scale, (seed, _CONCEPT, place)) for place, other in enumerate(sets)]
        directions.append(np.stack([pair[0] for pair in pairs]))
        accuracies.append(np.array([pair[1] for pair in pairs]))
        progress.report("explainer", len(directions), len(examples), "concepts, ACE: vectors trained")
    return ConceptVectors(tuple(examples), tuple(sets), tuple(directions), tuple(accuracies), _random_directions(sets, scale, seed))


def check_channels(*arrays: Floats) -> None:
    """Refuse arrays [n, channels] that differ in channels."""
    if len({array.shape[1] for array in arrays}) > 1:
        raise UsageError("concepts, random sets and gradients are not of one layer: they differ in channels")


def matrix(name: str, values: npt.ArrayLike) -> Floats:
    """Read activations or gradients as float64 [n, channels].

    Raises:
      UsageError: another shape, or none at all.
      OverflowedError: there are numbers that are not finite.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 2 or not array.size:
        raise UsageError(f"{name}: activations and gradients are [n, channels], not {list(array.shape)}")
    if not np.isfinite(array).all():
        raise OverflowedError(f"numbers of {name}")
    return array


def _random_directions(sets: list[Floats], scale: float, seed: int) -> Floats:
    # As many as there are sets, each of them once in the place of a concept and once as its counterpart.
    count = len(sets)
    found = []
    for one in range(count):
        # A vector is that of the pair turned round, and a pair is drawn by its own seed.
        high, low = max(one, (one + 1) % count), min(one, (one + 1) % count)
        direction, _ = activation_vector(sets[high], sets[low], scale, (seed, _RANDOM, high, low))
        found.append(direction if high == one else -direction)
    return np.stack(found)
