"""Ask one network what it makes of the segments: which it sees as one thing, whether they speak for the class, and where they lie."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.base import progress
from components.explainer.concept_maps import PlacedSegments, paint
from components.explainer.concept_vectors import ConceptVectors, concept_vectors
from components.explainer.concepts import Concept, Discovery, discover
from components.explainer.config import AceConfig
from components.explainer.layer_view import LayerView
from components.explainer.material import Images, Material, Others
from components.explainer.patches import batches
from components.explainer.superpixels import Segments
from components.explainer.tcav import ConceptScore, score_vectors

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class GroupedSegments:
    """What a network sees up to a layer, whatever follows behind it.

    Attributes:
      activations: float32 [s, channels], of every segment.
      discovery: of k-means.
      vectors: the concept activation vectors of `discovery.concepts`; None where there is no concept.
    """

    activations: Floats
    discovery: Discovery
    vectors: ConceptVectors | None


@dataclass(frozen=True)
class ScoredConcepts:
    """Groups, and what they say for a class.

    Attributes:
      groups: the segments.
      scores: of `groups.discovery.concepts`, in their order.
    """

    groups: GroupedSegments
    scores: tuple[ConceptScore, ...]

    @property
    def significant(self) -> int:
        """How many concepts have a verdict for or against the class."""
        return sum(each.importance != 0 for each in self.scores)


def group(view: LayerView, material: Material, config: AceConfig, seed: int) -> GroupedSegments:
    """Group the segments as a network sees them.

    Args:
      view: of the network, at the layer that sees the segments.
      material: what it looks at.
      config: how many of everything.
      seed: decides k-means and held-out examples: equal weights and arguments give equal numbers.
    Raises:
      UsageError: as `discover` and `concept_vectors`.
    """
    subjects, segments = material.subjects, material.segments
    activations = _activations(view, subjects.images, segments, material.fill, subjects.others, config)
    discovery = discover(
        activations, segments.image, len(subjects.images), config.clusters, config.max_examples, config.min_members, seed=seed
    )
    if not discovery.concepts:
        return GroupedSegments(activations, discovery, None)
    random = _activations(view, material.random_images, material.random_segments, material.fill, material.random_others, config)
    vectors = concept_vectors(
        [activations[concept.examples] for concept in discovery.concepts],
        list(random.reshape(material.random_sets, material.random_examples, -1)),
        seed,
    )
    return GroupedSegments(activations, discovery, vectors)


def score(view: LayerView, groups: GroupedSegments, material: Material, config: AceConfig, seed: int) -> ScoredConcepts:
    """Test the groups; arguments are those of `group`, and the seed decides draws of patients.

    Raises:
      UsageError: as `score_vectors`.
    """
    if groups.vectors is None:
        return ScoredConcepts(groups, ())
    subjects = material.subjects
    pixels = subjects.images[..., np.newaxis].astype(np.float32) / 255
    gradients = view.gradients(pixels, np.full(len(pixels), material.class_index), subjects.others)
    return ScoredConcepts(groups, tuple(score_vectors(groups.vectors, gradients, subjects.groups, seed, config.min_accuracy)))


def place(segments: Segments, concepts: Sequence[Concept]) -> PlacedSegments:
    """Say which of the concepts, in their order, each segment belongs to."""
    concept_of = np.full(len(segments), -1, np.int64)
    for number, concept in enumerate(concepts):
        concept_of[concept.members] = number
    return PlacedSegments(segments.image, segments.box, segments.masks, concept_of)


def painted(seen: ScoredConcepts, material: Material) -> Floats:
    """Paint each superpixel with its concept's signed importance.

    Returns:
      float32 [n, image_px, image_px], the largest of all segments being 1 or -1; 0 everywhere where no concept is significant.
    """
    importances = np.array([each.importance for each in seen.scores])
    largest = np.abs(importances).max(initial=1e-12)
    return paint(place(material.segments, seen.groups.discovery.concepts), importances / largest, material.map_shape)


def _activations(view: LayerView, images: Images, segments: Segments, fill: float, others: Others, config: AceConfig) -> Floats:
    found = np.zeros((len(segments), view.channels), np.float32)
    start = 0
    for patches in batches(images, segments, images.shape[1], fill, config.batch_size, config.patches):
        rows = slice(start, start + len(patches))
        found[rows] = view.pooled(patches[..., np.newaxis], [other[segments.image[rows]] for other in others])
        start = rows.stop
        progress.report("explainer", start, len(segments), "patches, ACE")
    return found
