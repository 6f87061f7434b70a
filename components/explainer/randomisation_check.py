"""Do both methods notice that the weights are random? The same images, the same random networks, intervals by patient."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from components.evaluator.intervals import Resampling
from components.explainer.ace import ClassConcepts
from components.explainer.config import AceConfig
from components.explainer.faithfulness.measures import ALL_RANDOM, LAST_RANDOM
from components.explainer.faithfulness.summary import Row, summarise
from components.explainer.layer_view import LayerView
from components.explainer.model_inputs import Floats
from components.explainer.overflow import OverflowedError
from components.explainer.randomisation import Remade, StageCorrelations, cascade_correlations, stage_names
from components.explainer.scored_concepts import group, painted, score


@dataclass(frozen=True)
class Stage:
    """Maps of one method after a layer and all layers behind it were made random.

    Attributes:
      layer: its name.
      correlation: mean over images of the mean over networks, flat maps left out; None where every map is flat.
      likeness: the same of the absolute correlation, [0, 1]. A random network may see the trained one's pattern and give it either
        sign, and a mean of opposite signs looks like no likeness at all.
      low: lower end of the 95 % interval of `likeness`; None where there is none, and `why_none` says why.
      high: upper end.
      images: images with a correlation in some network.
      patients: their patients.
      why_none: empty where there is an interval.
      by_network: mean correlation in each random network; None where its maps are flat, as those of ACE are where no concept is
        significant, and where it overflows.
      overflows: whether each random network's numbers are not finite, so that the method has no map of it.
    """

    layer: str
    correlation: float | None
    likeness: float | None
    low: float | None
    high: float | None
    images: int
    patients: int
    why_none: str
    by_network: tuple[float | None, ...]
    overflows: tuple[bool, ...]


@dataclass(frozen=True)
class Count:
    """Concepts of one random network.

    Attributes:
      concepts: all.
      significant: those that the tests tell from random.
      beyond: those of them whose effect is beyond those of the untrained networks too, as a verdict for or against the class asks.
    """

    concepts: int
    significant: int
    beyond: int


@dataclass(frozen=True)
class RandomisationCheck:
    """What was found.

    Attributes:
      networks: random networks.
      layers: stages of each, of which a method may have been asked at some.
      methods: name of a method to its stages, from the logits down.
      not_run: name of a method to the reason.
      concepts: of ACE in each network with all layers random, None for one that overflows; empty where it was not made.
    """

    networks: int
    layers: int
    methods: Mapping[str, tuple[Stage, ...]]
    not_run: Mapping[str, str]
    concepts: tuple[Count | None, ...] = ()

    def rows(self) -> list[Row]:
        """Return the first and the last stage as cells of the table; one stage alone is the last."""
        found = []
        for method, stages in self.methods.items():
            for measure, stage in ((LAST_RANDOM, stages[0]), (ALL_RANDOM, stages[-1])):
                if measure is ALL_RANDOM or len(stages) > 1:
                    # Images without a correlation are left out, and `images` has counted the others.
                    shared = (stage.likeness, stage.low, stage.high, stage.images, stage.patients)
                    found.append(Row(method, measure.name, "", *shared, without_map=0, why_none=stage.why_none))
        return found

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def check_randomisation(
    model: keras.Model, seeds: Sequence[int], methods: Mapping[str, Remade], not_run: Mapping[str, str], resampling: Resampling
) -> RandomisationCheck:
    """Compare the maps of methods with those of random networks.

    Args:
      model: trained.
      seeds: of the random networks.
      methods: by their names.
      not_run: names of others, with the reason.
      resampling: draws of the patients of the images.
    """
    found = cascade_correlations(model, seeds, list(methods.values()))
    stages = {
        name: tuple(_stage(layer, values, resampling) for layer, values in of_method.items())
        for name, of_method in zip(methods, found, strict=True)
    }
    return RandomisationCheck(len(seeds), len(stage_names(model)), stages, dict(not_run))


@dataclass(frozen=True)
class AceAnew:
    """ACE to be made anew, and what it counts while that is done.

    Attributes:
      remade: for `check_randomisation`.
      counts: of every stage of every network, in the order in which they were made; None where the network overflows.
    """

    remade: Remade
    counts: list[Count | None]

    def all_random(self) -> tuple[Count | None, ...]:
        """Return the counts of the last stage of each network, None for one that overflows there."""
        stages = len(self.remade.stages or ())
        return tuple(self.counts[stages - 1 :: stages])


def ace_anew(view: LayerView, found: ClassConcepts, config: AceConfig, seed: int, stages: Sequence[str]) -> AceAnew:
    """Make the maps of ACE anew of random networks.

    Held fixed are the superpixels and the random segments, which no network decides, and all draws. The random network sees them at the
    same layer; clusters, concept activation vectors, tests and painting are its own. While only layers behind that one are random,
    clusters and vectors are those of the trained network, since the same weights would find them again.

    What is compared is the pattern: every concept that the tests tell from random is painted, however small its effect and whether or
    not it comes back. With the rules of a verdict most of the maps would be flat, and the check would say nothing of the pattern.

    Args:
      view: of the trained network, at the layer that sees the segments.
      found: by the trained network.
      config: as there.
      seed: as there.
      stages: names of the layers after which it is made.
    """
    learned, floor = view.weights_before(), found.floor
    counts: list[Count | None] = []

    def prepare(changed: keras.Model) -> Callable[[], Floats]:
        other = LayerView(changed, found.layer, config.batch_size, setting="explainer.ace.layer")

        def maps() -> Floats:
            same = all(np.array_equal(one, two) for one, two in zip(learned, other.weights_before(), strict=True))
            try:
                groups = found.seen.groups if same else group(other, found.material, config, seed)
                seen = score(other, groups, found.material, config, seed)
            except OverflowedError:
                counts.append(None)
                raise
            significant = [each.effect for each in seen.scores if each.importance]
            counts.append(Count(len(seen.scores), len(significant), sum(abs(effect) > floor for effect in significant)))
            return painted(seen, found.material)

        return maps

    return AceAnew(Remade(found.maps, prepare, stages), counts)


def spread_out(names: Sequence[str], count: int) -> list[str]:
    """Choose `count` of the stages, evenly from the first to the last; the last where it is 1, all where there are no more."""
    if count >= len(names):
        return list(names)
    places = np.linspace(0, len(names) - 1, count) if count > 1 else np.full(count, len(names) - 1)
    return [names[place] for place in np.rint(places).astype(int)]


def _stage(layer: str, found: StageCorrelations, resampling: Resampling) -> Stage:
    values = found.values
    likeness = summarise("", "", _means(np.abs(values), axis=0), resampling, 0)
    (correlation,) = _known(_means(_means(values, axis=0)[np.newaxis], axis=1))
    why_none = "every random network overflows" if found.overflows.all() else likeness.why_none
    row = (likeness.value, likeness.low, likeness.high, likeness.images, likeness.patients, why_none)
    return Stage(layer, correlation, *row, _known(_means(values, axis=1)), tuple(found.overflows.tolist()))


def _known(values: npt.NDArray[np.float64]) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(value) for value in values)


def _means(values: npt.NDArray[np.floating[Any]], axis: int) -> npt.NDArray[np.float64]:
    known = ~np.isnan(values)
    counts = known.sum(axis=axis)
    sums = np.where(known, values, 0).sum(axis=axis, dtype=np.float64)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
