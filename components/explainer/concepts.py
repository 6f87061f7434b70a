"""Group segments by how a layer sees them, and keep the groups that are common enough to be concepts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from components.base.errors import UsageError
from components.explainer.overflow import OverflowedError

# Ghorbani et al. 2019: clusters, and the segments nearest a centre that stand for a concept.
CLUSTERS = 25
MAX_EXAMPLES = 40
# The paper names no least size. The published code does, 20, below which a linear classifier has too little to learn from; from 40
# images on the paper's rules ask for more anyway.
MIN_MEMBERS = 20
# Starts of k-means, of which the tightest clustering is taken: what the published code ran with, by scikit-learn's default of 2019.
STARTS = 10

Integers = npt.NDArray[np.int64]


class Rule(Enum):
    """Why a cluster is kept (Ghorbani et al. 2019, appendix A); the first that holds is named."""

    HIGH_FREQUENCY = "in more than half of the images"
    MEDIUM = "in more than a quarter of the images, with more segments than images"
    HIGH_POPULARITY = "more than twice as many segments as images"


class Dropped(Enum):
    """Why a cluster is no concept."""

    FEW_MEMBERS = "too few segments to learn from"
    INFREQUENT = "in a quarter of the images or fewer"
    UNPOPULAR = "in half of the images or fewer, and no more segments than images"


@dataclass(frozen=True)
class Concept:
    """A cluster that was kept.

    Attributes:
      cluster: its label in `Discovery.labels`.
      rule: why it was kept.
      images: int64 [i], the images that its members come from, ascending.
      members: int64 [m], rows of its segments, the nearest to the centre first.
      distances: float32 [m], of the members to the centre, in the units of the activations; ascending.
      examples: int64 [at most max_examples], the first of the members. As in the paper, several may come from one image: what recurs
        within an image is then seen to do so. `images` says how widely a concept is spread.
      centre: float32 [d], mean activations of the members.
    """

    cluster: int
    rule: Rule
    images: Integers
    members: Integers
    distances: npt.NDArray[np.float32]
    examples: Integers
    centre: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Discovery:
    """What clustering found.

    Attributes:
      concepts: the largest first.
      dropped: reasons, each with the count of clusters, 1 or more.
      labels: int64 [s], the cluster of every segment, kept or not.
    """

    concepts: list[Concept]
    dropped: Mapping[Dropped, int]
    labels: Integers


def discover(
    activations: npt.ArrayLike,
    image: npt.ArrayLike,
    image_count: int,
    clusters: int = CLUSTERS,
    max_examples: int = MAX_EXAMPLES,
    min_members: int = MIN_MEMBERS,
    seed: int = 0,
    starts: int = STARTS,
) -> Discovery:
    """Find concepts among segments (Ghorbani et al. 2019, arXiv:1902.03129, section 3 and appendix A).

    The rules count all members of a cluster, before it is cut to its examples. The published code applies other rules, which
    compare the images of a cluster with its own size.

    Args:
      activations: float32 [s, d], of one layer, for every segment.
      image: int [s], row of the image that a segment comes from.
      image_count: images that were cut, those without segments too.
      clusters: k-means' number of clusters; at most the number of distinct activations are made.
      max_examples: segments nearest the centre that stand for a concept.
      min_members: clusters with fewer are dropped.
      seed: decides the starts of k-means.
      starts: of k-means, the tightest is taken.
    Returns:
      The concepts; equal arguments give equal concepts.
    Raises:
      UsageError: the arrays do not fit each other, or an argument is out of its range.
    """
    vectors, origin = np.asarray(activations, np.float32), np.asarray(image, np.int64)
    _check(vectors, origin, image_count, clusters, max_examples, min_members, starts)
    labels, centres = cluster(vectors, clusters, seed, starts)
    concepts: list[Concept] = []
    dropped: Counter[Dropped] = Counter()
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        images = np.unique(origin[rows])
        verdict = judge(len(images), len(rows), image_count, min_members)
        if isinstance(verdict, Dropped):
            dropped[verdict] += 1
            continue
        distances = np.linalg.norm(vectors[rows].astype(np.float64) - centres[label], axis=1)
        order = np.argsort(distances, kind="stable")
        members = rows[order]
        concepts.append(
            Concept(
                int(label),
                verdict,
                images,
                members,
                distances[order].astype(np.float32),
                members[:max_examples],
                centres[label].astype(np.float32),
            )
        )
    concepts.sort(key=lambda concept: (-len(concept.members), int(concept.members.min())))
    return Discovery(concepts, dict(dropped), labels)


def judge(images: int, members: int, image_count: int, min_members: int = MIN_MEMBERS) -> Rule | Dropped:
    """Keep or drop a cluster (Ghorbani et al. 2019, appendix A).

    Args:
      images: how many its members come from.
      members: its segments.
      image_count: images that were cut.
      min_members: with fewer it is dropped.
    """
    if members < min_members:
        return Dropped.FEW_MEMBERS
    if images > image_count / 2:
        return Rule.HIGH_FREQUENCY
    if images > image_count / 4 and members > image_count:
        return Rule.MEDIUM
    if members > 2 * image_count:
        return Rule.HIGH_POPULARITY
    return Dropped.INFREQUENT if images <= image_count / 4 else Dropped.UNPOPULAR


def cluster(
    vectors: npt.NDArray[np.float32],
    clusters: int,
    seed: int,
    starts: int = STARTS,
    weights: npt.NDArray[np.float64] | None = None,
) -> tuple[Integers, npt.NDArray[np.float64]]:
    """Run k-means on Euclidean distances, identically each time.

    Args:
      vectors: float32 [s, d], one or more.
      clusters: at most; no more than there are distinct vectors.
      seed: decides the starts.
      starts: the tightest is taken.
      weights: float64 [s], above 0, how often each vector counts; by default once.
    Returns:
      Labels int64 [s] and centres float64 [clusters, d].
    """
    count = min(clusters, len(np.unique(vectors, axis=0)))
    means = KMeans(count, n_init=starts, random_state=seed)
    # With several threads the sums of a centre are added in the order in which threads finish.
    with threadpool_limits(1):
        means.fit(vectors.astype(np.float64), sample_weight=weights)
    return means.labels_.astype(np.int64), np.asarray(means.cluster_centers_, np.float64)


def _check(
    vectors: npt.NDArray[np.float32], origin: Integers, image_count: int, clusters: int, max_examples: int, min_members: int, starts: int
) -> None:
    if vectors.ndim != 2 or not len(vectors) or origin.shape != vectors.shape[:1]:
        raise UsageError(
            f"activations must be [s, d] with one image a row and one row or more, not {list(vectors.shape)} and {list(origin.shape)}"
        )
    if not np.isfinite(vectors).all():
        raise OverflowedError("activations")
    if origin.min() < 0 or origin.max() >= image_count:
        raise UsageError(f"image must lie in 0..{image_count - 1}, as there are {image_count} images")
    if min(clusters, max_examples, min_members, starts) < 1:
        raise UsageError("clusters, max_examples, min_members and starts must be 1 or more each")
