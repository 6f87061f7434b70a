"""Ask one network what it makes of the segments: which it sees as one thing, whether they speak for the class, and where they lie."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.base import progress
from components.explainer.concept_maps import PlacedSegments, paint
from components.explainer.concept_vectors import ConceptVectors, concept_vectors
from components.explainer.concepts import STARTS, Concept, Discovery, discover
from components.explainer.config import AceConfig
from components.explainer.layer_view import LayerView
from components.explainer.material import Images, Material, Others
from components.explainer.patches import batches
from components.explainer.superpixels import Segments
from components.explainer.tcav import LEVEL, ConceptScore, score_vectors

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
        """How many concepts the tests tell from random, however small their effect."""
        return sum(each.q is not None and each.q <= LEVEL for each in self.scores)

    @property
    def told(self) -> int:
        """How many concepts have a verdict for or against the class."""
        return sum(each.verdict in ("for the class", "against it") for each in self.scores)


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
    activations, discovery = cluster_segments(view, material, config, seed)
    if not discovery.concepts:
        return GroupedSegments(activations, discovery, None)
    random = random_activations(view, material, config)
    vectors = concept_vectors(
        [activations[concept.examples] for concept in discovery.concepts],
        list(random.reshape(material.random_sets, material.random_examples, -1)),
        seed,
    )
    return GroupedSegments(activations, discovery, vectors)


def cluster_segments(view: LayerView, material: Material, config: AceConfig, seed: int, starts: int = STARTS) -> tuple[Floats, Discovery]:
    """Cluster the segments as a network sees them, without vectors; arguments are those of `group` and `discover`.

    Returns:
      Activations float32 [s, channels] of every segment, and what k-means found.
    """
    subjects, segments = material.subjects, material.segments
    activations = segment_activations(view, subjects.images, segments, material.fill, subjects.others, config)
    limits = (config.clusters, config.max_examples, config.min_members)
    found = discover(activations, segments.image, len(subjects.images), *limits, seed=seed, starts=starts)
    return activations, found


def segment_activations(view: LayerView, images: Images, segments: Segments, fill: float, others: Others, config: AceConfig) -> Floats:
    """Return the pooled activations of what the network is shown; of a segment that is removed, those that go with it.

    Args:
      view: of the network, at the layer that sees the segments.
      images: uint8 [n, image_px, image_px], those that were cut.
      segments: of these images.
      fill: gray of what is not shown, [0, 1].
      others: what the network's other inputs take, float32 [n, ...] each.
      config: how a segment is shown, and how many of them are in memory at a time.
    Returns:
      float32 [s, channels].
    """
    found = np.zeros((len(segments), view.channels), np.float32)
    start = 0
    for patches in batches(images, segments, images.shape[1], fill, config.batch_size, config.patches):
        rows = slice(start, start + len(patches))
        found[rows] = view.pooled(patches[..., np.newaxis], [other[segments.image[rows]] for other in others])
        start = rows.stop
        progress.report("explainer", start, len(segments), "patches, ACE")
    return view.pooled(as_pixels(images), others)[segments.image] - found if config.patches == "removed" else found


def random_activations(view: LayerView, material: Material, config: AceConfig, sets: int | None = None) -> Floats:
    """Return the activations of the random segments, one set after the other, of the first `sets`: float32 [sets * examples, channels]."""
    segments = material.random_segments.subset(np.arange((sets or material.random_sets) * material.random_examples))
    return segment_activations(view, material.random_images, segments, material.fill, material.random_others, config)


def gradients(view: LayerView, material: Material) -> Floats:
    """Return the gradient of the class score by the pooled activations, for each image of the class: float32 [n, channels]."""
    subjects = material.subjects
    pixels = as_pixels(subjects.images)
    return view.gradients(pixels, np.full(len(pixels), material.class_index), subjects.others, material.against)


def score(
    view: LayerView,
    groups: GroupedSegments,
    material: Material,
    config: AceConfig,
    seed: int,
    floor: float = 0.0,
    dissolves: npt.NDArray[np.bool_] | None = None,
) -> ScoredConcepts:
    """Test the groups; arguments are those of `group` and `score_vectors`, and the seed decides draws of patients.

    Raises:
      UsageError: as `score_vectors`.
    """
    if groups.vectors is None:
        return ScoredConcepts(groups, ())
    slopes, patients = gradients(view, material), material.subjects.groups
    origins = [material.segments.image[concept.examples] for concept in groups.discovery.concepts]
    scores = score_vectors(groups.vectors, slopes, patients, seed, config.min_accuracy, floor=floor, origins=origins, dissolves=dissolves)
    return ScoredConcepts(groups, tuple(scores))


def place(segments: Segments, concepts: Sequence[Concept]) -> PlacedSegments:
    """Say which of the concepts, in their order, each segment belongs to."""
    concept_of = np.full(len(segments), -1, np.int64)
    for number, concept in enumerate(concepts):
        concept_of[concept.members] = number
    return PlacedSegments(segments.image, segments.box, segments.masks, concept_of)


def painted(seen: ScoredConcepts, material: Material) -> Floats:
    """Paint each superpixel with its concept's signed importance.

    Returns:
      float32 [n, image_px, image_px], the largest of all segments being 1 or -1; 0 everywhere where no concept has any.
    """
    importances = np.array([each.importance for each in seen.scores])
    largest = np.abs(importances).max(initial=1e-12)
    return paint(place(material.segments, seen.groups.discovery.concepts), importances / largest, material.map_shape)


def as_pixels(images: Images) -> Floats:
    """Return images uint8 [n, height_px, width_px] as the network reads them: float32 [n, height_px, width_px, 1], range [0, 1]."""
    pixels: Floats = images[..., np.newaxis].astype(np.float32) / 255
    return pixels
