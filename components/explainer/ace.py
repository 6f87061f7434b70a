"""ACE: what parts of images does a network see as one thing, and do they speak for a class?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.base import progress
from components.base.errors import UsageError
from components.explainer.concept_maps import PlacedSegments, label_map, paint
from components.explainer.concept_words import describe
from components.explainer.concepts import Concept, Discovery, discover
from components.explainer.config import AceConfig
from components.explainer.crossing import Crossing, cross
from components.explainer.layer_view import LayerView
from components.explainer.patches import batches
from components.explainer.stability import recluster
from components.explainer.sufficiency import Sufficiency, sufficiency
from components.explainer.superpixels import Segments, segment
from components.explainer.tcav import ConceptScore, score_concepts

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Others = Sequence[npt.NDArray[np.float32]]

# A linear classifier, of which a third is held out, learns nothing from fewer.
_LEAST_EXAMPLES = 6
# Streams of draws.
_RANDOM_SETS, _STABILITY = 1, 2


@dataclass(frozen=True)
class Subjects:
    """Images and what is known of them.

    Attributes:
      images: uint8 [n, image_px, image_px], as the network reads them.
      others: what the network's other inputs take, float32 [n, ...] each.
      groups: [n], the patient of each image.
      columns: text columns [n] each, such as "source".
      truth: bool [n, image_px, image_px] each, such as "lesion"; may be empty.
    """

    images: Images
    others: Others
    groups: npt.NDArray[np.str_]
    columns: Mapping[str, Sequence[str]]
    truth: Mapping[str, npt.NDArray[np.bool_]]


@dataclass(frozen=True)
class FoundConcept:
    """A concept of a class, the evidence for it, and what its segments have in common.

    Attributes:
      name: such as "concept 3"; they are numbered from 1 by their effect on the class score, the highest first.
      stability: mean Jaccard index with the cluster that matches it when patients are drawn anew, [0, 1]; NaN where none was.
      dissolved: share of the reclusterings in which it is lost, [0, 1].
      words: of the crossing, in plain text.
    """

    name: str
    concept: Concept
    score: ConceptScore
    crossing: Crossing
    stability: float
    dissolved: float
    words: str


@dataclass(frozen=True)
class ClassConcepts:
    """What ACE finds for one class.

    Attributes:
      layer: that the segments are seen by.
      segments: of the images; `concept_of` has the place of each one's concept in `found`, or -1.
      found: the concepts, the highest effect first.
      discovery: of k-means, with what was dropped and why.
      sufficiency: None where nothing was found.
      maps: float32 [n, image_px, image_px], each superpixel painted with its concept's signed importance, the largest being 1 or -1.
      random_examples: segments in each random set.
    """

    layer: str
    segments: Segments
    concept_of: npt.NDArray[np.int64]
    found: tuple[FoundConcept, ...]
    discovery: Discovery
    sufficiency: Sufficiency | None
    maps: Floats
    random_examples: int


def explain_class(
    view: LayerView, subjects: Subjects, class_index: int, random_images: Images, random_others: Others, config: AceConfig, seed: int
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
    Raises:
      UsageError: the random images have too few segments for the random sets; or as the parts of the method.
    """
    images, fill = subjects.images, float(subjects.images.mean() / 255)
    segments = segment(images, config.resolutions)
    shape = (len(images), *segments.image_shape)
    activations = _activations(view, images, segments, fill, subjects.others, config)
    discovery = discover(activations, segments.image, len(images), config.clusters, config.max_examples, config.min_members, seed=seed)
    if not discovery.concepts:
        nothing = np.full(len(segments), -1, np.int64)
        return ClassConcepts(view.layer, segments, nothing, (), discovery, None, np.zeros(images.shape, np.float32), 0)
    random_sets = _random_sets(view, random_images, random_others, fill, config, seed)
    pixels = images[..., np.newaxis].astype(np.float32) / 255
    gradients = view.gradients(pixels, np.full(len(images), class_index), subjects.others)
    scores = score_concepts(
        [activations[concept.examples] for concept in discovery.concepts],
        random_sets,
        gradients,
        subjects.groups,
        seed,
        config.min_accuracy,
    )
    found = _found(discovery, scores, activations, segments, subjects, config, seed)
    concept_of = np.full(len(segments), -1, np.int64)
    for place, each in enumerate(found):
        concept_of[each.concept.members] = place
    placed = PlacedSegments(segments.image, segments.box, segments.masks, concept_of)
    # Concepts that are not told from random take part in the curves, those of weak vectors only where nothing else is.
    strengths = [0.0 if each.score.verdict == "weak" else each.score.effect for each in found]
    curves = sufficiency(
        pixels,
        label_map(placed, strengths, shape),
        range(len(found)),
        fill,
        lambda altered, rows: view.probabilities(altered, [other[rows] for other in subjects.others]),
        class_index,
        config.random_orders,
        seed,
    )
    importances = np.array([each.score.importance for each in found])
    maps = paint(placed, importances / max(float(np.abs(importances).max()), 1e-12), shape)
    return ClassConcepts(view.layer, segments, concept_of, found, discovery, curves, maps, len(random_sets[0]))


def _found(
    discovery: Discovery,
    scores: Sequence[ConceptScore],
    activations: Floats,
    segments: Segments,
    subjects: Subjects,
    config: AceConfig,
    seed: int,
) -> tuple[FoundConcept, ...]:
    concepts = discovery.concepts
    stability = recluster(
        activations,
        segments.image,
        concepts,
        subjects.groups,
        config.clusters,
        repeats=config.reclusterings,
        seed=_stream(seed, _STABILITY),
    )
    crossings = cross(concepts, segments, subjects.columns, subjects.groups, subjects.truth, seed=seed)
    order = sorted(range(len(concepts)), key=lambda place: (scores[place].verdict == "weak", -scores[place].effect))
    means, lost = stability.mean, stability.dissolved
    found = []
    for number, place in enumerate(order, start=1):
        name = f"concept {number}"
        words = describe(name, crossings[place], concepts[place].rule)
        found.append(FoundConcept(name, concepts[place], scores[place], crossings[place], float(means[place]), float(lost[place]), words))
    return tuple(found)


def _activations(view: LayerView, images: Images, segments: Segments, fill: float, others: Others, config: AceConfig) -> Floats:
    found = np.zeros((len(segments), view.channels), np.float32)
    start = 0
    for patches in batches(images, segments, images.shape[1], fill, config.batch_size, config.patches):
        rows = slice(start, start + len(patches))
        found[rows] = view.pooled(patches[..., np.newaxis], [other[segments.image[rows]] for other in others])
        start = rows.stop
        progress.report("explainer", start, len(segments), "patches, ACE")
    return found


def _random_sets(view: LayerView, images: Images, others: Others, fill: float, config: AceConfig, seed: int) -> list[Floats]:
    """Draw disjoint sets of segments: [sets] of float32 [examples, channels]."""
    segments = segment(images, config.resolutions)
    examples = min(config.max_examples, len(segments) // config.random_sets)
    if examples < _LEAST_EXAMPLES:
        raise UsageError(
            f"{len(segments)} segments of {len(images)} images are too few for {config.random_sets} random sets of {_LEAST_EXAMPLES} "
            "or more; lower explainer.ace.random_sets or raise explainer.ace.images"
        )
    drawn = np.random.default_rng(_stream(seed, _RANDOM_SETS)).permutation(len(segments))[: examples * config.random_sets]
    activations = _activations(view, images, segments.subset(drawn), fill, others, config)
    return list(activations.reshape(config.random_sets, examples, -1))


def _stream(seed: int, purpose: int) -> int:
    return int(np.random.SeedSequence([seed, purpose]).generate_state(1)[0])
