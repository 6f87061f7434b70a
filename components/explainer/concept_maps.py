"""From concepts back to pixels: a map of relevance for each image, a map of labels, and what another method's map says of concepts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from components.base.errors import UsageError

Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class PlacedSegments:
    """Superpixels, where they lie, and the concept of each.

    Attributes:
      image: int [s], row of the image.
      box: int [s, 4], top, left, bottom, right in pixels; bottom and right are excluded.
      masks: bool [bottom - top, right - left] each, [s] of them.
      concept: int [s], -1 where it belongs to none.
    """

    image: Integers
    box: Integers
    masks: Sequence[npt.NDArray[np.bool_]]
    concept: Integers

    def __post_init__(self) -> None:
        count = len(self.masks)
        if len(self.image) != count or len(self.concept) != count or np.shape(self.box) != (count, 4):
            raise UsageError(f"{count} masks need as many images, concepts and boxes")
        for (top, left, bottom, right), mask in zip(self.box, self.masks, strict=True):
            if mask.shape != (bottom - top, right - left):
                raise UsageError(f"a mask of {list(mask.shape)} does not fit its box {[top, left, bottom, right]}")

    def windows(self, maps: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
        """Yield the part of the maps, [n, height_px, width_px], that each box frames, as a view to write to.

        Raises:
          UsageError: a segment lies outside of the maps.
        """
        count, height, width = maps.shape
        for row, (top, left, bottom, right) in zip(self.image, self.box, strict=True):
            if not (0 <= row < count and 0 <= top < bottom <= height and 0 <= left < right <= width):
                raise UsageError(f"a segment of image {row} at {[top, left, bottom, right]} lies outside of maps {list(maps.shape)}")
            yield maps[row, top:bottom, left:right]


def paint(segments: PlacedSegments, importances: npt.ArrayLike, shape: tuple[int, int, int]) -> npt.NDArray[np.float32]:
    """Give every pixel the importance of the smallest segment that covers it.

    Segments of several resolutions overlap. A large one speaks for all of its area, a small one within it knows better where the evidence
    lies: their mean, which this once was, hits lesions less often (docs/explanations.md). Of equally small ones the last lies on top, one
    without a concept is 0, which is what is known of it, and so is a pixel that no segment covers.

    Args:
      segments: of all resolutions.
      importances: float [concepts], signed, 0 where a concept is not significant.
      shape: images, height_px, width_px.
    Returns:
      float32 of that shape, between the least and the greatest of 0 and the importances.
    Raises:
      UsageError: a concept without importance, or a segment outside of the images.
    """
    values = _of_segments(segments, importances)
    painted = np.zeros(shape, np.float32)
    windows = list(segments.windows(painted))
    for place in np.argsort([-mask.sum() for mask in segments.masks], kind="stable"):
        windows[place][segments.masks[place]] = values[place]
    return painted


def label_map(segments: PlacedSegments, importances: npt.ArrayLike, shape: tuple[int, int, int]) -> npt.NDArray[np.int32]:
    """Give every pixel to the concept of greatest absolute importance among those that cover it, the first of equal ones.

    Args:
      segments: of all resolutions.
      importances: float [concepts]; a concept of importance 0 still gets the pixels that no other has.
      shape: images, height_px, width_px.
    Returns:
      int32 of that shape, -1 where no concept is.
    Raises:
      UsageError: a concept without importance, or a segment outside of the images.
    """
    strength = np.abs(_of_segments(segments, importances))
    concepts = np.asarray(segments.concept)
    labels = np.full(shape, -1, np.int32)
    windows = list(segments.windows(labels))
    # Whatever is painted later lies on top.
    for place in np.lexsort((-concepts, strength)):
        if concepts[place] >= 0:
            windows[place][segments.masks[place]] = concepts[place]
    return labels


def relevance_by_concept(relevance: npt.ArrayLike, labels: npt.ArrayLike, concepts: int) -> npt.NDArray[np.float64]:
    """Share out the mass of another method's maps, such as Grad-CAM's, among the concepts.

    Large concepts get more of any map: the shares of a map of ones are those of the area, to be shown beside.

    Args:
      relevance: float [n, height_px, width_px], none below 0.
      labels: int [n, height_px, width_px], what `label_map` returns.
      concepts: how many there are.
    Returns:
      float64 [n, concepts + 1], the last column is what falls on none; each row sums to 1, or to 0 where the map is empty.
    Raises:
      UsageError: the arrays do not fit each other, a label has no concept, or a relevance is negative or not finite.
    """
    mass, places = np.asarray(relevance, np.float64), np.asarray(labels)
    if mass.ndim != 3 or mass.shape != places.shape:
        raise UsageError(f"relevance {list(mass.shape)} and labels {list(places.shape)} do not fit each other")
    if places.size and not -1 <= places.min() <= places.max() < concepts:
        raise UsageError(f"labels go from {places.min()} to {places.max()}, but there are {concepts} concepts")
    if not np.isfinite(mass).all() or (mass < 0).any():
        raise UsageError("only relevance that is finite and not negative has a mass to share out: cut what is below 0")
    columns = concepts + 1
    # None is -1, so that it falls into the last column.
    cells = np.arange(len(mass))[:, None, None] * columns + places % columns
    sums = np.bincount(cells.ravel(), mass.ravel(), len(mass) * columns).reshape(len(mass), columns)
    totals = sums.sum(axis=1, keepdims=True)
    return np.divide(sums, totals, out=np.zeros_like(sums), where=totals > 0)


def _of_segments(segments: PlacedSegments, importances: npt.ArrayLike) -> npt.NDArray[np.float64]:
    values = np.asarray(importances, np.float64)
    concepts = np.asarray(segments.concept)
    if concepts.size and not -1 <= concepts.min() <= concepts.max() < len(values):
        raise UsageError(f"concepts go from {concepts.min()} to {concepts.max()}, but there are {len(values)} importances")
    return np.append(values, 0.0)[concepts]
