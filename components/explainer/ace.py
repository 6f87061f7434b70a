"""ACE: what parts of images does a network see as one thing, and do they speak for a class?"""

from collections.abc import Iterable
from dataclasses import dataclass

from components.explainer.concept_maps import Integers, label_map
from components.explainer.concept_words import Striking, striking
from components.explainer.concepts import Concept, Discovery
from components.explainer.config import AceConfig
from components.explainer.crossing import Crossing, cross
from components.explainer.gradcam import Against
from components.explainer.layer_view import LayerView
from components.explainer.material import Images, Material, Others, Subjects, cut, stream
from components.explainer.scored_concepts import Floats, GroupedSegments, ScoredConcepts, as_pixels, group, painted, place, score
from components.explainer.stability import Stability, recluster
from components.explainer.sufficiency import Sufficiency, sufficiency
from components.explainer.superpixels import Segments
from components.explainer.tcav import ConceptScore
from components.explainer.untrained import floor_of, strongest_effects

# Stream of draws.
_STABILITY = 2


@dataclass(frozen=True)
class FoundConcept:
    """A concept of a class, the evidence for it, and what its segments have in common.

    Attributes:
      name: such as "concept 3"; they are numbered from 1 by their effect on the class score, the highest first.
      stability: mean Jaccard index with the cluster that matches it when patients are drawn anew, [0, 1]; NaN where none was.
      drawn: reclusterings in which a member was drawn.
      lost: in how many of them it is lost.
      dissolves: whether `stability` is so low that TCAV has no verdict for or against the class.
      striking: what of the crossing is striking; None where nothing is.
    """

    name: str
    concept: Concept
    score: ConceptScore
    crossing: Crossing
    stability: float
    drawn: int
    lost: int
    dissolves: bool
    striking: Striking | None


@dataclass(frozen=True)
class ClassConcepts:
    """What ACE finds for one class.

    Attributes:
      layer: that the segments are seen by.
      material: what the network was shown.
      concept_of: int64 [s], of each segment the place of its concept in `found`, or -1.
      found: the concepts, the highest effect first.
      seen: the groups of segments and their scores, not ordered.
      untrained: the strongest effect of any concept of each untrained network; None of a network whose numbers overflow.
      sufficiency: None where nothing was found.
      maps: float32 [n, image_px, image_px], each superpixel painted with its concept's signed importance, the largest being 1 or -1.
    """

    layer: str
    material: Material
    concept_of: Integers
    found: tuple[FoundConcept, ...]
    seen: ScoredConcepts
    untrained: tuple[float | None, ...]
    sufficiency: Sufficiency | None
    maps: Floats

    @property
    def floor(self) -> float:
        """What an effect must exceed for a verdict, as components.explainer.untrained.floor_of has it."""
        return floor_of(self.untrained)

    @property
    def segments(self) -> Segments:
        """Segments of the images."""
        return self.material.segments

    @property
    def discovery(self) -> Discovery:
        """What k-means found, with what was dropped and why."""
        return self.seen.groups.discovery


def explain_class(
    view: LayerView,
    subjects: Subjects,
    class_index: int,
    random_images: Images,
    random_others: Others,
    config: AceConfig,
    seed: int,
    against: Against = None,
    untrained: Iterable[LayerView] = (),
) -> ClassConcepts:
    """Find the concepts of one class and test them (Ghorbani et al. 2019, arXiv:1902.03129; Kim et al. 2018, arXiv:1711.11279).

    Random sets are of segments of images of any class, cut and shown as those of the concepts are. Sets of whole images, as in the
    published code, would also be told from a concept by the gray around a patch.

    Args:
      view: of the network, at the layer that sees the segments.
      subjects: images of the class.
      class_index: the class.
      random_images: uint8 [m, image_px, image_px], of all classes, for the random sets.
      random_others: of these.
      config: how many of everything.
      seed: decides k-means, random sets, held-out examples, draws of patients and orders: equal arguments give equal concepts.
      against: what is taken off the class score, as in components.explainer.gradcam.GradCam.maps.
      untrained: random networks at the same layer (components.explainer.untrained.untrained_views). A concept has a verdict for or
        against the class only where its effect is beyond those of all of them, and it comes back when patients are drawn anew. Those
        whose numbers overflow are left out; where all do, no concept has one.
    Raises:
      UsageError: the random images have too few segments for the random sets; or as the parts of the method.
    """
    material = cut(subjects, class_index, random_images, random_others, config, seed, against)
    strongest = strongest_effects(untrained, material, config, seed)
    groups = group(view, material, config, seed)
    stability = _recluster(groups, material, config, seed)
    seen = score(view, groups, material, config, seed, floor_of(strongest), stability.dissolves)
    found = _found(seen, stability, material, seed)
    placed = place(material.segments, [each.concept for each in found])
    curves = None
    if found:
        # Concepts that are not told from random take part in the curves, those of weak vectors only where nothing else is.
        strengths = [0.0 if each.score.verdict == "weak" else each.score.effect for each in found]
        curves = sufficiency(
            as_pixels(subjects.images),
            label_map(placed, strengths, material.map_shape),
            range(len(found)),
            material.fill,
            lambda altered, rows: view.probabilities(altered, [other[rows] for other in subjects.others]),
            class_index,
            config.random_orders,
            seed,
        )
    return ClassConcepts(view.layer, material, placed.concept, found, seen, strongest, curves, painted(seen, material))


def _recluster(groups: GroupedSegments, material: Material, config: AceConfig, seed: int) -> Stability:
    return recluster(
        groups.activations,
        material.segments.image,
        groups.discovery.concepts,
        material.subjects.groups,
        config.clusters,
        repeats=config.reclusterings,
        seed=stream(seed, _STABILITY),
    )


def _found(seen: ScoredConcepts, stability: Stability, material: Material, seed: int) -> tuple[FoundConcept, ...]:
    concepts, scores, subjects = seen.groups.discovery.concepts, seen.scores, material.subjects
    if not concepts:
        return ()
    regions = {**subjects.anatomy, **subjects.truth}
    crossings = cross(concepts, material.segments, subjects.columns, subjects.groups, regions, seed=seed)
    order = sorted(range(len(concepts)), key=lambda row: (scores[row].verdict == "weak", -scores[row].effect))
    means, drawn, lost, dissolves = stability.mean, stability.drawn, stability.lost, stability.dissolves
    return tuple(
        FoundConcept(
            name=f"concept {number}",
            concept=concepts[row],
            score=scores[row],
            crossing=crossings[row],
            stability=float(means[row]),
            drawn=int(drawn[row]),
            lost=int(lost[row]),
            dissolves=bool(dissolves[row]),
            striking=striking(crossings[row], scores[row].verdict),
        )
        for number, row in enumerate(order, start=1)
    )
