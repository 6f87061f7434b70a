"""Are a few concepts enough for the prediction, and does it fall without them? Curves over concepts that are added or removed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from components.base.errors import UsageError

Floats = npt.NDArray[np.float64]
Images = npt.NDArray[np.float32]
Probabilities = Callable[[Images, npt.NDArray[np.int64]], npt.NDArray[np.floating[Any]]]

# Shares are counts of images by their number: less than this apart they are equal.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Curve:
    """What is left of a prediction after the first k concepts of an order, k = 0 ... K.

    Attributes:
      share: float64 [K + 1], images predicted as the class, [0, 1].
      probability: float64 [K + 1], mean probability of the class, [0, 1].
    """

    share: Floats
    probability: Floats


@dataclass(frozen=True)
class RandomCurves:
    """The same for random orders of the same concepts; mean and range are taken over axis 0.

    Attributes:
      share: float64 [orders, K + 1].
      probability: float64 [orders, K + 1].
    """

    share: Floats
    probability: Floats

    def mean(self) -> Curve:
        """Return the mean over the orders."""
        return Curve(self.share.mean(axis=0), self.probability.mean(axis=0))

    def low(self) -> Curve:
        """Return the least of the orders at each k."""
        return Curve(self.share.min(axis=0), self.probability.min(axis=0))

    def high(self) -> Curve:
        """Return the greatest of the orders at each k."""
        return Curve(self.share.max(axis=0), self.probability.max(axis=0))


@dataclass(frozen=True)
class Sufficiency:
    """Smallest sufficient and smallest destroying concepts (SSC and SDC; Ghorbani et al. 2019, arXiv:1902.03129, section 4).

    Attributes:
      order: the concepts, the most important first.
      adding: the first k concepts on an empty image (SSC). Without them the image is nothing but fill.
      removing: the whole image without the first k concepts (SDC). At k = 0 it is the image itself.
      random_adding: `adding` in random orders.
      random_removing: `removing` in random orders.
      covered: share of the pixels that belong to one of the concepts, [0, 1]; the rest is never added and never removed.
    """

    order: tuple[int, ...]
    adding: Curve
    removing: Curve
    random_adding: RandomCurves
    random_removing: RandomCurves
    covered: float

    def sufficient(self, level: float = 0.8) -> int | None:
        """Return the least k at which `level` of the share of the whole images is reached, or None where it never is.

        Args:
          level: (0, 1]; the paper speaks of 80 % of the accuracy.
        """
        return self._first(self.adding.share >= level * self.removing.share[0] - _ROUNDING)

    def destroying(self, level: float = 0.5) -> int | None:
        """Return the least k at which no more than `level` of the share of the whole images is left, or None where more always is.

        Args:
          level: [0, 1).
        """
        return self._first(self.removing.share <= level * self.removing.share[0] + _ROUNDING)

    def _first(self, reached: npt.NDArray[np.bool_]) -> int | None:
        # Where no whole image is predicted as the class there is nothing to keep or to destroy.
        return int(reached.argmax()) if reached.any() and self.removing.share[0] > 0 else None


def sufficiency(
    images: npt.ArrayLike,
    labels: npt.ArrayLike,
    order: Sequence[int],
    fill: npt.ArrayLike,
    probabilities: Probabilities,
    class_index: int,
    random_orders: int = 10,
    seed: int = 0,
) -> Sufficiency:
    """Add and remove concepts one after the other, in an order of importance and in random orders.

    A pixel belongs to one concept. Superpixels of several resolutions overlap, so the caller says which wins: `label_map` of
    concept_maps.py gives each pixel to the most important of its concepts. What is filled in is no radiograph: a prediction can also
    change because the model never saw such an image, which is why the random orders stand beside.

    Only images that hold the next concept are shown to the model again.

    Args:
      images: float32 [n, height_px, width_px, channels], of the class, in the range that the model was trained on.
      labels: int [n, height_px, width_px], the concept of each pixel, -1 where there is none.
      order: the concepts, the most important first, each once; those left out are treated as none.
      fill: what stands in the place of what is missing, in the range of the images: a number, or an array that broadcasts to them.
      probabilities: altered images [k, height_px, width_px, channels] and their rows, int64 [k], to float [k, classes].
      class_index: the class.
      random_orders: how many, 1 or more.
      seed: decides them.
    Raises:
      UsageError: the arrays do not fit each other, there is no image, or a concept stands twice in the order.
    """
    pixels, concepts = np.asarray(images, np.float32), np.asarray(labels)
    if pixels.ndim != 4 or concepts.shape != pixels.shape[:3] or not len(pixels):
        raise UsageError(f"images {list(pixels.shape)} and labels {list(concepts.shape)} do not fit each other")
    if not len(order) or len(set(order)) != len(order) or min(order) < 0:
        raise UsageError(f"an order names each concept once, and -1 is none: {list(order)}")
    if random_orders < 1:
        raise UsageError("random_orders must be 1 or more")
    empty = np.array(np.broadcast_to(np.asarray(fill, np.float32), pixels.shape))
    generator = np.random.default_rng(seed)
    orders = [list(order)] + [[int(each) for each in generator.permutation(order)] for _ in range(random_orders)]
    every = np.arange(len(pixels))
    at_empty, at_whole = (np.asarray(probabilities(each, every), np.float64) for each in (empty, pixels))
    added = [_curve(empty, pixels, concepts, each, probabilities, at_empty, class_index) for each in orders]
    removed = [_curve(pixels, empty, concepts, each, probabilities, at_whole, class_index) for each in orders]
    return Sufficiency(
        tuple(orders[0]), added[0], removed[0], _random(added[1:]), _random(removed[1:]), float(np.isin(concepts, orders[0]).mean())
    )


def _curve(
    start: Images,
    source: Images,
    labels: npt.NDArray[np.integer[Any]],
    order: Sequence[int],
    probabilities: Probabilities,
    at_start: Floats,
    class_index: int,
) -> Curve:
    current, found = start.copy(), at_start.copy()
    steps = [found.copy()]
    for concept in order:
        places = labels == concept
        rows = np.flatnonzero(places.any(axis=(1, 2)))
        if len(rows):
            current[places] = source[places]
            found[rows] = probabilities(current[rows], rows)
        steps.append(found.copy())
    every = np.stack(steps)
    return Curve((every.argmax(axis=2) == class_index).mean(axis=1), every[:, :, class_index].mean(axis=1))


def _random(curves: Sequence[Curve]) -> RandomCurves:
    return RandomCurves(np.stack([curve.share for curve in curves]), np.stack([curve.probability for curve in curves]))
