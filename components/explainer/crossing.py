"""Cross concepts with what is known of the images: where segments come from, and where in the image they lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.base.errors import UsageError
from components.evaluator.intervals import Interval, Resampling, Sampled, interval, resample
from components.explainer.concepts import Concept
from components.explainer.superpixels import Segments

# Outer part of the image's height and width, on each side, that counts as border: 36 % of the image.
BORDER = 0.1

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ValueShare:
    """One value of one column, such as a source.

    Attributes:
      column: such as "source".
      value: such as "nih".
      members: the concept's segments from images of this value.
      share: of the concept's segments, [0, 1].
      base: share of all segments, [0, 1].
      lift: share over base, with its interval by a bootstrap of groups; 1 where the concept has as much of the value as all segments.
    """

    column: str
    value: str
    members: int
    share: float
    base: float
    lift: Interval


@dataclass(frozen=True)
class RegionShare:
    """One region of the images, such as the border or a lesion.

    Attributes:
      region: its name.
      inside: share of the area of the concept's segments that lies in it, [0, 1].
      base: the same of all segments, [0, 1].
      covered: share of the region, over all images, that the concept's segments cover, [0, 1]; NaN where no image has the region.
        A small region cannot fill a segment, so `inside` stays low even where the concept finds it each time.
      base_covered: share of all pixels of all images that the concept's segments cover: what `covered` is for a region at random.
    """

    region: str
    inside: float
    base: float
    covered: float
    base_covered: float


@dataclass(frozen=True)
class Crossing:
    """One concept and what is known of its segments.

    Attributes:
      segments: its members.
      images: that they come from.
      image_count: images that were cut.
      values: by column in the order given, and in it the largest share first.
      regions: the border, then those given.
      centre: mean centre of the segments, from the top and from the left, in heights and widths, [0, 1].
      spread: root mean square distance of their centres from it, in heights and widths: about 0.4 where they lie anywhere.
    """

    segments: int
    images: int
    image_count: int
    values: tuple[ValueShare, ...]
    regions: tuple[RegionShare, ...]
    centre: tuple[float, float]
    spread: float


def cross(
    concepts: Sequence[Concept],
    segments: Segments,
    columns: Mapping[str, Sequence[str]],
    groups: npt.ArrayLike,
    truth: Mapping[str, npt.NDArray[np.bool_]] | None = None,
    border: float = BORDER,
    draws: int = 1000,
    seed: int = 0,
) -> list[Crossing]:
    """Cross every concept with the metadata and with the position of its segments.

    Args:
      concepts: found among the segments.
      segments: all of them.
      columns: text columns of the images, [image_count] each, such as "source", "label", "view".
      groups: [image_count], the patient of each image: images of one are not independent, so patients are drawn.
      truth: bool [image_count, height_px, width_px] each, such as "lung", "lesion", "mark".
      border: outer part of height and width on each side, (0, 0.5).
      draws: of the bootstrap.
      seed: decides the draws.
    Returns:
      One crossing a concept.
    Raises:
      UsageError: the arrays do not fit each other, or `border` is out of its range.
    """
    regions = {} if truth is None else dict(truth)
    _check(segments, columns, np.asarray(groups), regions, border)
    regions = {"border": np.broadcast_to(_border(segments.image_shape, border), (segments.image_count, *segments.image_shape)), **regions}
    resampling = resample(groups, draws, seed)
    areas = np.array([mask.sum() for mask in segments.masks], np.int64)
    inside = {name: _areas_inside(segments, masks) for name, masks in regions.items()}
    centres = _centres(segments)
    crossings = []
    for concept in concepts:
        rows = concept.members
        values = [
            share for column, texts in columns.items() for share in _shares(column, np.asarray(texts), segments.image, rows, resampling)
        ]
        painted = _painted(segments, rows)
        shares = [
            RegionShare(
                name,
                float(inside[name][rows].sum() / areas[rows].sum()),
                float(inside[name].sum() / areas.sum()),
                float(painted[masks].mean()) if masks.any() else float("nan"),
                float(painted.mean()),
            )
            for name, masks in regions.items()
        ]
        mean = centres[rows].mean(axis=0)
        spread = float(np.sqrt(((centres[rows] - mean) ** 2).sum(axis=1).mean()))
        crossings.append(
            Crossing(
                len(rows),
                len(concept.images),
                segments.image_count,
                tuple(values),
                tuple(shares),
                (float(mean[0]), float(mean[1])),
                spread,
            )
        )
    return crossings


def _shares(
    column: str, texts: npt.NDArray[np.str_], image: npt.NDArray[np.int32], rows: Integers, resampling: Resampling
) -> list[ValueShare]:
    """Return the values that the concept has, the largest share first."""
    group = resampling.index[image]
    value_of_segment = texts[image]
    members = np.zeros(len(image), np.bool_)
    members[rows] = True
    shares = []
    for value in np.unique(value_of_segment[rows]):
        has = value_of_segment == value
        # Whole groups are drawn, so their four counts are all that a draw needs.
        of_members, of_all = (_ratio(has & of, of, group, resampling.counts) for of in (members, np.ones_like(members)))
        lift = Sampled(_quotient(of_members, of_all), len(np.unique(group[rows])))
        shares.append(ValueShare(column, str(value), int((has & members).sum()), float(of_members[0]), float(of_all[0]), interval(lift)))
    return sorted(shares, key=lambda share: -share.share)


def _ratio(part: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_], group: Integers, counts: npt.NDArray[np.float32]) -> Floats:
    """Return the ratio of two counts of segments in every draw of groups: float64 [1 + draws], NaN where a draw has none."""
    weights = counts.astype(np.float64)
    above, below = (np.asarray(np.bincount(group[of], minlength=len(counts)) @ weights, np.float64) for of in (part, whole))
    return _quotient(above, below)


def _quotient(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _border(shape: tuple[int, int], border: float) -> npt.NDArray[np.bool_]:
    """Return where a pixel's centre lies in the outer part of the image: bool [height_px, width_px]."""
    outer: list[npt.NDArray[np.bool_]] = [np.abs((np.arange(side) + 0.5) / side - 0.5) > 0.5 - border for side in shape]
    return np.logical_or(outer[0][:, None], outer[1])


def _areas_inside(segments: Segments, masks: npt.NDArray[np.bool_]) -> Integers:
    found = np.zeros(len(segments), np.int64)
    for row, (top, left, bottom, right) in enumerate(segments.box):
        found[row] = (masks[segments.image[row], top:bottom, left:right] & segments.masks[row]).sum()
    return found


def _painted(segments: Segments, rows: Integers) -> npt.NDArray[np.bool_]:
    painted = np.zeros((segments.image_count, *segments.image_shape), np.bool_)
    for row in rows:
        top, left, bottom, right = segments.box[row]
        painted[segments.image[row], top:bottom, left:right] |= segments.masks[row]
    return painted


def _centres(segments: Segments) -> Floats:
    """Return the centres of gravity in heights from the top and widths from the left: float64 [s, 2]."""
    centres = np.empty((len(segments), 2))
    for row, mask in enumerate(segments.masks):
        down, across = np.nonzero(mask)
        centres[row] = down.mean() + 0.5, across.mean() + 0.5
    return (centres + segments.box[:, :2]) / segments.image_shape


def _check(
    segments: Segments,
    columns: Mapping[str, Sequence[str]],
    groups: npt.NDArray[np.generic],
    truth: Mapping[str, npt.NDArray[np.bool_]],
    border: float,
) -> None:
    count = segments.image_count
    if groups.shape != (count,):
        raise UsageError(f"groups must be [{count}], one for each image, not {list(groups.shape)}")
    for column, values in columns.items():
        if len(values) != count:
            raise UsageError(f"column {column} must have {count} values, one for each image, not {len(values)}")
    for name, masks in truth.items():
        if masks.shape != (count, *segments.image_shape) or masks.dtype != np.bool_:
            raise UsageError(f"truth {name} must be bool {[count, *segments.image_shape]}, not {masks.dtype} {list(masks.shape)}")
    if "border" in truth:
        raise UsageError("truth must not be named border; choose another name")
    if not 0 < border < 0.5:
        raise UsageError("border must be in (0, 0.5)")
