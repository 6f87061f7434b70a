"""Ask whether concepts come back when the segments are grouped anew."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from components.base import progress
from components.base.errors import UsageError
from components.explainer.concepts import CLUSTERS, STARTS, Concept, cluster
from components.explainer.superpixels import overlaps

# Above it at most one of disjoint clusters can overlap with a group so much; at or below it Hennig 2007 calls the group dissolved.
DISSOLVED = 0.5

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stability:
    """How concepts come back.

    Attributes:
      jaccard: float64 [concepts, reclusterings], of a concept's members and those of the cluster matched to it, [0, 1]; 0 where no
        cluster was left for it, NaN where none of its members was drawn.
    """

    jaccard: Floats

    @property
    def mean(self) -> Floats:
        """Mean over the reclusterings in which a member was drawn: float64 [concepts]; NaN where there is none."""
        drawn = self.drawn
        return np.where(drawn > 0, np.nansum(self.jaccard, axis=1) / np.maximum(drawn, 1), np.nan)

    @property
    def drawn(self) -> Integers:
        """How many reclusterings these are: int64 [concepts]."""
        return np.asarray((~np.isnan(self.jaccard)).sum(axis=1), np.int64)

    @property
    def lost(self) -> Integers:
        """In how many of them the concept is lost, Jaccard at most 0.5: int64 [concepts]."""
        return np.asarray((self.jaccard <= DISSOLVED).sum(axis=1), np.int64)

    @property
    def dissolves(self) -> npt.NDArray[np.bool_]:
        """Whether the mean is at most 0.5: bool [concepts]; False where there is none."""
        return self.mean <= DISSOLVED


def recluster(
    activations: npt.ArrayLike,
    image: npt.ArrayLike,
    concepts: Sequence[Concept],
    groups: npt.ArrayLike | None = None,
    clusters: int = CLUSTERS,
    starts: int = STARTS,
    repeats: int = 10,
    seed: int = 0,
) -> Stability:
    """Group the segments anew and match the concepts to what is found.

    Clusterwise assessment by resampling (Hennig 2007, Computational Statistics & Data Analysis 52:258-271), but matched one to one
    (Kuhn 1955, Naval Research Logistics Quarterly 2:83-97), so that no cluster speaks for two concepts. All clusters may be matched,
    those too that the rules of frequency would drop: what is asked is whether the group is there.

    Args:
      activations: float32 [s, d], those that the concepts were found in.
      image: int [s], row of the image that a segment comes from.
      concepts: found among these segments.
      groups: [images], what is drawn as one with replacement, such as the patient of each image; a segment drawn twice counts twice.
        None draws nothing: all segments are grouped, and only the starts of k-means differ.
      clusters: as in `discover`.
      starts: as in `discover`.
      repeats: reclusterings, 1 or more.
      seed: decides draws and starts; another than that of `discover`, or the first reclustering may repeat it.
    Raises:
      UsageError: the arrays do not fit each other, or an argument is out of its range.
    """
    vectors, origin = np.asarray(activations, np.float32), np.asarray(image, np.int64)
    if vectors.ndim != 2 or not len(vectors) or origin.shape != vectors.shape[:1]:
        raise UsageError("activations must be [s, d] with one image a row and one row or more")
    if min(clusters, starts, repeats) < 1:
        raise UsageError("clusters, starts and repeats must be 1 or more each")
    group_of_segment = None if groups is None else _group_of_segment(groups, origin)
    named = np.full(len(vectors), len(concepts), np.int64)
    for place, concept in enumerate(concepts):
        named[concept.members] = place
    generator = np.random.default_rng(seed)
    jaccard = np.empty((len(concepts), repeats))
    for repeat in range(repeats):
        counts = np.ones(len(vectors)) if group_of_segment is None else _draw(group_of_segment, generator)
        drawn = np.flatnonzero(counts)
        labels, centres = cluster(vectors[drawn], clusters, int(generator.integers(2**31)), starts, counts[drawn])
        jaccard[:, repeat] = matched_jaccard(named[drawn], labels, len(concepts), len(centres))
        progress.report("explainer", repeat + 1, repeats, "reclusterings")
    return Stability(jaccard)


def matched_jaccard(reference: Integers, labels: Integers, reference_count: int, label_count: int) -> Floats:
    """Match groups one to one, so that the sum of their Jaccard indices is largest.

    Args:
      reference: int64 [s], 0 .. reference_count - 1; `reference_count` where a segment belongs to no group.
      labels: int64 [s], 0 .. label_count - 1.
      reference_count: groups.
      label_count: clusters.
    Returns:
      float64 [reference_count], [0, 1]; 0 where no cluster was left, NaN where the group has no member.
    """
    shared = overlaps(reference, labels, reference_count + 1, label_count)
    sizes, label_sizes = shared.sum(axis=1)[:-1], shared.sum(axis=0)
    union = sizes[:, None] + label_sizes - shared[:-1]
    jaccard = shared[:-1] / np.maximum(union, 1)
    result = np.where(sizes > 0, 0.0, np.nan)
    rows, columns = linear_sum_assignment(jaccard, maximize=True)
    result[rows] = np.where(sizes[rows] > 0, jaccard[rows, columns], np.nan)
    return result


def _group_of_segment(groups: npt.ArrayLike, origin: Integers) -> Integers:
    index = np.unique(np.asarray(groups), return_inverse=True)[1]
    if index.ndim != 1 or origin.min() < 0 or origin.max() >= len(index):
        raise UsageError(f"groups must be [images], one for each image of the segments, not {list(index.shape)}")
    return np.asarray(index[origin], np.int64)


def _draw(group_of_segment: Integers, generator: np.random.Generator) -> Floats:
    # A group without a segment has nothing to say and is not drawn.
    present, index = np.unique(group_of_segment, return_inverse=True)
    times = np.bincount(generator.integers(0, len(present), len(present)), minlength=len(present))
    return times[index].astype(np.float64)
